"""What the network is shown in place of the image: views, one of the three kinds of regularizers.

An image that must satisfy the network from many views cannot rely on single pixels.
"""

import functools
import itertools
import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from vizlib import inputs


class View:
    """Called with images ``(N, 3, H, W)`` and a CPU ``torch.Generator``; gives what the network sees instead."""


@dataclass(frozen=True)
class Jitter(View):
    """Shift by up to ``pixels`` each way, the same for the whole batch (Mordvintsev et al. 2015).

    What leaves on one side comes back on the other.
    """

    pixels: int

    def __post_init__(self):
        inputs.whole(self.pixels, "The shift of Jitter", 0)

    def __call__(self, images, generator):
        shift = torch.randint(-self.pixels, self.pixels + 1, (2,), generator=generator).tolist()
        return images.roll(shift, dims=(2, 3))


@dataclass(frozen=True)
class Noise(View):
    """Gaussian noise of standard deviation ``sd`` on what the network sees (Smilkov et al. 2017)."""

    sd: float

    def __post_init__(self):
        inputs.number(self.sd, "The sd of Noise", 0)

    def __call__(self, images, generator):
        return images + self.sd * torch.randn(images.shape, generator=generator).to(images)


@dataclass(frozen=True)
class Crop(View):
    """A random part of the image, ``share`` of its side, enlarged to the full size (Mordvintsev et al. 2015)."""

    share: float

    def __post_init__(self):
        inputs.number(self.share, "The share of Crop", above=0, high=1)

    def __call__(self, images, generator):
        height, width = (max(1, round(self.share * side)) for side in images.shape[-2:])
        top, left = (
            torch.randint(whole - part + 1, (), generator=generator).item()
            for whole, part in zip(images.shape[-2:], (height, width), strict=True)
        )
        part = images[..., top : top + height, left : left + width]
        return F.interpolate(part, images.shape[-2:], mode="bilinear")


class Affine(View):
    """A view that moves every point of the image to another place.

    ``matrix(generator)`` draws the move anew: 2×3, from places in the view to places in the image, with the image
    reaching from −1 to 1. What lies outside the image is one flat random colour.
    """

    def __call__(self, images, generator):
        return look(images, [self], generator)


@dataclass(frozen=True)
class Rotate(Affine):
    """Turn about the middle by up to ``degrees`` either way (Olah et al. 2017)."""

    degrees: float

    def __post_init__(self):
        inputs.number(self.degrees, "The angle of Rotate", 0, 180)

    def matrix(self, generator):
        angle = math.radians(_uniform(-self.degrees, self.degrees, generator))
        return torch.tensor([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])


@dataclass(frozen=True)
class Scale(Affine):
    """Zoom about the middle by a factor between ``low`` and ``high`` (Olah et al. 2017).

    The size in pixels stays the same: below 1 the image shrinks within the view, above 1 only its middle is seen.
    """

    low: float
    high: float

    def __post_init__(self):
        inputs.number(self.low, "The smallest zoom of Scale", above=0)
        inputs.number(self.high, "The largest zoom of Scale", self.low)

    def matrix(self, generator):
        zoom = _uniform(self.low, self.high, generator)
        return torch.diag(torch.tensor([1 / zoom, 1 / zoom, 1]))


def _uniform(low, high, generator):
    return low + (high - low) * torch.rand((), generator=generator).item()


def look(images: torch.Tensor, views, generator: torch.Generator) -> torch.Tensor:
    """What the network sees of ``images`` through ``views``, in order.

    Neighbouring :class:`Affine` views are multiplied and the image is sampled once: each sampling costs time and
    blurs.
    """
    for affine, group in itertools.groupby(views, lambda view: isinstance(view, Affine)):
        if not affine:
            for view in group:
                images = view(images, generator)
            continue
        matrix = functools.reduce(torch.matmul, [view.matrix(generator) for view in group])
        colour = torch.rand(images.shape[1], 1, 1, generator=generator).to(images)
        theta = matrix[:2].to(images).expand(len(images), 2, 3)
        grid = F.affine_grid(theta, list(images.shape), align_corners=False)
        # Sampling gives zero outside the image, so zero must be the colour meanwhile.
        images = F.grid_sample(images - colour, grid, align_corners=False) + colour
    return images
