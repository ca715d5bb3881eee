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
from vizlib.views import Affine, Crop, Jitter, Noise, Rotate, Scale, View, look

__all__ = [
    "L1",
    "L2",
    "Affine",
    "Blur",
    "Clamp",
    "ClipSmallContribution",
    "ClipSmallNorm",
    "Crop",
    "Decay",
    "Jitter",
    "Noise",
    "Penalty",
    "Projection",
    "Rotate",
    "Scale",
    "TotalVariation",
    "View",
    "look",
]


class Penalty:
    """Called with the images ``(N, 3, H, W)`` in [0, 1]; gives a number to add to the loss, summed over the images."""


class Projection:
    """Called after an update with the pixels ``(N, 3, H, W)``, 0 for grey, and the update's index and gradient.

    Gives the new pixels. Projections act on pixels, so they need a :class:`vizlib.images.PixelImage`.
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
class L1(Penalty):
    """``weight * Σ|I|``, the distance from grey summed over the pixels; it sets small ones to grey altogether."""

    weight: float

    def __post_init__(self):
        inputs.number(self.weight, "The weight of L1", 0)

    def __call__(self, images):
        return self.weight * (images - 0.5).abs().sum()


@dataclass(frozen=True)
class TotalVariation(Penalty):
    """``weight`` times the summed absolute differences of neighbours (Rudin et al. 1992, Mahendran & Vedaldi 2015)."""

    weight: float

    def __post_init__(self):
        inputs.number(self.weight, "The weight of TotalVariation", 0)

    def __call__(self, images):
        return self.weight * (images.diff(dim=2).abs().sum() + images.diff(dim=3).abs().sum())


@dataclass(frozen=True)
class Blur(Projection):
    """A Gaussian blur of standard deviation ``sigma`` pixels after ``every`` so many updates (Yosinski et al. 2015)."""

    sigma: float
    every: int = 1

    def __post_init__(self):
        inputs.number(self.sigma, "The sigma of Blur", above=0)
        inputs.whole(self.every, "The interval of Blur", 1)

    def __call__(self, pixels, index, gradient=None):
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

    def __call__(self, pixels, index, gradient=None):
        return pixels.clamp(-0.5, 0.5)


@dataclass(frozen=True)
class Decay(Projection):
    """Shrink every pixel towards grey by the share ``rate``, as weight decay does (Yosinski et al. 2015)."""

    rate: float

    def __post_init__(self):
        inputs.number(self.rate, "The rate of Decay", 0, 1)

    def __call__(self, pixels, index, gradient=None):
        return (1 - self.rate) * pixels


@dataclass(frozen=True)
class ClipSmallNorm(Projection):
    """Set to grey the pixels whose colours' norm is below this percentile of all (Yosinski et al. 2015)."""

    percentile: float

    def __post_init__(self):
        inputs.number(self.percentile, "The percentile of ClipSmallNorm", 0, 100)

    def __call__(self, pixels, index, gradient=None):
        return _clip_small(pixels, pixels.norm(dim=1, keepdim=True), self.percentile)


@dataclass(frozen=True)
class ClipSmallContribution(Projection):
    """Set to grey the pixels whose contribution is below this percentile of all (Yosinski et al. 2015).

    The contribution is |Σ pixel × gradient| over the colours: how much the objective would change, to first order,
    if the pixel turned grey.
    """

    percentile: float

    def __post_init__(self):
        inputs.number(self.percentile, "The percentile of ClipSmallContribution", 0, 100)

    def __call__(self, pixels, index, gradient):
        return _clip_small(pixels, (pixels * gradient).sum(dim=1, keepdim=True).abs(), self.percentile)


def _clip_small(pixels, size, percentile):
    """Zero where ``size`` ``(N, 1, H, W)`` is below the percentile, each image for itself."""
    threshold = size.flatten(1).quantile(percentile / 100, dim=1).view(-1, 1, 1, 1)
    return pixels * (size >= threshold)
