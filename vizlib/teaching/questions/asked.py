"""What has to be run for questions on a function."""

import random
from dataclasses import dataclass

from vizlib.teaching.questions.changes import Change, changes, find, span
from vizlib.teaching.questions.places import is_docstring

CHANGES = 32  # of a function that are tried


class NoQuestion(Exception):
    """Why there is none on a function."""


@dataclass
class Asked:
    """A function on which questions are to be made, and what has to be run for them.

    Attributes:
        name: of its exercise.
        number: of the exercise on its sheet.
        code: the function without its docstring, its lines with the numbers that they have in the cell.
        source: the function, as its author wrote it.
        changes: of it.
        calls: small ones.
    """

    name: str
    number: int
    code: str
    source: str
    changes: list[Change]
    calls: list[str]

    @property
    def sources(self) -> list[str]:
        """What is to be run next to the answer itself."""
        return [self.source, *(change.source for change in self.changes)]


def asked(name: str, number: int, cells: list[str], calls: list[str], dice: random.Random) -> Asked:
    """What to run for questions on an answer.

    Args:
        name: of the exercise.
        number: of the exercise on its sheet.
        cells: the cells before its check.
        calls: small ones of it.
        dice: decides which changes are taken.

    Raises:
        NoQuestion: no cell defines it as a function, or there are no calls.
    """
    if not calls:
        raise NoQuestion("nobody could follow its calls by hand")
    for cell in reversed(cells):
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
        try:
            if (function := find(cell, name)) is not None:
                first, last = span(function)
                source = "\n".join(cell.split("\n")[first - 1 : last])
                return Asked(name, number, _numbered(cell, function), source, _taken(cell, function, dice), calls)
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # a magic, or nobody could read it
            continue
    raise NoQuestion("no cell before its check defines it with a plain def")


def _taken(cell, function, dice):
    """Changes of a few kinds, for only those of one kind are together in a question."""
    kinds, taken = {}, []
    for change in changes(cell, function, dice):
        kinds.setdefault(change.kind, []).append(change)
    for kind in dice.sample(list(kinds), len(kinds)):
        if len(kinds[kind]) > 1:
            taken += dice.sample(kinds[kind], min(CHANGES // 2, len(kinds[kind])))
    return taken[:CHANGES]


def _numbered(cell, function):
    first, last = span(function)
    docstring = function.body[0]
    spared = range(docstring.lineno, docstring.end_lineno + 1) if is_docstring(docstring) else ()
    lines = list(enumerate(cell.split("\n"), 1))[first - 1 : last]
    return "\n".join(f"{number:{len(str(last))}}  {line}".rstrip() for number, line in lines if number not in spared)
