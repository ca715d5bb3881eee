"""What a check says: a verdict, and the errors that show it to a reader."""

from dataclasses import dataclass, field

from vizlib._console import writable


@dataclass
class Verdict:
    """What a check says. ``name`` is empty if the answer is right.

    Attributes:
        exercise: its name.
        name: what is wrong, in a few words.
        sentence: the same in a sentence.
        hint: what to think of.
        details: lines with what was expected and what came back.
    """

    exercise: str
    name: str = ""
    sentence: str = ""
    hint: str = ""
    details: list = field(default_factory=list)

    @property
    def right(self) -> bool:
        return not self.name

    @property
    def title(self) -> str:
        return f"✗ {self.exercise}: {self.name}"

    @property
    def lines(self) -> list[str]:
        return [self.sentence, *(["", *self.details] if self.details else []), "", f"Hint: {self.hint}"]


class CheckBroken(RuntimeError):
    """A check does not work, whatever the answer is."""

    def __init__(self, exercise: str, why: str):
        super().__init__(f"The check of {exercise} does not work here: {why}. This is no fault of any answer.")

    def _render_traceback_(self):
        return [str(self)]


class CheckFailed(AssertionError):
    """An answer is wrong. Its text is the card that the reader sees, in a notebook in place of the traceback."""

    def __init__(self, verdict: Verdict):
        self.verdict = verdict
        super().__init__("\n".join([verdict.title, *verdict.lines]))

    def _render_traceback_(self):
        return list(map(writable, [f"\x1b[1;31m{self.verdict.title}\x1b[0m", *self.verdict.lines]))
