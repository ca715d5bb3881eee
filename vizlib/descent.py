"""The loop: follow the gradient, one step at a time.

It does not know what it updates. Given the weights of a network it trains the network; given the pixels of an image
it draws one. That is the whole course.
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch.nn.utils import get_total_norm

from vizlib import _gradients, _validate
from vizlib._interrupt import put_back_after_an_error, uninterrupted


@dataclass(frozen=True)
class Step:
    """One update.

    Attributes:
        index: 0 for the first update.
        loss: the loss before this update.
        gradient_norm: the L2 norm of the gradient over all parameters.
        gradients: ∂L/∂p for each parameter, of its shape.
        scores: what the loss told beside it, a number each; empty if nothing.
    """

    index: int
    loss: float
    gradient_norm: float
    gradients: tuple[torch.Tensor, ...]
    scores: tuple[float, ...] = ()


def descend(
    loss: Callable[[], torch.Tensor | tuple[torch.Tensor, torch.Tensor]],
    parameters: Iterable[torch.Tensor],
    lr: float | Callable[[int], float],
    steps: int,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.SGD,
    after: Callable[[Step], None] = lambda step: None,
    each: bool = False,
) -> "Descent":
    """Minimize ``loss`` over ``parameters``; an iterator that gives a :class:`Step` for every update.

    To maximize a score, return minus the score as the loss. Stop whenever you like: leave the ``for`` loop, and go on
    later with another one over the same iterator.

    Args:
        loss: computes the loss afresh from the parameters, a scalar tensor; or a pair of it and the ``scores`` of the
            step, ``(N,)``.
        parameters: leaf tensors that want gradients; updated in place.
        lr: the learning rate η, greater than 0; or a function that gives it for the index of a step.
        steps: the number of updates.
        optimizer: a ``torch.optim`` class; plain gradient descent, p ← p − η ∂L/∂p, if left out.
        after: called at the end of every update, without gradients; may change the parameters in place: a projection.
        each: the first axis of every parameter counts images, each of which is on its own way: one whose step is not
            finite is put back and stands still, and the others go on.

    Raises:
        ValueError: no gradient can flow from the loss to the parameters.
        FloatingPointError: the gradient or the updated parameters are not finite, with ``each`` those of every image.
            The parameters are then those of the last good step.
        KeyboardInterrupt: after Ctrl-C, once the step is whole.
    """
    constant = None if callable(lr) else _validate.learning_rate(lr)
    rate = lr if callable(lr) else lambda index: constant
    steps = _validate.whole(steps, "The number of steps", 0)
    parameters = list(parameters)
    if not parameters:
        raise ValueError("There is nothing to update: the list of parameters is empty.")
    return Descent(loss, parameters, rate, optimizer(parameters, lr=rate(0)), steps, after, each)


class Descent:
    """The iterator that :func:`descend` returns. No generator: one that has raised an error cannot go on."""

    def __init__(self, loss, parameters, rate, optimizer, steps, after, each):
        self._loss, self._parameters, self._optimizer, self._after = loss, parameters, optimizer, after
        self._rate = rate
        self._steps, self._index = steps, 0
        first = parameters[0]  # one flag for all parameters together, or one an image
        self._good = torch.ones(len(first) if each else 1, dtype=torch.bool, device=first.device)

    def __len__(self) -> int:
        return self._steps

    def continue_from(self, other: "Descent") -> None:
        """Count on from another descent over parameters of the same shapes, with what its optimizer remembers."""
        self._index, self._steps, self._good = other._index, other._index + self._steps, other._good.clone()
        self._optimizer.load_state_dict(copy.deepcopy(other._optimizer.state_dict()))

    def __iter__(self) -> "Descent":
        return self

    @property
    def lost(self) -> tuple[int, ...]:
        """With ``each``, the images that stand still because a step of theirs was not finite."""
        return tuple(index for index, good in enumerate(self._good.tolist()) if not good)

    def __next__(self) -> Step:
        if self._index == self._steps:
            raise StopIteration
        with uninterrupted(), put_back_after_an_error(self._parameters) as before:
            loss, scores = self._measure()
            gradients = torch.autograd.grad(loss, self._parameters)
            good = self._good & self._finite(gradients)
            gradients = tuple(torch.where(_beside(good, gradient), gradient, 0) for gradient in gradients)
            step = self._step(loss, scores, gradients, good)
            for parameter, gradient in zip(self._parameters, gradients, strict=True):
                parameter.grad = gradient
            for group in self._optimizer.param_groups:
                group["lr"] = self._rate(self._index)
            self._optimizer.step()  # p ← p − η ∂L/∂p
            with torch.no_grad():
                self._after(step)
                good = good & self._finite(self._parameters)
                for parameter, old in zip(self._parameters, before, strict=True):
                    parameter.copy_(torch.where(_beside(good, parameter), parameter, old))
            self._some(good.tolist(), "update")
            self._good = good
            self._index += 1
        return step

    def _measure(self):
        given = self._loss()
        loss, scores = given if isinstance(given, tuple) else (given, given.new_empty(0))
        if not loss.requires_grad:
            raise ValueError(
                _gradients.switched_off() or "The loss does not depend on the parameters: look for .detach()."
            )
        return loss, scores

    def _finite(self, tensors):
        """Whether all is finite: ``(1,)``, or ``(N,)`` for each image."""
        rows = [tensor.detach().reshape(len(self._good), -1).isfinite().all(dim=1) for tensor in tensors]
        return torch.stack(rows).all(dim=0)

    def _step(self, loss, scores, gradients, good):
        """What is known of a step, in numbers; read back from a GPU in one go."""
        asked = (loss, get_total_norm(gradients), good, scores)
        loss, norm, *numbers = torch.cat([one.detach().reshape(-1).to(loss) for one in asked]).tolist()
        self._some(numbers[: len(good)], "gradient")
        return Step(self._index, loss, norm, gradients, tuple(numbers[len(good) :]))

    def _some(self, good, what):
        if not any(good):
            raise FloatingPointError(
                f"Step {self._index}: the {what} is not finite; the last good values are kept. "
                "Try a smaller learning rate."
            )


def _beside(flags, tensor):
    """Flags in a shape that goes with a tensor: one for all of it, or one for each of its first axis."""
    return flags.reshape([-1] + [1] * (tensor.ndim - 1)) if len(flags) > 1 else flags.reshape([1] * tensor.ndim)
