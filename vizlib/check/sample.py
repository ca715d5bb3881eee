"""Inputs for checks: small networks and images in which nothing is zero, one, symmetric or alike by accident."""

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, softplus

from vizlib.check.guard import Endless


def graph_size(tensor) -> int:
    """How many operations a tensor has behind it that PyTorch remembers."""
    seen, waiting = set(), [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [before for before, _ in node.next_functions]
    return len(seen)


def uniform(*shape, low=0.1, high=0.9, seed=1, dtype=torch.float32) -> torch.Tensor:
    """Numbers between ``low`` and ``high``."""
    generator = torch.Generator().manual_seed(seed)
    return (low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)).to(dtype)


def normal(*shape, scale=1.0, seed=1, dtype=torch.float32) -> torch.Tensor:
    """Numbers around 0."""
    return (scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)).to(dtype)


class Net(nn.Module):
    """A smooth classifier for images of any size from 4×4: convolution, batch normalization, dropout, linear.

    It comes as a network in use does: frozen and in eval mode.

    Args:
        channels: of the images.
        classes: how many logits.
        seed: decides the weights.
        gain: how far the logits lie apart.
        budget: how many images may go through before the caller counts as endless.
        size: a side if only images of this size are taken.
    """

    def __init__(self, channels=3, classes=5, seed=1, gain=1.0, budget=100_000, size=None, dtype=torch.float32):
        super().__init__()
        self.budget, self.size, self.asked_in_train_mode, self.graphs = budget, size, False, []
        self.features = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.5))
        self.classify = nn.Linear(16, classes)
        with torch.no_grad():
            for n, parameter in enumerate(self.parameters()):
                parameter.copy_(normal(*parameter.shape, scale=0.6, seed=100 * seed + n))
            self.features[1].running_mean.copy_(normal(4, scale=0.3, seed=seed))
            self.features[1].running_var.copy_(uniform(4, low=0.5, high=1.5, seed=seed))
            self.features[1].weight.add_(1.5)
            self.classify.weight.mul_(gain)
        self.to(dtype).eval().requires_grad_(False)

    def forward(self, images):
        if images.ndim != 4 or images.shape[1] != self.features[0].in_channels:
            raise ValueError(
                f"the network takes images (N, {self.features[0].in_channels}, H, W), not {tuple(images.shape)}"
            )
        if self.size and images.shape[-2:] != (self.size, self.size):
            raise ValueError(f"the network takes images of {self.size}×{self.size}, not {tuple(images.shape[-2:])}")
        self.asked_in_train_mode |= self.training
        self.graphs.append(graph_size(images))
        self.budget -= len(images)
        if self.budget < 0:
            raise Endless("it asked the network far more often than is needed")
        features = softplus(self.features(images))
        return self.classify(adaptive_avg_pool2d(features, 2).flatten(1))


def trainable(model: nn.Module) -> nn.Module:
    """The same network as before training: its weights want gradients and it is in train mode."""
    return model.train().requires_grad_(True)


class Layers(nn.Module):
    """A network with a layer to look into: ``seen``, which an in-place ReLU follows, as in many published networks."""

    def __init__(self, budget=100_000):
        super().__init__()
        self.stem, self.seen, self.relu = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 5, 3), nn.ReLU(inplace=True)
        self.head = nn.Conv2d(5, 2, 3)
        self.budget, self.graphs = budget, []
        with torch.no_grad():
            for n, parameter in enumerate(self.parameters()):
                parameter.copy_(normal(*parameter.shape, scale=0.4, seed=300 + n))
            self.seen.bias[3] -= 1.05  # so that the ReLU cuts off some of what this channel puts out, and not all
        self.eval().requires_grad_(False)

    def forward(self, images):
        if images.ndim != 4 or images.shape[1] != 3:
            raise ValueError(f"the network takes images (N, 3, H, W), not {tuple(images.shape)}")
        self.graphs.append(graph_size(images))
        self.budget -= len(images)
        if self.budget < 0:
            raise Endless("it asked the network far more often than is needed")
        features = self.relu(self.seen(softplus(self.stem(images))))
        if min(features.shape[-2:]) < 3:
            raise RuntimeError("the network is asked something it cannot answer")
        return self.head(features).mean((2, 3))
