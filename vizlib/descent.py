"""The loop: follow the gradient, one step at a time.

It does not know what it updates. Given the weights of a network it trains the network; given the pixels of an image
it draws one. That is the whole course.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch.nn.utils import get_total_norm

from vizlib import inputs


@dataclass(frozen=True)
class Step:
    """One update.

    Attributes:
        index: 0 for the first update.
        loss: the loss before this update.
        gradient_norm: the L2 norm of the gradient over all parameters.
        shown: whatever else the caller's loss function reported.
    """

    index: int
    loss: float
    gradient_norm: float
    shown: dict = field(default_factory=dict)


class NormalizedSGD(torch.optim.Optimizer):
    """Gradient descent whose every step has the L2 length ``lr``, whatever the size of the gradient.

    A zero gradient gives no step.
    """

    def __init__(self, parameters, lr: float):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            norm = get_total_norm([p.grad for p in group["params"]])
            for p in group["params"]:
                p -= group["lr"] * p.grad / norm.clamp_min(1e-12)


class SignSGD(torch.optim.Optimizer):
    """Every pixel moves by ``lr``, against the sign of its gradient: the steepest step for the L∞ norm."""

    def __init__(self, parameters, lr: float):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p -= self.param_groups[0]["lr"] * self.direction(p.grad)

    def direction(self, gradient):
        return gradient.sign()


class UnitSGD(SignSGD):
    """Every image of a batch moves by the L2 length ``lr``, against its gradient: the steepest step for the L2 norm."""

    def direction(self, gradient):
        return gradient / gradient.flatten(1).norm(dim=1).clamp_min(1e-12).view(-1, 1, 1, 1)


def descend(
    loss: Callable[[], torch.Tensor | tuple[torch.Tensor, dict]],
    parameters: Iterable[torch.Tensor],
    lr: float,
    steps: int,
    optimizer: type[torch.optim.Optimizer] = torch.optim.SGD,
) -> Iterator[Step]:
    """Minimize ``loss`` over ``parameters``, yielding once after every update.

    To maximize a score, return minus the score as the loss. Stop whenever you like: leave the ``for`` loop.

    Args:
        loss: computes the loss afresh from the parameters: a scalar tensor, or ``(scalar, dict)`` where the dict is
            handed on as ``Step.shown``.
        parameters: leaf tensors that want gradients; updated in place.
        lr: the learning rate η, greater than 0.
        steps: the number of updates.
        optimizer: a ``torch.optim`` class; plain gradient descent, p ← p − η ∂L/∂p, if left out.

    Yields:
        A :class:`Step` an update; the gradient itself is in the parameters' ``.grad``.

    Raises:
        FloatingPointError: the gradient or the updated parameters are not finite. The parameters are then those of
            the last good step.
    """
    lr = inputs.learning_rate(lr)
    steps = inputs.whole(steps, "The number of steps", 0)
    parameters = list(parameters)
    if not parameters:
        raise ValueError("There is nothing to update: the list of parameters is empty.")
    return _descend(loss, parameters, optimizer(parameters, lr=lr), steps)


def _descend(loss, parameters, optimizer, steps):
    for index in range(steps):
        value = loss()
        value, shown = value if isinstance(value, tuple) else (value, {})
        gradients = torch.autograd.grad(value, parameters)
        norm = get_total_norm(gradients).item()
        if not math.isfinite(norm):
            raise FloatingPointError(
                f"Step {index}: the gradient is not finite; the last good values are kept. Try a smaller learning rate."
            )
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        before = [parameter.detach().clone() for parameter in parameters]
        optimizer.step()
        if not math.isfinite(get_total_norm([p.detach() for p in parameters]).item()):
            with torch.no_grad():
                for parameter, old in zip(parameters, before, strict=True):
                    parameter.copy_(old)
            raise FloatingPointError(
                f"Step {index}: the update is not finite; the last good values are kept. Try a smaller learning rate."
            )
        yield Step(index, value.item(), norm, shown)
