"""Answers to the exercises: wrong ones, with the words their card must contain, and right ones written differently.

One file per notebook. An answer's name begins with that of its exercise. Its source, put into the notebook in place of
the solution, is also what the nbgrader round trip submits, so it uses only what the notebooks import.
"""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

NOTEBOOKS = {
    "01_update_the_weights": ["sgd_step", "cross_entropy", "numeric_gradient", "train_step", "accuracy"],
    "02_update_the_pixels": ["freeze", "blank_image", "pixel_gradient", "pixel_step", "ascend_until"],
    "03_class_images": ["one_hot_score", "class_objective", "normalized_step", "class_image", "second_opinion"],
    "04_make_it_look_like_an_image": [
        "l2_penalty", "total_variation", "jitter", "clip_small_norm", "frequency_scale",
    ],
    "05_fire_any_neuron": ["record", "channel_objective", "neuron_objective", "neuron_image", "most_active"],
    "06_fool_the_network": ["fgsm", "targeted_step", "project_linf", "pgd", "survives_saving"],
}  # fmt: skip
EXERCISES = {exercise: notebook for notebook, exercises in NOTEBOOKS.items() for exercise in exercises}
ANSWERS = []


@dataclass(frozen=True)
class Answer:
    """An answer to an exercise; ``says`` is in the card of a wrong one, and None for a right one."""

    exercise: str
    says: str | None
    function: Callable

    @property
    def id(self) -> str:
        return self.function.__name__

    def source(self) -> str:
        """The answer as a reader would have typed it."""
        lines = textwrap.dedent(inspect.getsource(self.function)).splitlines()
        start = next(n for n, line in enumerate(lines) if line.startswith("def "))
        return "\n".join([*lines[start:], "", f"{self.exercise} = {self.id}"])


def _add(function, says):
    fits = [exercise for exercise in EXERCISES if function.__name__.startswith(f"{exercise}_")]
    ANSWERS.append(Answer(max(fits, key=len), says, function))
    return function


def wrong(says: str):
    """An answer that must fail with these words on its card."""
    return lambda function: _add(function, says)


def right(function):
    """An answer that must pass."""
    return _add(function, None)


for number in range(1, 7):
    import_module(f"{__name__}.nb0{number}")
WRONG = [answer for answer in ANSWERS if answer.says is not None]
RIGHT = [answer for answer in ANSWERS if answer.says is None]
