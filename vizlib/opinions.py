"""What networks say of an image: the ruler of this course.

A network's confidence in a picture that was made to please it says little. So every picture is shown to others.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate

from vizlib import _renamed, _validate, models
from vizlib.images import recoloured

__getattr__ = _renamed.attribute("vizlib.opinions")
JUDGE = "efficientnet_lite2"  # it takes no part in any recipe


@dataclass(frozen=True)
class Opinion:
    """What a network says of an image.

    Attributes:
        network: the network's name.
        top: the class that it puts first.
        top_probability: that class's probability, between 0 and 1.
        probability: the probability of the class that was asked for; None if none was.
        rank: the place of that class, 1 for the first; None if none was asked for.
        as_it_is: the opinion on the image without resizing it, where its size is not the network's; else None.
    """

    network: str
    top: str
    top_probability: float
    probability: float | None = None
    rank: int | None = None
    as_it_is: "Opinion | None" = None

    def __str__(self):
        said = f"{self.network} says {self.top!r} at {self.top_probability:.2f}"
        if self.rank is not None:
            first = "" if self.rank == 1 else f" (first is {self.top!r} at {self.top_probability:.2f})"
            said = f"{self.network}: probability {self.probability:.2f}, place {self.rank}{first}"
        if self.as_it_is is None:
            return said
        return f"{said}; not resized: {str(self.as_it_is).removeprefix(self.network).removeprefix(': ').strip()}"


def round_to_8_bits(images: torch.Tensor) -> torch.Tensor:
    """The images as a PNG would keep them: floats that are whole multiples of 1/255."""
    return images.mul(255).round().div(255)


@torch.no_grad()
def opinion(image: torch.Tensor, target: str | int | None = None, network=models.LOOKED_INTO) -> Opinion:
    """Ask a network what an image shows, after rounding it to 8 bits.

    Args:
        image: ``(C, H, W)`` or ``(1, C, H, W)`` in [0, 1]; resized to the size that the network was trained on, and
            where that is another one, shown as it is, too: resizing alone can undo what an attack did. Shown to a
            network of other colours as :func:`vizlib.images.recoloured` says.
        target: a class to ask for as well, by name or index.
        network: whatever :func:`vizlib.models.get` takes.
    """
    image = _validate.images(image, None)
    if len(image) != 1:
        raise ValueError(f"An opinion is on one image, not on {len(image)}.")
    model = models.get(network)
    image = recoloured(round_to_8_bits(image.detach()), model.channels)
    side = (model.size, model.size)
    if model.size is None or image.shape[-2:] == side:
        return _said(model, image, target)
    as_it_is = model.look(image.shape[1:]).side is None  # else the network would resample it, too
    return _said(model, _resized(image, side), target, _said(model, image, target) if as_it_is else None)


def _resized(images, side):
    return interpolate(images, side, mode="bilinear", antialias=True).clamp(0, 1)


def _said(model, image, target, as_it_is=None):
    probabilities = model(image)[0].softmax(0)
    top = probabilities.argmax().item()
    name = model.categories[top] if model.categories else str(top)
    if target is None:
        return Opinion(model.name, name, probabilities[top].item(), as_it_is=as_it_is)
    index = _validate.whole(model.category(target), "A class index", 0, len(probabilities) - 1)
    rank = (probabilities > probabilities[index]).sum().item() + 1
    return Opinion(model.name, name, probabilities[top].item(), probabilities[index].item(), rank, as_it_is)


@torch.no_grad()
def log_odds(images: torch.Tensor, target: str | int, network=JUDGE) -> torch.Tensor:
    """log(p / (1 − p)) of a class for each image, a ruler that still tells apart what rounds to 0.00 or 1.00.

    Args:
        images: ``(C, H, W)`` or ``(N, C, H, W)`` in [0, 1]; rounded to 8 bits and resized as in :func:`opinion`.
        target: the class, by name or index.
        network: whatever :func:`vizlib.models.get` takes; by default the one that takes no part in our recipes.

    Returns:
        ``(N,)``; 0 is a probability of one half, and 2.3 more is ten times the odds. It is computed from the logits,
        S_c − log Σ exp S over the *other* classes, so it does not saturate.
    """
    images, model = round_to_8_bits(_validate.images(images, None)), models.get(network)
    images = recoloured(images, model.channels)
    if model.size is not None:
        images = _resized(images, (model.size, model.size))
    logits, index = model(images), model.category(target)
    others = torch.cat([logits[:, :index], logits[:, index + 1 :]], dim=1)
    return logits[:, index] - others.logsumexp(dim=1)


@torch.no_grad()
def probability_map(image: torch.Tensor, target, network=JUDGE, window: int = 200, stride: int = 50) -> torch.Tensor:
    """What a network says of every part of a picture that repeats without a seam.

    Args:
        image: ``(3, H, W)`` or ``(1, 3, H, W)`` in [0, 1]; rounded to 8 bits.
        target: the class, by name or index.
        network: whatever :func:`vizlib.models.get` takes; by default the one that takes no part in our recipes.
        window: the side of the square parts, in pixels.
        stride: pixels from one part to the next.

    Returns:
        The probability of the class in the part whose top left corner is at (i · stride, j · stride), a tensor of
        ``(⌈H / stride⌉, ⌈W / stride⌉)``. What leaves the picture on one side comes in on the other.
    """
    image, model = _validate.images(image), models.get(network)
    window = _validate.whole(window, "The side of a window", 1, min(image.shape[-2:]))
    stride = _validate.whole(stride, "The stride", 1)
    image = round_to_8_bits(image.detach())
    rows = []
    for top in range(0, image.shape[2], stride):
        parts = [
            image.roll((-top, -left), dims=(2, 3))[..., :window, :window] for left in range(0, image.shape[3], stride)
        ]
        side = (model.size or window,) * 2
        rows.append(model(_resized(torch.cat(parts), side)).softmax(1)[:, model.category(target)])
    return torch.stack(rows)


def count_peaks(probabilities: torch.Tensor, stride: int = 50, apart: float = 120, least: float = 0.5) -> list[tuple]:
    """The places where a class is seen, each counted once: ``(row, column, probability)``, the surest first.

    Args:
        probabilities: of :func:`probability_map`.
        stride: the same as there.
        apart: corners of two places are at least so many pixels apart, also around the edge.
        least: the probability that counts as seen.
    """
    sides = [stride * count for count in probabilities.shape]

    def distance(a, b):
        return math.hypot(*(min(abs(u - v), side - abs(u - v)) for u, v, side in zip(a, b, sides, strict=True)))

    found: list[tuple] = []
    for index in probabilities.flatten().argsort(descending=True, stable=True).tolist():
        row, column = divmod(index, probabilities.shape[1])
        p, corner = probabilities[row, column].item(), (row * stride, column * stride)
        if p >= least and all(distance(corner, other[:2]) >= apart for other in found):
            found.append((*corner, p))
    return found
