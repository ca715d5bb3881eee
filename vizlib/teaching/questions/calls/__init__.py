"""For each exercise a few calls that one can follow by hand, with numbers that are drawn.

A module has those of a sheet: for each exercise a function of its name, which takes :class:`Dice` and yields calls.
"""

import random
from importlib import import_module

from vizlib.check.exercise import EXERCISES

DRAWS = 8  # sets of numbers
TAKEN = 4  # of them for a student


class Dice(random.Random):
    """Draws numbers, as Python."""

    def pixels(self, *shape) -> str:
        """Pixels with one decimal, no two alike as far as there are enough."""
        return self._tensor(shape, [n / 10 for n in range(1, 10)])

    def numbers(self, *shape) -> str:
        """Numbers around 0, none of them 0."""
        return self._tensor(shape, [n / 2 for n in range(-6, 7) if n])

    def rows(self, height, width) -> str:
        """A matrix as a list, e.g. of weights; no two numbers alike as far as there are enough."""
        return str(self._nested([height, width], [n / 2 for n in range(-6, 7) if n]))

    def _tensor(self, shape, values):
        return f"torch.tensor({self._nested(shape, values)})"

    def _nested(self, shape, values):
        left = []

        def fill(sizes):
            if sizes:
                return [fill(sizes[1:]) for _ in range(sizes[0])]
            if not left:
                left.extend(self.sample(values, len(values)))
            return left.pop()

        return fill(list(shape))


def calls(exercise: str, draw: int) -> list[str]:
    """The calls of an exercise; none if it has no small ones.

    Args:
        exercise: its name; the calls do not say it, the function is called f.
        draw: which numbers, from 0 to ``DRAWS - 1``.
    """
    dice, sheet = Dice(f"{exercise} {draw}"), EXERCISES[exercise].sheet
    try:
        module = import_module(f"{__name__}.sheet{sheet[:2]}")
    except ModuleNotFoundError:
        return []
    return [lines.replace("CALL(", "f(") for lines in getattr(module, exercise, lambda dice: ())(dice)]


def drawn(exercise: str, dice: random.Random) -> list[str]:
    """The calls of an exercise, with several sets of numbers."""
    sets = [calls(exercise, draw) for draw in dice.sample(range(DRAWS), TAKEN)]
    return list(dict.fromkeys(call for one in sets for call in one))
