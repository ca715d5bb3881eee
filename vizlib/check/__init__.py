"""Checks for the exercises: ``check.pixel_step(pixel_step)`` says that the answer is right, or what is wrong.

Each exercise is a module in the folder of its sheet; :mod:`vizlib.check.exercise` shows how one is written.
"""

from importlib import import_module
from pathlib import Path

from vizlib.check.exercise import EXERCISES
from vizlib.check.helpers import picture, solution, solved
from vizlib.check.values import own
from vizlib.check.verdict import CheckFailed

for path in sorted(Path(__file__).parent.glob("sheet*/*.py")):
    import_module(f"{__name__}.{path.parent.name}.{path.stem}")
globals().update(EXERCISES)
__all__ = ["CheckFailed", "own", "picture", "solution", "solved", *EXERCISES]  # noqa: PLE0604
