"""How far two images are apart in a network's eyes: what inversion makes small, and accentuation keeps small."""

from collections.abc import Callable, Iterator

import torch

from vizlib import hooks
from vizlib.classifier import Classifier
from vizlib.descent import descend
from vizlib.images import FourierImage


def mismatch(model: Classifier, images: torch.Tensor, layer: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """How far what a layer makes of other images is from what it makes of these (Mahendran & Vedaldi 2015).

    Args:
        images: ``(N, 3, H, W)`` in [0, 1].
        layer: one of ``model.layers``.

    Returns:
        A function of images of the same shape that gives ``‖A(I) − A(I₀)‖² / ‖A(I₀)‖²`` for each, ``(N,)``: 0 where the
        layer cannot tell them apart, 1 as far as if it put out nothing but zeros.
    """

    def seen_by_layer(shown):
        with hooks.record(model, [layer]) as seen:
            model(shown)
        return seen[layer].flatten(1)

    with torch.no_grad():
        wanted = seen_by_layer(images)
    size = wanted.square().sum(dim=1).clamp_min(1e-12)
    return lambda shown: ((seen_by_layer(shown) - wanted).square().sum(dim=1) / size).to(shown.device)


def invert(
    model: Classifier, images: torch.Tensor, layer: str, steps: int, lr: float = 0.05, seed: int = 0
) -> Iterator[torch.Tensor]:
    """From noise to pictures of which a layer makes the same as of images: what it still knows of them.

    Args:
        images, layer: as :func:`mismatch` takes them.
        steps, lr: how many steps of Adam, and its learning rate, on the strengths of waves.
        seed: decides the noise.

    Yields:
        The pictures so far, of the shape of ``images``, after every step.
    """
    image = FourierImage(images.shape[-2:], len(images), torch.Generator().manual_seed(seed))
    apart = mismatch(model, images, layer)
    for _ in descend(lambda: apart(image()).sum(), image.parameters(), lr, steps, torch.optim.Adam):
        yield image().detach()
