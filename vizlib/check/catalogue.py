"""Answers that people give to an exercise, written down as text.

    downhill: The step goes down the gradient, so the score falls.
        Weights go down the loss; pixels go up the score. Which sign is that?
        + lr → - lr
    the graph is kept: The new image still hangs on the old one: it is not a leaf.
        Where does the new image forget the old one?
        forbid: any(call.result.graph for call in got)
        image.detach() → image
    clamped: gradient) → gradient).clamp(0, 1) | gradient).clamp(-1, 1)

``old … → new`` replaces all from ``old`` to the end of its statement. Name and sentence of a wrong answer stand at the
margin, then its hint and changes of the reference that make it. A line is one answer, ``|`` separates several, and
``&&`` changes that are made together; a line may go on after either. A name without sentence and hint has the card of
that name in :mod:`vizlib.check.recurring`, or one that is said of any answer.
"""

import ast
import itertools
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Bug:
    """A way to be wrong.

    Attributes:
        name: what it is called on the card, in a few words.
        card: name, sentence and hint; None if what is said of any answer will do.
        edits: wrong answers, each a tuple of changes ``(old, new)``; each ``old`` stands in the reference once.
        functions: wrong answers that are no mere edits.
        when: takes the calls of an answer that is wrong and those of the reference; True if it has this bug.
        forbid: the same, but it also makes an answer wrong whose values are right.
        flaw: whether it is one of the flaws of a repair.
    """

    name: str
    card: tuple | None = None
    edits: list = field(default_factory=list)
    when: Callable | None = None
    forbid: Callable | None = None
    flaw: bool = False
    functions: list = field(default_factory=list)


def read(text: str, scope: dict | None = None, known: dict | None = None) -> list[Bug]:
    """The bugs that a text describes.

    Args:
        text: as above.
        scope: what ``when`` and ``forbid`` may use, next to ``got`` and ``right``.
        known: bugs by name, whose card and predicates a bug takes on that brings none.
    """
    bugs = []
    for line in textwrap.dedent(joined(text)).strip().splitlines():
        if not line.startswith(" "):
            name, _, line = line.partition(": ")
            again = (known or {}).get(name, Bug(name))
            bugs.append(Bug(name, again.card, when=again.when, forbid=again.forbid))
            if line and "→" not in line:
                sentence, end, line = line.partition(". ")
                bugs[-1].card = (name, sentence + end.strip(), "")
        _add(bugs[-1], line.strip(), scope)
    return bugs


def _add(bug, line, scope):
    kind, _, expression = line.partition(": ")
    if kind in ("when", "forbid"):
        setattr(bug, kind, eval(f"lambda got, right: {expression}", scope))
    elif "→" in line:
        bug.edits += changes(line)
    elif line:
        if bug.card is None:
            raise ValueError(f"{bug.name!r} is no known card and has no sentence, so this is no hint: {line!r}")
        name, sentence, hint = bug.card
        bug.card = (name, sentence, f"{hint} {line}".strip())


def end_of_statement(source: str, place: int) -> int:
    """Where the innermost statement ends that has the character at ``place`` in it."""
    lines = source.splitlines(keepends=True)

    def at(line, column):  # the parser counts bytes
        return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())

    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    spans = [(at(s.lineno, s.col_offset), at(s.end_lineno, s.end_col_offset)) for s in statements]
    return max(span for span in spans if span[0] <= place < span[1])[1]


def joined(text: str) -> str:
    """A text whose lines have come together that go on after ``|`` or ``&&``."""
    return re.sub(r"(&&|\|)\n\s*", r"\1 ", text)


def changes(line: str) -> list[tuple]:
    """The answers that a line stands for, each a tuple of changes ``(old, new)``."""
    if "#" in line:
        raise ValueError(f"A change has no comment; “old … → new” replaces the rest of a statement: {line!r}")
    made = []
    for change in line.replace("\\n", "\n").split("&&"):
        old, ways = change.split("→")
        made.append([(old.strip(" "), new.strip(" ")) for new in ways.split(" | ")])
    return list(itertools.product(*made))
