"""What the network is shown in place of the image, one of the three kinds of regularizers."""

import functools
import itertools
import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from vizlib import _validate
from vizlib._validate import setting
from vizlib.regularizers.base import View


@dataclass(frozen=True)
class Jitter(View):
    """Shift by up to ``pixels`` each way, the same for the whole batch (Mordvintsev et al. 2015).

    What leaves on one side comes back on the other. A shift that may be larger than the image brings any place to the
    middle.
    """

    pixels: int = setting(0, 4096, slider_start=16, slider=(0, 64))

    def __call__(self, images, generator):
        shift = torch.randint(-self.pixels, self.pixels + 1, (2,), generator=generator).tolist()
        return images.roll(shift, dims=(2, 3))


@dataclass(frozen=True)
class Noise(View):
    """Gaussian noise of standard deviation ``sd`` on what the network sees (Smilkov et al. 2017)."""

    sd: float = setting(0, slider_start=0.05, slider=(0, 1))

    def __call__(self, images, generator):
        return images + self.sd * torch.randn(images.shape, generator=generator).to(images)


@dataclass(frozen=True)
class Crop(View):
    """A random part of the image, ``share`` of its side, enlarged to the full size (Mordvintsev et al. 2015)."""

    share: float = setting(0, 1, greater_than=0, slider_start=0.6, slider=(0.1, 1))

    def __call__(self, images, generator):
        height, width = (max(1, round(self.share * side)) for side in images.shape[-2:])
        top, left = (
            torch.randint(whole - part + 1, (), generator=generator).item()
            for whole, part in zip(images.shape[-2:], (height, width), strict=True)
        )
        part = images[..., top : top + height, left : left + width]
        return F.interpolate(part, images.shape[-2:], mode="bilinear")


class Affine(View):
    """A view that moves every point of the image to another place, about the middle.

    What lies outside the image is one flat random colour; beside a :class:`Window` it is the image again.
    """

    def matrix(self, generator: torch.Generator) -> torch.Tensor:
        """A new move, 2×2: from places in the view to places in the image, both in pixels from the middle."""
        raise NotImplementedError

    def __call__(self, images, generator):
        return apply_views(images, [self], generator)


@dataclass(frozen=True)
class Rotate(Affine):
    """Turn about the middle by up to ``degrees`` either way (Olah et al. 2017)."""

    degrees: float = setting(0, 180, slider_start=30)

    def matrix(self, generator):
        angle = math.radians(_uniform(-self.degrees, self.degrees, generator))
        return torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


@dataclass(frozen=True)
class Mirror(Affine):
    """Left and right exchanged, every other time; most things are as often seen from either side."""

    def matrix(self, generator):
        return torch.diag(torch.tensor([1.0 - 2 * torch.randint(2, (), generator=generator).item(), 1.0]))


@dataclass(frozen=True)
class Scale(Affine):
    """Zoom about the middle by a factor between ``low`` and ``high`` (Olah et al. 2017).

    The size in pixels stays the same: below 1 the image shrinks within the view, above 1 only its middle is seen.
    """

    low: float = setting(greater_than=0, slider_start=0.6, slider=(0.1, 1))
    high: float = setting(greater_than=0, slider_start=1.4, slider=(1, 3))

    def __post_init__(self):
        super().__post_init__()
        _validate.number(self.high, "The high of Scale", self.low)

    def matrix(self, generator):
        return torch.eye(2) / _uniform(self.low, self.high, generator)


@dataclass(frozen=True)
class Window(Affine):
    """Only the middle, ``share`` of its side, as an image whose shorter side has ``pixels``.

    So the image can be larger than what the network looks at, and costs no more. The image is a canvas that repeats
    without a seam: with a window, what leaves on one side comes in on the other. After a :class:`Jitter` the middle is
    any part of it.
    """

    share: float = setting(0, 1, greater_than=0, slider_start=1, slider=(0.1, 1))
    pixels: int = setting(1, 1024, slider_start=160, slider=(64, 320))

    def matrix(self, generator):
        return torch.eye(2) * self.share

    def size(self, height: int, width: int) -> list[int]:
        """Height and width of what is seen of an image of this size."""
        return [max(1, round(self.pixels * whole / min(height, width))) for whole in (height, width)]


def _uniform(low, high, generator):
    return low + (high - low) * torch.rand((), generator=generator).item()


def apply_views(images: torch.Tensor, views, generator: torch.Generator) -> torch.Tensor:
    """What the network sees of ``images`` through ``views``, in order.

    Neighbouring :class:`Affine` views are multiplied and the image is sampled once: each sampling costs time and
    blurs.
    """
    for affine, group in itertools.groupby(views, lambda view: isinstance(view, Affine)):
        if affine:
            images = _sample(images, list(group), generator)
        else:
            images = functools.reduce(lambda seen, view: view(seen, generator), group, images)
    return images


def _sample(images, views, generator):
    height, width = images.shape[-2:]
    matrix = functools.reduce(torch.matmul, [view.matrix(generator) for view in views])
    windows = [view for view in views if isinstance(view, Window)]
    seen = min((window.size(height, width) for window in windows), default=[height, width])
    # grid_sample counts places from −1 to 1 along either side. In pixels a turn stays a turn where the sides differ.
    half = torch.tensor([width / 2, height / 2])
    theta = F.pad(matrix * half / half[:, None], (0, 1)).to(images).expand(len(images), 2, 3)
    grid = F.affine_grid(theta, [len(images), images.shape[1], *seen], align_corners=False)
    if windows:
        # Places beyond an edge come in on the other side; a border of one pixel is what edge pixels are mixed with.
        size = torch.tensor([width, height]).to(images)
        grid = ((grid + 1) % 2 - 1) * size / (size + 2)
        return F.grid_sample(F.pad(images, [1] * 4, mode="circular"), grid, align_corners=False)
    # Sampling gives zero outside the image, so zero must be the colour meanwhile.
    colour = torch.rand(images.shape[1], 1, 1, generator=generator).to(images)
    return F.grid_sample(images - colour, grid, align_corners=False) + colour
