"""Change a function as it is written in its cell, one place at a time, and say where without showing it.

A place is a line, by the last digit of its number, and in it the first or the last thing of a kind: whoever has the
code can find it, and nobody else learns what stands there. Tried and not kept, since readers without the code were
right too often: whole numbers of lines, for an early line does other things than a late one; the second, third … of a
line, for a line with several is easy to guess; numbers that are 1 larger, and words that turn into a partner (max,
min), which can be told from the results.
"""

import ast
import difflib
import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from vizlib.teaching.questions.places import PAIRS, Code

SIGNS = ", ".join(pair.replace(" ", " ↔ ") for pair in PAIRS)
NOTES = {
    "sign": f"Signs turn round as {SIGNS}; others, as ** or a single =, do not count, nor does the - of 1e-3.",
    "call": "A call with a dot is .name(…), also in torch.name(…). Without it, what stands before the dot stays.",
    "swap": "A call is a round bracket with a name or a bracket right before it; what counts is where it opens.",
    "named": "An argument with a name is name=… in the brackets of a call.",
    "line": "",
    "twice": "The second time comes right after the first.",
}


@dataclass
class Change:
    """A change of a function.

    Attributes:
        kind: a key of ``NOTES``, which say how places of this kind are counted.
        line: of the cell, counted from 1.
        said: what changes, by place and kind.
        source: the changed function.
        before, after: the lines that differ.
    """

    kind: str
    line: int
    said: str
    source: str
    before: str
    after: str


def find(source: str, name: str) -> ast.FunctionDef | None:
    """The last function of that name at the top level of a source, or None.

    Raises:
        SyntaxError: it is no Python.
    """
    named = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name]
    return named[-1] if named else None


def span(function: ast.FunctionDef) -> tuple[int, int]:
    """The first and the last line of a function."""
    return min([function.lineno, *(one.lineno for one in function.decorator_list)]), function.end_lineno


def changes(cell: str, function: ast.FunctionDef, dice: random.Random) -> Iterator[Change]:
    """All changes of a function that are known here; its head stays.

    Args:
        cell: in which it stands; lines end with a line feed.
        function: as :func:`find` found it.
        dice: name what is alone of its kind in a line the first or the last.
    """
    code, (first, last) = Code(cell, function), span(function)
    lines, below, seen = cell.split("\n"), cell.count("\n") + 1 - last, {ast.dump(function)}
    for kind, line, said, edits in (*code.within_lines(dice), *code.whole_lines()):
        edited = code.edited(edits).split("\n")
        new = edited[first - 1 : len(edited) - below]
        try:
            (changed,) = ast.parse("\n".join(new)).body
        except (SyntaxError, ValueError):
            continue
        if (dump := ast.dump(changed)) not in seen:  # f(x, x) with its arguments swapped is nothing new
            seen.add(dump)
            yield Change(kind, line, said, "\n".join(new), *differing(lines[first - 1 : last], new))


def differing(before: list[str], after: list[str]) -> list[str]:
    """What differs between two lists of lines: of the one, and of the other."""
    parts = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    both = [
        [line for tag, *ends in parts if tag != "equal" for line in lines[ends[side] : ends[side + 1]]]
        for side, lines in ((0, before), (2, after))
    ]
    return [textwrap.dedent("\n".join(lines)) for lines in both]
