"""What no change within ε can do: a certificate, where an attack only says what one attacker did not find."""

import torch
from torch import nn
from torch.func import functional_call

from vizlib import _validate

MONOTONE = (nn.ReLU, nn.MaxPool2d, nn.AvgPool2d, nn.Flatten)


def interval_bounds(network: nn.Sequential, images: torch.Tensor, epsilon: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Bounds that the logits keep for every image within ε in each pixel (Gowal et al. 2018, arXiv:1810.12715).

    Every layer is asked what can come out of it if each of its inputs may lie anywhere between two ends, whatever the
    others do. So the bounds are true, and wider than need be. Differentiable: a network can be trained by them.

    Args:
        network: layers one after the other: linear, convolutions, ReLU, pooling, flatten.
        images: ``(N, C, H, W)`` in [0, 1].
        epsilon: in units of 1/255.

    Returns:
        ``(lower, upper)``, both of the shape of the logits.

    Raises:
        TypeError: a layer that it cannot bound.
    """
    images = _validate.images(images, None)
    radius = _validate.number(epsilon, "Epsilon, in units of 1/255,", 0, 255) / 255
    lower, upper = (images - radius).clamp(0, 1), (images + radius).clamp(0, 1)
    for layer in network:
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            sizes = {name: one.abs() if name == "weight" else one * 0 for name, one in layer.named_parameters()}
            centre, reach = layer((lower + upper) / 2), functional_call(layer, sizes, (upper - lower) / 2)
            lower, upper = centre - reach, centre + reach
        elif isinstance(layer, MONOTONE):
            lower, upper = layer(lower), layer(upper)
        else:
            raise TypeError(f"Bounds go through {', '.join(one.__name__ for one in MONOTONE)}, linear layers and "
                            f"convolutions, but not through {type(layer).__name__}.")  # fmt: skip
    return lower, upper
