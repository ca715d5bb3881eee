"""A sparse dictionary: more directions than a layer has channels, few of which are at work at a time.

A layer with more features than channels cannot give each a channel of its own (Elhage et al. 2022). A dictionary looks
for directions d_k and few numbers z_k ≥ 0, such that Σ z_k d_k is nearly what the layer put out (Bricken et al. 2023;
the k largest are kept as in Gao et al. 2024).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import normalize

from vizlib import _validate
from vizlib.descent import Step, descend


class Dictionary(nn.Module):
    """Directions of a layer, and which of them are at work in a vector of activations.

    Args:
        examples: activations ``(M, C)`` that it begins with: their mean and spread are kept, and the directions begin
            as M drawn differences from the mean.
        features: how many directions.
        active: how many may be at work at a time.
        seed: decides the first directions.
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, examples: torch.Tensor, features: int, active: int, seed: int = 0):
        super().__init__()
        features = _validate.whole(features, "The number of features", 1)
        self.active = _validate.whole(active, "The number of active features", 1, features)
        if examples.ndim != 2 or len(examples) < features:
            raise ValueError(
                f"Give {features} or more vectors of activations (M, C), not a tensor {tuple(examples.shape)}."
            )
        self.register_buffer("mean", examples.mean(dim=0))
        self.register_buffer("scale", (examples - self.mean).norm(dim=1).mean())
        drawn = torch.randperm(len(examples), generator=torch.Generator().manual_seed(seed))[:features]
        first = normalize(examples[drawn] - self.mean, dim=1)
        self.directions = nn.Parameter(first.clone())  # (features, C), each of length 1
        self.detectors = nn.Parameter(first.clone())
        self.thresholds = nn.Parameter(torch.zeros(features))

    def encode(self, vectors: torch.Tensor) -> torch.Tensor:
        """How much of each feature is in vectors ``(N, C)``: ``(N, features)``, at most ``active`` of them not zero."""
        seen = ((vectors - self.mean) / self.scale) @ self.detectors.T - self.thresholds
        largest = seen.topk(self.active, dim=1)
        return torch.zeros_like(seen).scatter(1, largest.indices, largest.values.clamp_min(0))

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """The vectors as sums of few directions, ``(N, C)``."""
        return self.mean + self.scale * self.encode(vectors) @ self.directions


@dataclass(frozen=True)
class Quality:
    """How well a dictionary does on vectors.

    Attributes:
        r2: which share of their variance it gives back; 1 is all, 0 as much as their mean alone.
        active: features at work in a vector, on average.
        dead: the share of features that are at work in none.
    """

    r2: float
    active: float
    dead: float


@torch.no_grad()
def quality(dictionary: Dictionary, vectors: torch.Tensor) -> Quality:
    """Ask a dictionary about vectors ``(N, C)``, best of all those that it was not trained on."""
    working = dictionary.encode(vectors) > 0
    return Quality(
        r2=explained(vectors, dictionary(vectors)),
        active=working.sum(dim=1).float().mean().item(),
        dead=(~working.any(dim=0)).float().mean().item(),
    )


def explained(vectors: torch.Tensor, again: torch.Tensor) -> float:
    """R²: the share of the variance of vectors ``(N, C)`` that is in what was made of them."""
    return 1 - ((vectors - again).square().sum() / (vectors - vectors.mean(dim=0)).square().sum()).item()


def train(
    examples: torch.Tensor, features: int, active: int, steps: int = 800, batch: int = 256, lr: float = 2e-3,
    seed: int = 0, after: Callable[[Step], None] = lambda step: None,
) -> Dictionary:  # fmt: skip
    """Learn a dictionary from activations ``(M, C)``, by the loop of this course.

    The loss is the mean squared error of what comes back, in units of the vectors' spread. After every step the
    directions are put back to length 1, else a small z could hide in a long d.

    Args:
        features, active: as :class:`Dictionary` takes them.
        steps, batch, lr: Adam's, and how many vectors are drawn for a step.
        seed: decides the first directions and the batches.
        after: called after every step.
    """
    dictionary = Dictionary(examples, features, active, seed)
    generator = torch.Generator().manual_seed(seed)

    def loss():
        some = examples[torch.randint(len(examples), (batch,), generator=generator)]
        return ((dictionary(some) - some) / dictionary.scale).square().sum(dim=1).mean()

    def shorten(step):
        dictionary.directions.copy_(normalize(dictionary.directions, dim=1))
        after(step)

    for _ in descend(loss, dictionary.parameters(), lr, steps, torch.optim.Adam, after=shorten):
        pass
    return dictionary.requires_grad_(False)
