"""What changes the image after the update, one of the three kinds of regularizers."""

import math
from dataclasses import dataclass

from vizlib._validate import setting
from vizlib.regularizers.base import Projection


@dataclass(frozen=True)
class Blur(Projection):
    """A Gaussian blur of standard deviation ``sigma`` pixels after ``every`` so many updates (Yosinski et al. 2015)."""

    sigma: float = setting(high=100, greater_than=0, slider_start=0.5, slider=(0.1, 3))
    every: int = setting(1, default=1, slider=(1, 20))

    def __call__(self, pixels, index, gradient):
        if (index + 1) % self.every:
            return pixels
        from torchvision.transforms.functional import gaussian_blur  # half a second to import, and seldom needed

        reach = min(math.ceil(4 * self.sigma), min(pixels.shape[-2:]) - 1)
        return gaussian_blur(pixels, [2 * reach + 1] * 2, [self.sigma] * 2)


@dataclass(frozen=True)
class Clamp(Projection):
    """Bring every pixel back between black and white after the update."""

    def __call__(self, pixels, index, gradient):
        return pixels.clamp(-0.5, 0.5)


@dataclass(frozen=True)
class Decay(Projection):
    """Shrink every pixel towards grey by the share ``rate``, as weight decay does (Yosinski et al. 2015)."""

    rate: float = setting(0, 1, slider_start=0.01, slider=(0.0001, 1), log=True)

    def __call__(self, pixels, index, gradient):
        return (1 - self.rate) * pixels


@dataclass(frozen=True)
class ClipSmallNorm(Projection):
    """Set to grey the pixels whose colours' norm is below this percentile of all (Yosinski et al. 2015)."""

    percentile: float = setting(0, 100, slider_start=50)

    def __call__(self, pixels, index, gradient):
        return _clip_small(pixels, pixels.norm(dim=1, keepdim=True), self.percentile)


@dataclass(frozen=True)
class ClipSmallContribution(Projection):
    """Set to grey the pixels whose contribution is below this percentile of all (Yosinski et al. 2015).

    The contribution is ``|Σ pixel × gradient|`` over the colours: how much the objective would change, to first order,
    if the pixel turned grey.
    """

    percentile: float = setting(0, 100, slider_start=50)

    def __call__(self, pixels, index, gradient):
        return _clip_small(pixels, (pixels * gradient).sum(dim=1, keepdim=True).abs(), self.percentile)


def _clip_small(pixels, size, percentile):
    """Zero where ``size`` ``(N, 1, H, W)`` is below the percentile, each image for itself."""
    threshold = size.flatten(1).quantile(percentile / 100, dim=1).view(-1, 1, 1, 1)
    return pixels * (size >= threshold)
