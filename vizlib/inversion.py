"""How far two images are apart in a network's eyes: what inversion makes small, and accentuation keeps small."""

from collections.abc import Callable

import torch

from vizlib import hooks
from vizlib.classifier import Classifier


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
