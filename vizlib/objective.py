"""An objective is a list of weighted terms, each a name and arguments: it adds, scales, prints and is stored."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from vizlib import _validate


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms; see :func:`class_score` and the functions after it.

    Attributes:
        terms: ``(weight, kind, arguments)`` for each term.
    """

    terms: tuple[tuple[float, str, tuple], ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that have to be recorded."""
        return tuple(dict.fromkeys(given[0] if TERMS[kind].of_layer else "logits" for _, kind, given in self.terms))

    @property
    def classes(self) -> tuple:
        """The classes asked for, if it asks for nothing else; else none."""
        return tuple(arguments[0] for _, kind, arguments in self.terms if kind == "class_score") * self.of_classes

    @property
    def of_classes(self) -> bool:
        """Whether it asks for class scores alone."""
        return all(kind == "class_score" for _, kind, _ in self.terms)

    def __call__(self, model, activations: dict[str, torch.Tensor]) -> torch.Tensor:
        """The objective of each image, ``(N,)``.

        Args:
            model, activations: a :class:`vizlib.models.Classifier`, and what was recorded in it for ``layers``.
        """
        parts = (weight * TERMS[kind].measure(model, activations, *given) for weight, kind, given in self.terms)
        return functools.reduce(torch.add, parts)

    def __add__(self, other):
        if not isinstance(other, Objective):
            return NotImplemented
        return Objective(self.terms + other.terms)

    def __mul__(self, factor):
        factor = _validate.number(factor, "The weight of an objective")
        return Objective(tuple((factor * weight, kind, arguments) for weight, kind, arguments in self.terms))

    __rmul__ = __mul__

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        if not isinstance(other, Objective):
            return NotImplemented
        return self + -other

    def __str__(self):
        words = [f"{weight:+g} * {kind}({', '.join(map(repr, arguments))})" for weight, kind, arguments in self.terms]
        return " ".join(words).removeprefix("+1 * ").replace("+1 * ", "+ ").replace("-1 * ", "- ")

    def to_json(self) -> list:
        """The terms as plain lists."""
        return [[weight, kind, list(arguments)] for weight, kind, arguments in self.terms]

    @classmethod
    def from_json(cls, terms: list) -> "Objective":
        """The inverse of :meth:`to_json`; whatever is no list of terms raises ValueError or TypeError."""
        if not (isinstance(terms, list) and 0 < len(terms) <= 100):
            raise ValueError("An objective is a list of 1 to 100 terms.")
        made = []
        for one in terms:
            if not (isinstance(one, list) and len(one) == 3 and isinstance(one[2], list)):
                raise ValueError("A term of an objective is a weight, a name and a list of arguments.")
            weight, kind, arguments = one
            made.append(weight * TERMS[_validate.choice(kind, TERMS, "objective")](*arguments))
        return functools.reduce(lambda a, b: a + b, made)


TERMS: dict[str, Any] = {}  # functions that know their ``measure`` and whether they are ``of_layer``


def term(measure: Callable[..., torch.Tensor]) -> Callable[..., Objective]:
    """Register a function of the activations as a term; what comes back makes the objective of its arguments.

    The function takes the model and the activations, then arguments that are annotated: a ``str``, an ``int`` that
    counts from 0, or a ``tuple`` of numbers. If the first is called ``layer``, it is recorded, else the logits.
    """
    _, _, *parameters = inspect.signature(measure).parameters.values()

    @functools.wraps(measure)
    def make(*arguments, **named):
        given = signature.bind(*arguments, **named)
        given.apply_defaults()
        plain = (_plain(value, one, measure.__name__) for value, one in zip(given.args, parameters, strict=True))
        return Objective(((1.0, measure.__name__, tuple(plain)),))

    known: Any = make
    known.__signature__ = signature = inspect.Signature(parameters, return_annotation=Objective)
    known.measure, known.of_layer = measure, parameters[0].name == "layer"
    TERMS[measure.__name__] = known
    return make


def _plain(value, parameter, kind):
    """An argument as what Python and JSON have; whether there is such a channel is known when there is a network."""
    if parameter.annotation in (tuple, "tuple"):  # a string, after ``from __future__ import annotations``
        return tuple(_validate.number(one, f"A number of the {parameter.name}") for one in value)
    value = _validate.plain(value)
    if not isinstance(value, (str, int, float)):  # else the picture could not be saved with its settings
        what = "the name of a layer, e.g. 'block_9'" if parameter.name == "layer" else "a name or a whole number"
        raise TypeError(f"The {parameter.name} of {kind} must be {what}, not a {type(value).__name__}.")
    return value
