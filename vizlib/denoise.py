"""A learned opinion about images: a small network that takes noise away.

What it takes away tells what it expects. For D(x, σ), the mean of all clean images that may lie behind x, Tweedie's
formula says D(x, σ) − x = σ² ∇ log p(x; σ), where p(·; σ) is the density of images with noise of strength σ. So the
step from x towards D(x, σ) leads to where images are more likely (Vincent 2011, Neural Computation 23(7); Song & Ermon
2019, arXiv:1907.05600; Ho et al. 2020, arXiv:2006.11239).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import mse_loss, pixel_shuffle, pixel_unshuffle, silu

from vizlib import _validate
from vizlib.descent import Step, descend

SMALLEST, LARGEST = 0.03, 3.0  # strengths of noise in training
SPREAD = 0.5  # of the numbers in a clean image, about
PHOTOS_SPREAD = 0.25  # of those in a photo


class Denoiser(nn.Module):
    """D(x, σ): noisy images in, the clean ones it expects out. An untrained network of four linear layers.

    It puts out the image itself. To let it put out what is to be added to x was tried and not kept: far from all
    images, where the ascent of a score leads, such a network hardly pulls back.

    Args:
        shape: of one image, e.g. ``(1, 8, 8)``; ``(2,)`` for points in the plane.
        width: numbers in each hidden layer.
        seed: decides the first weights; the global random state is left as it was.
    """

    def __init__(self, shape: Sequence[int] = (1, 8, 8), width: int = 256, seed: int = 0):
        super().__init__()
        numbers = math.prod(shape)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_validate.whole(seed, "The seed", 0))
            sizes = (numbers + 1, width, width, width, numbers)
            layers = [part for n, m in pairwise(sizes) for part in (nn.Linear(n, m), nn.SiLU())]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, images: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Images ``(N, *shape)``, denoised; sigma, greater than 0, is one number or one for each image, ``(N,)``."""
        sigma = torch.as_tensor(sigma, dtype=images.dtype, device=images.device).expand(len(images))[:, None]
        # Brought to about the same size at every σ, and told by its logarithm (Karras et al. 2022, arXiv:2206.00364).
        seen = images.flatten(1) / (sigma**2 + SPREAD**2).sqrt()
        return self.layers(torch.cat([seen, sigma.log() / 4], dim=1)).view_as(images)


