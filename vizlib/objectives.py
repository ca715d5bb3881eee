"""What to maximize: a class, a channel, one neuron, a direction, a whole layer, or any weighted sum of them.

    class_score("dumbbell")
    channel("block_9", 3) - 0.5 * channel("block_9", 7)

An objective is a list of weighted terms. A term names a function below and its arguments, so an objective can be
printed, stored beside the picture that it made, and read back.
"""

from dataclasses import dataclass

import torch

from vizlib import inputs


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms; see :func:`class_score` and its neighbours, which make them.

    Attributes:
        terms: ``(weight, name of the term, its arguments)``, the weight a plain number.
    """

    terms: tuple[tuple[float, str, tuple], ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that have to be recorded."""
        names = ("logits" if kind in OF_LOGITS else arguments[0] for _, kind, arguments in self.terms)
        return tuple(dict.fromkeys(names))

    def __call__(self, model, activations: dict[str, torch.Tensor]) -> torch.Tensor:
        """The objective of each image, ``(N,)``.

        Args:
            model: the :class:`vizlib.models.Classifier` that the activations come from.
            activations: what :func:`vizlib.hooks.record` recorded for ``layers``.
        """
        return sum(weight * TERMS[kind](model, activations, *arguments) for weight, kind, arguments in self.terms)

    def __add__(self, other):
        if not isinstance(other, Objective):
            return NotImplemented
        return Objective(self.terms + other.terms)

    def __mul__(self, factor):
        factor = inputs.number(factor, "The weight of an objective")
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
        """The inverse of :meth:`to_json`."""
        for _, kind, _ in terms:
            inputs.choice(kind, TERMS, "objective")
        freeze = lambda value: tuple(value) if isinstance(value, list) else value  # noqa: E731
        return cls(tuple((weight, kind, tuple(map(freeze, arguments))) for weight, kind, arguments in terms))


def _term(kind, *arguments):
    return Objective(((1.0, kind, arguments),))


def class_score(name: str | int) -> Objective:
    """The score (logit) of a class, S_c, as in Simonyan et al. 2013.

    Args:
        name: the class by name, ``"bell pepper"``, or by index.
    """
    return _term("class_score", name)


def _class_score(model, activations, name):
    return activations["logits"][:, model.category(name)]


OF_LOGITS = {"class_score"}
TERMS = {"class_score": _class_score}
