"""Which pixels of a photograph does a class score hang on? Three maps, and a network drawn anew to compare them with.

The first is the first step of the loop: the gradient of the score, and no step taken.
"""

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch.nn.functional import avg_pool2d, interpolate

from vizlib import _validate
from vizlib.classifier import Classifier
from vizlib.descent import descend
from vizlib.images import PixelImage

GREY = 0.5


def gradient(model: Classifier, image: torch.Tensor, target) -> torch.Tensor:
    """∂S_c/∂I, the change of a class score for each unit that a colour of a pixel changes (Simonyan et al. 2013).

    Args:
        image: ``(3, H, W)`` in [0, 1].
        target: the class, by name or index.

    Returns:
        ``(3, H, W)``.
    """
    pixels, index = PixelImage(image.shape[-2:], start=image), model.category(target)
    step = next(descend(lambda: model(pixels())[0, index], pixels.parameters(), lr=1.0, steps=1))
    return step.gradients[0][0].to(image.device)


def smoothed(
    model: Classifier, image: torch.Tensor, target, sd: float = 0.15, samples: int = 16, seed: int = 0
) -> Iterator[torch.Tensor]:
    """SmoothGrad (Smilkov et al. 2017): the mean gradient of copies of the image, each with other noise.

    Args:
        sd: the standard deviation of the noise; pixels are in [0, 1].
        samples: how many copies.
        seed: decides the noise.

    Yields:
        The mean so far, ``(3, H, W)``, after every copy.
    """
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros_like(image)
    for count in range(1, _validate.whole(samples, "The number of samples", 1) + 1):
        noisy = (image + sd * torch.randn(image.shape, generator=generator)).clamp(0, 1)
        total += gradient(model, noisy, target)
        yield total / count


@torch.no_grad()
def occlusion(
    model: Classifier, image: torch.Tensor, target, side: int = 48, stride: int = 16
) -> Iterator[torch.Tensor]:
    """How much the score falls when a grey square hides a part of the image (Zeiler & Fergus 2014).

    Args:
        side: of the square, in pixels.
        stride: pixels from one square to the next.

    Yields:
        The map so far, ``(H, W)``, after every row of squares: of each pixel the mean fall over the squares that hid
        it. Rows to come are 0.
    """
    height, width = image.shape[-2:]
    side = _validate.whole(side, "The side of the square", 1, min(height, width))
    stride = _validate.whole(stride, "The stride", 1, side)  # else some pixels are never hidden
    index = model.category(target)
    before = model(image[None])[0, index]
    fall, times = torch.zeros(2, height, width, device=image.device)
    lefts = corners(width, side, stride)
    for top in corners(height, side, stride):
        hidden = image.repeat(len(lefts), 1, 1, 1)
        for one, left in zip(hidden, lefts, strict=True):
            one[:, top : top + side, left : left + side] = GREY
        for after, left in zip(model(hidden)[:, index], lefts, strict=True):
            fall[top : top + side, left : left + side] += before - after
            times[top : top + side, left : left + side] += 1
        yield fall / times.clamp_min(1)


def corners(length: int, side: int = 48, stride: int = 16) -> list[int]:
    """Where squares begin that are ``stride`` apart and reach from one end of a length to the other."""
    return [*range(0, length - side, stride), length - side]


def strength(change: torch.Tensor) -> torch.Tensor:
    """How strong a map ``(3, H, W)`` is at each pixel, ``(H, W)``: the largest of its colours, whatever its sign."""
    return change.abs().amax(dim=0)


def shown(values: torch.Tensor) -> torch.Tensor:
    """A map ``(H, W)`` as a grey image ``(1, H, W)`` in [0, 1]: white is its strongest per cent, black 0 or less."""
    return (values / values.quantile(0.99).clamp_min(1e-12)).clamp(0, 1)[None]


def redrawn(model: Classifier, layers: int | None = None, seed: int = 0) -> Classifier:
    """The same network with the weights of its last layers drawn anew (Adebayo et al. 2018).

    Each tensor's numbers are put in another order, so that their spread stays what it was.

    Args:
        layers: how many layers with weights, counted from the logits; all if left out.
        seed: decides the order.
    """
    other, generator = deepcopy(model), torch.Generator().manual_seed(seed)
    named = [part for part in other.network.modules() if list(part.parameters(recurse=False))]
    count = len(named) if layers is None else _validate.whole(layers, "The number of layers", 0, len(named))
    with torch.no_grad():
        for part in named[len(named) - count :]:
            for weights in part.parameters(recurse=False):
                order = torch.randperm(weights.numel(), generator=generator).to(weights.device)
                weights.copy_(weights.flatten()[order].view_as(weights))
    return other


def rank_correlation(one: torch.Tensor, other: torch.Tensor) -> float:
    """Spearman's: 1 if two maps put the pixels in the same order, 0 if the orders have nothing in common."""
    ranks = torch.stack([values.flatten().argsort().argsort().float() for values in (one, other)])
    return torch.corrcoef(ranks)[0, 1].item()


def blocks(values: torch.Tensor, side: int) -> torch.Tensor:
    """The mean of a map ``(H, W)`` over squares of a side in pixels, ``(H // side, W // side)``."""
    return avg_pool2d(values[None, None], side)[0, 0]


def without(image: torch.Tensor, order: torch.Tensor, share: float, side: int = 16) -> torch.Tensor:
    """The image with the first squares of an order replaced by what is left of them in a strong blur.

    Args:
        image: ``(3, H, W)``, whose sides are multiples of ``side``.
        order: a number for each square, ``(H // side, W // side)``; the largest go first.
        share: how many of the squares, between 0 and 1.
    """
    gone = torch.zeros(order.numel(), dtype=torch.bool)
    gone[order.flatten().argsort(descending=True)[: round(share * order.numel())]] = True
    mask = gone.view(order.shape).repeat_interleave(side, 0).repeat_interleave(side, 1)
    coarse = interpolate(image[None], (4, 4), mode="bilinear", antialias=True)
    blurred = interpolate(coarse, image.shape[-2:], mode="bilinear")[0]
    return torch.where(mask.to(image.device), blurred, image)