class PatchDenoiser(nn.Module):
    """D(x, σ) for pictures of any size. An untrained network of six convolutions that sees 26 pixels across.

    So it can learn what small patches look like, and nothing of whole things. It works on squares of 2×2 pixels, which
    takes a quarter of the time (FFDNet, Zhang et al. 2018, arXiv:1710.04026), and puts out a mixture of what it sees
    and what it expects, more of the latter the stronger the noise (Karras et al. 2022, arXiv:2206.00364).

    Args:
        width: channels of each hidden layer.
        seed: decides the first weights; the global random state is left as it was.
    """

    def __init__(self, width: int = 32, seed: int = 0):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_validate.whole(seed, "The seed", 0))
            self.first = nn.Conv2d(3 * 4 + 1, width, 3, padding=1)
            self.middle = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(4))
            self.last = nn.Conv2d(width, 3 * 4, 3, padding=1)

    def forward(self, images: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Images ``(N, 3, H, W)``, 0 for grey, H and W even, denoised; sigma is one number or one for each image."""
        sigma = torch.as_tensor(sigma, dtype=images.dtype, device=images.device).expand(len(images)).view(-1, 1, 1, 1)
        total = (sigma**2 + PHOTOS_SPREAD**2).sqrt()
        seen = pixel_unshuffle(images / total, 2)
        strength = (sigma.log() / 4).expand(-1, 1, *seen.shape[2:])
        hidden = self.first(torch.cat([seen, strength], dim=1))
        for layer in self.middle:
            hidden = hidden + layer(silu(hidden))
        expected = pixel_shuffle(self.last(hidden), 2)
        return images * (PHOTOS_SPREAD / total) ** 2 + expected * sigma * PHOTOS_SPREAD / total


def denoising_loss(denoiser: nn.Module, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """How far the denoised images are from the clean ones: the weighted mean square, a scalar.

    Each image gets its own strength of noise, between ``SMALLEST`` and ``LARGEST``, all orders of size alike. Without
    the weights, strong noise, where the errors are large, would be all that counts (Karras et al. 2022).
    The denoiser takes images ``(N, …)`` and sigma ``(N,)``; the images are clean.
    """
    sigma = SMALLEST * (LARGEST / SMALLEST) ** torch.rand(len(images), generator=generator)
    noise = torch.randn(images.shape, generator=generator)
    noisy = images + sigma.view(-1, *[1] * (images.ndim - 1)) * noise
    errors = mse_loss(denoiser(noisy, sigma), images, reduction="none").flatten(1).mean(dim=1)
    return (errors * (1 / sigma**2 + 1 / SPREAD**2)).mean()


def train(
    denoiser: nn.Module, images: torch.Tensor, steps: int = 3000, lr: float | Callable[[int], float] = 0.001,
    batch: int = 256, seed: int = 0,
) -> Iterator[Step]:  # fmt: skip
    """Train a denoiser in place, by Adam; an iterator that gives a :class:`Step` for every update.

    Args:
        denoiser, images: as :func:`denoising_loss` takes them.
        steps, lr, batch: number of updates, learning rate (or a function that gives it for the index of an update),
            and how many images an update sees.
        seed: decides the batches, the strengths and the noise.
    """
    batch = _validate.whole(batch, "The size of a batch", 1)
    generator = torch.Generator().manual_seed(_validate.whole(seed, "The seed", 0))

    def loss():
        chosen = torch.randint(len(images), (batch,), generator=generator)
        return denoising_loss(denoiser, images[chosen], generator)

    return descend(loss, denoiser.parameters(), lr, steps, torch.optim.Adam)


@torch.no_grad()
def denoised_step(image: torch.Tensor, denoiser: nn.Module, sigma: float, weight: float) -> torch.Tensor:
    """x + w (D(x, σ) − x): with weight 0 the images as they are, with 1 the denoised ones."""
    return image + weight * (denoiser(image, sigma) - image)


def guided(
    model: nn.Module, denoiser: nn.Module, images: torch.Tensor, targets: torch.Tensor, sigmas: Sequence[float],
    weight: float, scale: float,
) -> Iterator[Step]:  # fmt: skip
    """Classifier guidance (Dhariwal & Nichol 2021, arXiv:2105.05233): a step up the log-probability, then one of D.

    One after the other, x ← x + s w σ² ∇ log p(target | D(x, σ)) and x ← x + w (D(x, σ) − x). From noise of strength σ₀
    and with σ falling by the factor 1 − w from step to step it samples. The classifier looks at the denoised image,
    since it has never seen noise; the one of the paper had.

    Args:
        model: images in, logits ``(N, K)`` out.
        images: ``(N, …)``, a leaf that wants gradients; updated in place.
        targets: the classes to ask for, ``(N,)``.
        sigmas: σ of every step.
        weight, scale: w in [0, 1] and s, 0 or more; with 0 the classifier has no say.
    """
    weight, scale = _validate.number(weight, "The weight", 0, 1), _validate.number(scale, "The scale", 0)
    left = [_validate.number(sigma, "Sigma", greater_than=0) for sigma in sigmas]

    def loss():
        chances = model(denoiser(images, left[0])).log_softmax(dim=1)
        return -scale * weight * left[0] ** 2 * chances[range(len(images)), targets].sum()

    def after(step):
        images.copy_(denoised_step(images, denoiser, left.pop(0), weight))

    return descend(loss, [images], lr=1, steps=len(left), after=after)
