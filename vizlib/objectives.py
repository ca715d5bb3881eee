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


def channel(layer: str, n: int) -> Objective:
    """The mean activation of channel ``n`` of a layer over all places (Olah et al. 2017)."""
    return _term("channel", layer, n)


def _channel(model, activations, layer, n):
    return _channels(activations, layer)[:, _within(n, "channel", layer, activations[layer].shape[1])].mean(dim=(1, 2))


def neuron(layer: str, n: int, y: int, x: int) -> Objective:
    """The activation of one neuron: channel ``n`` of a layer at row ``y`` and column ``x`` (Erhan et al. 2009)."""
    return _term("neuron", layer, n, y, x)


def _neuron(model, activations, layer, n, y, x):
    maps = _channels(activations, layer)
    sides = zip((n, y, x), ("channel", "row", "column"), maps.shape[1:], strict=True)
    n, y, x = (_within(value, what, layer, side) for value, what, side in sides)
    return maps[:, n, y, x]


def direction(layer: str, vector) -> Objective:
    """How far the channels of a layer, averaged over all places, point along a vector (Olah et al. 2018).

    Args:
        layer: the layer.
        vector: one number for each channel; only its direction counts.
    """
    return _term("direction", layer, tuple(float(value) for value in vector))


def _direction(model, activations, layer, vector):
    maps = _channels(activations, layer)
    if len(vector) != maps.shape[1]:
        raise ValueError(f"A direction in {layer!r} has {maps.shape[1]} numbers, one a channel, not {len(vector)}.")
    vector = torch.tensor(vector).to(maps)
    return maps.mean(dim=(2, 3)) @ (vector / vector.norm().clamp_min(1e-12))


def layer(layer: str) -> Objective:
    """Half the mean square of everything in a layer: more of whatever is there (DeepDream, Mordvintsev et al. 2015)."""
    return _term("layer", layer)


def _layer(model, activations, layer):
    return activations[layer].flatten(1).square().mean(dim=1) / 2


def diversity(layer: str) -> Objective:
    """How little each image of a batch resembles the others in style (Olah et al. 2017).

    Minus the mean cosine between the Gram matrices of a layer's channels; 0 for a single image, at least −1.
    """
    return _term("diversity", layer)


def _diversity(model, activations, layer):
    maps = _channels(activations, layer).flatten(2)
    grams = torch.nn.functional.normalize((maps @ maps.mT).flatten(1), dim=1)
    alike = grams @ grams.T
    return (alike.diagonal() - alike.sum(dim=1)) / max(1, len(maps) - 1)


def _channels(activations, layer):
    """The activations of a layer as ``(N, C, H, W)``; the logits are channels of one place."""
    maps = activations[layer]
    return maps if maps.ndim == 4 else maps.flatten(1)[:, :, None, None]


def _within(value, what, layer, count):
    return inputs.whole(value, f"The {what} in {layer!r}", 0, count - 1)


OF_LOGITS = {"class_score"}
TERMS = {
    "class_score": _class_score,
    "channel": _channel,
    "neuron": _neuron,
    "direction": _direction,
    "layer": _layer,
    "diversity": _diversity,
}
