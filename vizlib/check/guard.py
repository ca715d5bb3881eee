"""Run somebody's function without letting it harm what comes after it."""

import contextlib
import ctypes
import io
import random
import threading
import warnings

import numpy as np
import torch
from torch import nn

SECONDS = 10.0  # that one call of an answer may take: mostly hundredths, but the first use of torch.optim takes seconds


class Endless(BaseException):
    """The answer does not come to an end. Not an ``Exception``, so that a bare ``except Exception`` lets it through."""


@contextlib.contextmanager
def time_limit(seconds: float | None = None):
    """Raise :class:`Endless` inside the block after so many seconds.

    A second thread raises it, because signals exist neither on Windows nor outside the main thread. A single call
    into compiled code cannot be interrupted; a loop around such calls can.
    """
    seconds = SECONDS if seconds is None else seconds
    thread, lock, over, raised = threading.get_ident(), threading.Lock(), False, False

    def interrupt():
        nonlocal raised
        with lock:
            if not over:
                raised = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Endless))

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        try:
            yield
        finally:
            with lock:
                over = True
            timer.cancel()
        # One that was raised at the last moment arrives here, and not in the code that follows.
        for _ in range(1000 if raised else 0):
            pass
    except Endless as endless:
        raise Endless(*(endless.args or (f"it was stopped after {seconds:g} seconds",))) from None


@contextlib.contextmanager
def one_thread():
    """Compute on one thread: on networks this small, several only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _random_state():
    return torch.get_rng_state(), np.random.get_state(), random.getstate()


@contextlib.contextmanager
def isolated():
    """Capture what is printed, silence warnings, and put global state back.

    Yields:
        A ``StringIO`` with what was printed, whose ``effects`` names, after the block, the global state that changed.
    """
    before, grad_mode, dtype = _random_state(), torch.is_grad_enabled(), torch.get_default_dtype()
    printed = io.StringIO()
    printed.effects = []
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            warnings.simplefilter("ignore")
            yield printed
    finally:
        after = _random_state()
        if not (torch.equal(before[0], after[0]) and repr(before[1:]) == repr(after[1:])):
            printed.effects.append("random")
        if torch.is_grad_enabled() != grad_mode or torch.get_default_dtype() != dtype:
            printed.effects.append("settings")
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])
        random.setstate(before[2])
        torch.set_grad_enabled(grad_mode)
        torch.set_default_dtype(dtype)


class Snapshot:
    """How the arguments of a call looked before it, to see what the call did to them.

    Args:
        arguments: dict from names to values; tensors, modules and lists of them are looked at.
    """

    def __init__(self, arguments: dict):
        self.before = list(_look(arguments, copy=True))
        self.arguments = arguments

    def effects(self) -> list[str]:
        """What changed, as ``"argument.kind"``, e.g. ``"image.grad"`` or ``"model.mode"``."""
        now = list(_look(self.arguments, copy=False))
        pairs = zip(self.before, now, strict=False)
        return [f"{name}.{kind}" for (name, kind, old), (_, _, new) in pairs if not _equal(old, new)]

    def put_back(self):
        """Give tensors their old values, so that the next call and the reference start from what the first did."""
        for (_, kind, old), (_, _, new) in zip(self.before, _look(self.arguments, copy=False), strict=False):
            if kind == "value" and not _equal(old, new):
                new.data = old


def _look(arguments, copy):
    keep = (lambda t: None if t is None else t.detach().clone()) if copy else (lambda t: t)
    for name, value in arguments.items():
        if isinstance(value, list):
            yield from _look({f"{name}[{n}]": item for n, item in enumerate(value)}, copy)
        elif isinstance(value, torch.Tensor):
            yield name, "value", keep(value)
            yield name, "requires_grad", value.requires_grad
            yield name, "grad", keep(value.grad) if value.is_leaf else None
        elif isinstance(value, nn.Module):
            parameters = list(value.parameters())
            yield name, "weights", [keep(t) for t in value.state_dict().values()]
            yield name, "requires_grad", [p.requires_grad for p in parameters]
            yield name, "grads", [keep(p.grad) for p in parameters]
            yield name, "mode", [m.training for m in value.modules()]
            yield name, "hooks", [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in value.modules()]


def _equal(old, new):
    if isinstance(old, list):
        return len(old) == len(new) and all(map(_equal, old, new))
    if isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor):
        return old.shape == new.shape and torch.equal(old, new)
    return old is new if isinstance(old, torch.Tensor) or isinstance(new, torch.Tensor) else old == new
