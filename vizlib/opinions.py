"""What networks say of an image: the ruler of this course.

A network's confidence in a picture that was made to please it says little. So every picture is shown to others.
"""

import dataclasses
from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate

from vizlib import inputs, models


@dataclass(frozen=True)
class Opinion:
    """What a network says of an image.

    Attributes:
        network: the network's name.
        top: the class that it puts first.
        top_probability: that class's probability, between 0 and 1.
        probability: the probability of the class that was asked for; None if none was.
        rank: the place of that class, 1 for the first; None if none was asked for.
    """

    network: str
    top: str
    top_probability: float
    probability: float | None = None
    rank: int | None = None

    def __str__(self):
        top = f"{self.top!r} at {self.top_probability:.2f}"
        if self.rank is None:
            return f"{self.network} says {top}"
        wanted = f"{self.network}: probability {self.probability:.2f}, place {self.rank}"
        return wanted if self.rank == 1 else f"{wanted} (first is {top})"


def round_to_8_bits(images: torch.Tensor) -> torch.Tensor:
    """The images as a PNG would keep them: floats that are whole multiples of 1/255."""
    return images.mul(255).round().div(255)


@torch.no_grad()
def opinion(image: torch.Tensor, target: str | int | None = None, network: str = models.LOOKED_INTO) -> Opinion:
    """Ask a network what an image shows, after rounding it to 8 bits.

    Args:
        image: ``(3, H, W)`` or ``(1, 3, H, W)`` in [0, 1]; resized to the size that the network was trained on.
        target: a class to ask for as well, by name or index.
        network: a name for :func:`vizlib.models.load`.
    """
    image = inputs.images(image)
    if len(image) != 1:
        raise ValueError(f"An opinion is on one image, not on {len(image)}.")
    model = models.load(network)
    image = round_to_8_bits(image.detach().to(model.mean))
    if image.shape[-2:] != (model.size, model.size):
        image = interpolate(image, (model.size, model.size), mode="bilinear", antialias=True).clamp(0, 1)
    probabilities = model(image)[0].softmax(0)
    top = probabilities.argmax().item()
    said = Opinion(network, model.categories[top], probabilities[top].item())
    if target is None:
        return said
    wanted = probabilities[model.category(target)]
    rank = (probabilities > wanted).sum().item() + 1
    return dataclasses.replace(said, probability=wanted.item(), rank=rank)
