"""Inputs for checks: small networks and images in which nothing is zero, one, symmetric or alike by accident."""

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, softplus

from vizlib import _renamed
from vizlib.check.guard import Endless

MARGIN = 0.01  # of the spread: how far from its edge a decision has to lie, so that rounding cannot turn it


class Redraw(Exception):
    """These inputs lie too near an edge; draw others."""


class CannotAnswer(RuntimeError):
    """What a network raises on purpose, to see what an answer leaves behind."""


class Draw:
    """A source of inputs.

    Args:
        seed: decides everything that is drawn.
    """

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, *shape, low=0.1, high=0.9, dtype=torch.float32) -> torch.Tensor:
        """Numbers between ``low`` and ``high``."""
        drawn = torch.rand(shape, generator=self.generator, dtype=torch.float64)
        return (low + (high - low) * drawn).to(dtype)

    def normal(self, *shape, scale=1.0, dtype=torch.float32) -> torch.Tensor:
        """Numbers around 0."""
        return (scale * torch.randn(shape, generator=self.generator, dtype=torch.float64)).to(dtype)

    def whole(self, low: int, high: int, *shape):
        """A whole number from ``low`` to ``high``, both included; a tensor of them if a shape is given."""
        drawn = torch.randint(low, high + 1, shape, generator=self.generator)
        return drawn if shape else int(drawn)

    def net(self, **options) -> "Net":
        """A network; see :class:`Net`."""
        return Net(self, **options)

    def apart(self, scores: torch.Tensor):
        """Draw again if, in a row of ``scores``, the largest leads by too little."""
        best = scores.detach().double().topk(2, dim=-1).values
        self.clear(best[..., 0] - best[..., 1], 0.0, scores.detach().std())

    def clear(self, values, edge: float, spread=1.0):
        """Draw again if one of ``values`` is too near ``edge``, measured by ``spread``."""
        if ((torch.as_tensor(values) - edge).abs() < MARGIN * spread).any():
            raise Redraw

    __getattr__ = _renamed.attribute("Draw")

    def require(self, condition):
        """Draw again if ``condition`` does not hold."""
        if not condition:
            raise Redraw


def graph_size(tensor) -> int:
    """How many operations a tensor has behind it that PyTorch remembers."""
    seen, waiting = set(), [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [before for before, _ in node.next_functions]
    return len(seen)


class Logged(nn.Module):
    """A network that takes images and remembers how it was asked, in ``log``.

    It comes as a network in use does: frozen and in eval mode.

    Args:
        channels: of the images.
        budget: how many images may go through in a call of an answer before it counts as endless.
        size: a side if only images of this size are taken.
    """

    def __init__(self, channels=3, budget=1000, size=None):
        super().__init__()
        self.channels, self.budget, self.size, self.log = channels, budget, size, []

    def ready(self, draw, scale, dtype):
        """Draw the weights, freeze them, and switch to eval mode."""
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(draw.normal(*parameter.shape, scale=scale))
        return self.to(dtype).eval().requires_grad_(False)

    def forward(self, images):
        if images.ndim != 4 or images.shape[1] != self.channels:
            raise ValueError(f"the network takes images (N, {self.channels}, H, W), not {tuple(images.shape)}")
        if self.size and images.shape[-2:] != (self.size, self.size):
            raise ValueError(f"the network takes images of {self.size}×{self.size}, not {tuple(images.shape[-2:])}")
        self.log.append({"images": len(images), "training": self.training, "graph": graph_size(images)})
        if sum(entry["images"] for entry in self.log) > self.budget:
            raise Endless("it asked the network far more often than is needed")
        return self.answer(images)


class Net(Logged):
    """A smooth classifier for images of any size from 4×4: convolution, batch normalization, dropout, linear.

    Args:
        draw: the source of its weights.
        classes: how many logits.
        gain: how far the logits lie apart.
        blind: whether it does not see one of the colours: there the gradient is exactly zero.
    """

    def __init__(self, draw, channels=3, classes=5, gain=1.0, blind=False, dtype=torch.float32, **options):
        super().__init__(channels, **options)
        self.features = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.5))
        self.classify = nn.Linear(16, classes)
        self.ready(draw, 0.6, dtype)
        with torch.no_grad():
            self.features[1].running_mean.copy_(draw.normal(4, scale=0.3))
            self.features[1].running_var.copy_(draw.uniform(4, low=0.5, high=1.5))
            self.features[1].weight.copy_(draw.uniform(4, low=1.2, high=1.8))
            self.classify.weight.mul_(gain)
            if blind:
                self.features[0].weight[:, 1] = 0

    def answer(self, images):
        return self.classify(adaptive_avg_pool2d(softplus(self.features(images)), 2).flatten(1))


class Layers(Logged):
    """A network with a layer to look into: ``seen``, which an in-place ReLU follows, as in many published networks.

    The layer takes images from 3×3, what comes after it from 5×5. Its channel 3 is cut by the ReLU in part.
    """

    def __init__(self, draw, dtype=torch.float32, **options):
        super().__init__(**options)
        self.stem, self.seen, self.relu = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 5, 3), nn.ReLU(inplace=True)
        self.head = nn.Conv2d(5, 2, 3)
        self.ready(draw, 0.4, dtype)
        with torch.no_grad():  # for a grey image the ReLU is shut in channel 3, and just open in the others
            self.seen.bias.sub_(self.seen(softplus(self.stem(torch.zeros(1, 3, 9, 9, dtype=dtype)))).mean((0, 2, 3)))
            self.seen.bias.add_(torch.tensor([0.05, 0.05, 0.05, -0.05, 0.05], dtype=dtype))

    def answer(self, images):
        features = self.relu(self.seen(softplus(self.stem(images))))
        if min(features.shape[-2:]) < 3:
            raise CannotAnswer("the network is asked something it cannot answer")
        return self.head(features).mean((2, 3))


def classifier(draw) -> nn.Module:
    """A network to be trained, for images (N, 1, 5, 6) and 4 classes; in train mode, its weights want gradients."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(30, 6), nn.Tanh(), nn.Linear(6, 4))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(draw.normal(*parameter.shape, scale=0.4))
    return model
