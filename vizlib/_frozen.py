"""A network in eval mode and without gradients for its weights, for a while; and one that is not listened to."""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

_guard = threading.Lock()
_locks = weakref.WeakKeyDictionary()  # of each network that is looked at: one thread at a time may change it


def alone(module: nn.Module) -> threading.RLock:
    """A lock on a network: whoever holds it is the only thread that looks, or changes its mode or its hooks."""
    with _guard:
        return _locks.setdefault(module, threading.RLock())


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """A network in eval mode and without gradients for its weights, until the block ends; then it is as it was.

    Another thread that wants the same network waits. What ``module.compile()`` made is not used meanwhile.
    """
    with alone(module):
        parts = list(module.modules())  # walked once: this is done at every step
        training = [part for part in parts if part.training]
        wanted = [one for part in parts for one in part.parameters(recurse=False) if one.requires_grad]
        compiled = {part: made for part in parts if (made := getattr(part, "_compiled_call_impl", None))}
        try:
            for part in training:
                part.training = False
            for weights in wanted:
                weights.requires_grad_(False)
            for part in compiled:
                part._compiled_call_impl = None
            yield
        finally:
            for part in training:
                part.training = True
            for weights in wanted:
                weights.requires_grad_(True)
            for part, made in compiled.items():
                part._compiled_call_impl = made


@contextmanager
def unheard(module: nn.Module) -> Iterator[None]:
    """A network whose forward hooks are not called until the block ends: nobody asked for a trial pass."""
    hooks = {part: part._forward_hooks for part in module.modules() if part._forward_hooks}
    try:
        for part in hooks:
            part._forward_hooks = OrderedDict()
        yield
    finally:
        for part, before in hooks.items():
            part._forward_hooks = before
