"""The loop: follow the gradient, one step at a time.

It does not know what it updates. Given the weights of a network it trains the network; given the pixels of an image
it draws one. That is the whole course.
"""

import copy
import math
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch.nn.utils import get_total_norm

from vizlib import _gradients, inputs


@dataclass(frozen=True)
class Step:
    """One update.

    Attributes:
        index: 0 for the first update.
        loss: the loss before this update.
        gradient_norm: the L2 norm of the gradient over all parameters.
        gradients: ∂L/∂p for each parameter, of its shape.
    """

    index: int
    loss: float
    gradient_norm: float
    gradients: tuple[torch.Tensor, ...]


def descend(
    loss: Callable[[], torch.Tensor],
    parameters: Iterable[torch.Tensor],
    lr: float,
    steps: int,
    optimizer: type[torch.optim.Optimizer] = torch.optim.SGD,
    after: Callable[[Step], None] = lambda step: None,
) -> Iterator[Step]:
    """Minimize ``loss`` over ``parameters``; an iterator that gives a :class:`Step` for every update.

    To maximize a score, return minus the score as the loss. Stop whenever you like: leave the ``for`` loop, and go on
    later with another one over the same iterator.

    Args:
        loss: computes the loss afresh from the parameters, a scalar tensor.
        parameters: leaf tensors that want gradients; updated in place.
        lr: the learning rate η, greater than 0.
        steps: the number of updates.
        optimizer: a ``torch.optim`` class; plain gradient descent, p ← p − η ∂L/∂p, if left out.
        after: called at the end of every update, without gradients; may change the parameters in place: a projection.

    Raises:
        ValueError: no gradient can flow from the loss to the parameters.
        FloatingPointError: the gradient or the updated parameters are not finite. The parameters are then those of
            the last good step.
        KeyboardInterrupt: after Ctrl-C, once the step is whole.
    """
    lr = inputs.learning_rate(lr)
    steps = inputs.whole(steps, "The number of steps", 0)
    parameters = list(parameters)
    if not parameters:
        raise ValueError("There is nothing to update: the list of parameters is empty.")
    return Descent(loss, parameters, optimizer(parameters, lr=lr), steps, after)


class Descent:
    """The iterator that :func:`descend` returns. No generator: one that has raised an error cannot go on."""

    def __init__(self, loss, parameters, optimizer, steps, after):
        self._loss, self._parameters, self._optimizer, self._after = loss, parameters, optimizer, after
        self._steps, self._index = steps, 0

    def __len__(self):
        return self._steps

    def continue_from(self, other: "Descent") -> None:
        """Count on from another descent over parameters of the same shapes, with what its optimizer remembers."""
        self._index, self._steps = other._index, other._index + self._steps
        self._optimizer.load_state_dict(copy.deepcopy(other._optimizer.state_dict()))

    def __iter__(self):
        return self

    def __next__(self) -> Step:
        if self._index == self._steps:
            raise StopIteration
        with uninterrupted(), _put_back_after_an_error(self._parameters):
            loss = self._loss()
            if not loss.requires_grad:
                raise ValueError(
                    _gradients.switched_off() or "The loss does not depend on the parameters: look for .detach()."
                )
            gradients = torch.autograd.grad(loss, self._parameters)
            step = Step(self._index, loss.item(), _finite(gradients, "gradient", self._index), gradients)
            for parameter, gradient in zip(self._parameters, gradients, strict=True):
                parameter.grad = gradient
            self._optimizer.step()  # p ← p − η ∂L/∂p
            with torch.no_grad():
                self._after(step)
            _finite([parameter.detach() for parameter in self._parameters], "update", self._index)
            self._index += 1
        return step


def _finite(tensors, what, index):
    """The L2 norm over all tensors, or FloatingPointError."""
    norm = get_total_norm(tensors).item()
    if not math.isfinite(norm):
        raise FloatingPointError(
            f"Step {index}: the {what} is not finite; the last good values are kept. Try a smaller learning rate."
        )
    return norm


@contextmanager
def _put_back_after_an_error(parameters):
    before = [parameter.detach().clone() for parameter in parameters]
    try:
        yield
    except BaseException:
        with torch.no_grad():
            for parameter, old in zip(parameters, before, strict=True):
                parameter.copy_(old)
        raise


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the block is done, so that a step is whole; a second one goes through.

    Undoing half a step was tried and not kept: optimizer, generator and running mean would all have to go back. Within
    another such block, or outside the main thread, where no signal arrives, it does nothing.
    """
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual) or hasattr(usual, "pressed"):
        yield
        return

    def hold(number, frame):
        hold.pressed += 1
        if hold.pressed > 1:
            usual(number, frame)

    hold.pressed = 0
    signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if hold.pressed:
        usual(signal.SIGINT, None)
