"""Right answers to exercises, other than the reference: each must pass its check. Only tests need them.

``NAME.txt`` has one a line, as changes of the reference, written as in :mod:`vizlib.check.catalogue`.
"""

from pathlib import Path

from tests.right_answers.functions import RIGHT
from vizlib.check.catalogue import changes, joined

FOLDER = Path(__file__).parent


def right_answers(exercise) -> list:
    """The functions, for a check that must let them through."""
    path = FOLDER / f"{exercise.name}.txt"
    lines = joined(path.read_text(encoding="utf-8")).splitlines() if path.exists() else []
    edits = [edit for line in lines for edit in changes(line)]
    return [*map(exercise.edited, edits), *RIGHT.get(exercise.name, [])]
