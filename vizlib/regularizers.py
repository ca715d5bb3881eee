"""What holds an image back.

A step has three places for it. A **penalty** is added to the loss. A **view** changes what the network looks at. A
**projection** changes the image after the update. None of them is about the class: each is an opinion on what images
look like.
"""

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


@dataclass(frozen=True)
class Rotate(View):
    """Turn about the middle by up to ``degrees`` either way, with reflection at the borders (Olah et al. 2017)."""

    degrees: float

    def __post_init__(self):
        inputs.number(self.degrees, "The angle of Rotate", 0, 180)

    def __call__(self, images, generator):
        angle = math.radians(_uniform(-self.degrees, self.degrees, generator))
        return _affine(images, [[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0]])


@dataclass(frozen=True)
class Scale(View):
    """Zoom about the middle by a factor between ``low`` and ``high``, reflecting at the borders (Olah et al. 2017).

    The size in pixels stays the same: below 1 the network sees more than the image, above 1 only its middle.
    """

    low: float
    high: float

    def __post_init__(self):
        inputs.number(self.low, "The smallest zoom of Scale", above=0)
        inputs.number(self.high, "The largest zoom of Scale", self.low)

    def __call__(self, images, generator):
        zoom = _uniform(self.low, self.high, generator)
        return _affine(images, [[1 / zoom, 0, 0], [0, 1 / zoom, 0]])


def _uniform(low, high, generator):
    return low + (high - low) * torch.rand((), generator=generator).item()


def _affine(images, matrix):
    theta = torch.tensor(matrix, dtype=images.dtype, device=images.device).expand(len(images), 2, 3)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


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
