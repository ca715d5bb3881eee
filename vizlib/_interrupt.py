"""A step is whole or it has not been: what guards the loop stands here, so that the loop reads like its formula."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def put_back_after_an_error(parameters: list[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Give copies of leaf tensors; if the block raises anything, they hold again what they held before."""
    before = [parameter.detach().clone() for parameter in parameters]
    try:
        yield before
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
    if threading.current_thread() is not threading.main_thread() or not callable(usual) or isinstance(usual, _Hold):
        yield
        return

    hold = _Hold(usual)
    signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if hold.pressed:
        usual(signal.SIGINT, None)


class _Hold:
    """A handler that counts how often Ctrl-C was pressed, and lets the second through."""

    def __init__(self, usual):
        self.usual, self.pressed = usual, 0

    def __call__(self, number, frame):
        self.pressed += 1
        if self.pressed > 1:
            self.usual(number, frame)
