"""What to maximize: a class, a channel, one neuron, a direction, a whole layer, or any weighted sum of them.

class_score("dumbbell")
channel("block_9", 3) - 0.5 * channel("block_9", 7)
"""

import torch

from vizlib import _validate
from vizlib.objective import TERMS, Objective, term

__all__ = ["TERMS", "Objective", "as_maps", "channel", "class_score", "direction", "diversity", "layer", "neuron"]
__all__ += ["term"]


@term
def class_score(model, activations, name: str | int):
    """The score (logit) of a class, S_c, as in Simonyan et al. 2013.

    Args:
        name: the class by name, ``"bell pepper"``, or by index.
    """
    logits = activations["logits"]
    return logits[:, _validate.whole(model.category(name), "A class index", 0, logits.shape[1] - 1)]


@term
def channel(model, activations, layer: str, n: int):
    """The mean activation of channel ``n`` of a layer over all places (Olah et al. 2017)."""
    maps = as_maps(activations, layer)
    return maps[:, _within(n, "channel", layer, maps.shape[1])].mean(dim=(1, 2))


@term
def neuron(model, activations, layer: str, n: int, y: int, x: int):
    """The activation of one neuron: channel ``n`` of a layer at row ``y`` and column ``x`` (Erhan et al. 2009)."""
    maps = as_maps(activations, layer)
    sides = zip((n, y, x), ("channel", "row", "column"), maps.shape[1:], strict=True)
    n, y, x = (_within(value, what, layer, side) for value, what, side in sides)
    return maps[:, n, y, x]


@term
def direction(model, activations, layer: str, vector: tuple):
    """How far the channels of a layer, averaged over all places, point along a vector (Olah et al. 2018).

    Args:
        layer: the layer.
        vector: one number for each channel; only its direction counts.
    """
    maps = as_maps(activations, layer)
    if len(vector) != maps.shape[1]:
        raise ValueError(f"A direction in {layer!r} has {maps.shape[1]} numbers, one a channel, not {len(vector)}.")
    along = torch.tensor(vector).to(maps)
    return maps.mean(dim=(2, 3)) @ (along / along.norm().clamp_min(1e-12))


@term
def layer(model, activations, layer: str):
    """Half the mean square of everything in a layer: more of whatever is there (DeepDream, Mordvintsev et al. 2015)."""
    return activations[layer].flatten(1).square().mean(dim=1) / 2


@term
def diversity(model, activations, layer: str):
    """How little each image of a batch resembles the others in style (Olah et al. 2017).

    Minus the mean cosine between the Gram matrices of a layer's channels; 0 for a single image, at least −1.
    """
    maps = as_maps(activations, layer).flatten(2)
    grams = torch.nn.functional.normalize((maps @ maps.mT).flatten(1), dim=1)
    alike = grams @ grams.T
    return (alike.diagonal() - alike.sum(dim=1)) / max(1, len(maps) - 1)


def as_maps(activations: dict[str, torch.Tensor], layer: str) -> torch.Tensor:
    """The activations of a layer as ``(N, C, H, W)``: tokens ``(N, T, C)`` stand in a column, logits in one place."""
    maps = activations[layer]
    if maps.ndim == 3:
        return maps.mT[..., None]
    return maps if maps.ndim == 4 else maps.flatten(1)[:, :, None, None]


def _within(value, what, layer, count):
    return _validate.whole(value, f"The {what} in {layer!r}", 0, count - 1)
