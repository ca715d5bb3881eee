"""What holds an image back.

A step has three places for it. A **penalty** is added to the loss. A **view** changes what the network looks at. A
**projection** changes the image after the update. None of them is about the class: each is an opinion on what images
look like.
"""

import functools
import itertools
import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from vizlib import inputs


class Penalty:
    """Called with the images ``(N, 3, H, W)`` in [0, 1]; gives a number to add to the loss, summed over the images."""


class View:
    """Called with images ``(N, 3, H, W)`` and a CPU ``torch.Generator``; gives what the network sees instead."""


class Projection:
    """Called after the update ``index`` with the pixels ``(N, 3, H, W)``, 0 for grey; gives the new pixels.

    Projections act on pixels, so they need a :class:`vizlib.images.PixelImage`.
    """


@dataclass(frozen=True)
class L2(Penalty):
    """``weight * ‖I‖²``, the distance from grey squared, summed over the pixels (Simonyan et al. 2013)."""

    weight: float

    def __post_init__(self):
        inputs.number(self.weight, "The weight of L2", 0)

    def __call__(self, images):
        return self.weight * (images - 0.5).square().sum()


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


@dataclass(frozen=True)
class Blur(Projection):
    """A Gaussian blur of standard deviation ``sigma`` pixels after ``every`` so many updates (Yosinski et al. 2015)."""

    sigma: float
    every: int = 1

    def __post_init__(self):
        inputs.number(self.sigma, "The sigma of Blur", above=0)
        inputs.whole(self.every, "The interval of Blur", 1)

    def __call__(self, pixels, index):
        if (index + 1) % self.every:
            return pixels
        reach = min(math.ceil(4 * self.sigma), min(pixels.shape[-2:]) - 1)
        kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / self.sigma) ** 2)
        kernel = (kernel / kernel.sum()).to(pixels).expand(pixels.shape[1], 1, 1, -1)
        padded = F.pad(pixels, [reach] * 4, mode="reflect")
        across = F.conv2d(padded, kernel, groups=pixels.shape[1])
        return F.conv2d(across, kernel.mT, groups=pixels.shape[1])


@dataclass(frozen=True)
class Clamp(Projection):
    """Bring every pixel back between black and white after the update."""

    def __call__(self, pixels, index):
        return pixels.clamp(-0.5, 0.5)
