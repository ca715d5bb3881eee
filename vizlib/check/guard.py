"""Run somebody's function without letting it harm what comes after it."""

import contextlib
import ctypes
import functools
import io
import os
import random
import sys
import threading
import time
import warnings

import numpy as np
import torch

SECONDS = 10.0  # CPU seconds for one call of an answer: mostly hundredths, but the first use of torch.optim takes some
PATIENCE = 3.0  # seconds after the limit from which a call counts as one that cannot be stopped
WAITING = 6  # times the limit that may pass by the clock, for what waits and uses no CPU


_send = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(("PyThreadState_SetAsyncExc", ctypes.pythonapi))


class Endless(BaseException):
    """The answer does not come to an end. Not an ``Exception``, so that ``except Exception`` lets it through."""


class _Again(Endless):
    """What the watch sends. A bare ``except:`` swallows it, so each one that is caught sends the next one on its way.

    It arrives outside of the ``try`` that has swallowed this one. That works because its ``__init__``, while the limit
    is passed, is a C function: Python code would be interrupted by what it sends itself.
    """


_quiet = _Again.__init__


class _Watch(threading.Thread):
    """Sends :class:`_Again` to the thread that made it, once the limit is passed.

    A thread and not a signal, because signals exist neither on Windows nor outside the main thread.
    """

    def __init__(self, seconds, notice, kind):
        super().__init__(daemon=True)
        self.seconds, self.notice, self.kind = seconds, notice, kind
        self.watched, self.over, self.woken = threading.get_ident(), False, threading.Event()

    def run(self):
        cpu, clock, noticed = time.process_time(), time.monotonic(), False
        while not self.woken.wait(0.05) and not self.over:
            used, passed = time.process_time() - cpu, (time.monotonic() - clock) / WAITING
            if max(used, passed) > self.seconds and not self.over:
                if self.kind is _Again:
                    _Again.__init__ = functools.partial(_send, self.watched, _Again)
                _send(self.watched, self.kind)
            if max(used, passed) > self.seconds + PATIENCE and not noticed:
                noticed = True
                self.notice(self.where())

    def where(self):
        """The line of the answer that is being run, as ``(file, number)``."""
        frame = sys._current_frames()[self.watched]
        while frame.f_back and os.sep + "torch" + os.sep in frame.f_code.co_filename:
            frame = frame.f_back
        return frame.f_code.co_filename, frame.f_lineno

    def settle(self):
        """Send no more, and take in one that is already on its way."""
        self.woken.set()
        self.join()
        _Again.__init__ = _quiet
        for _ in range(1000):
            pass


def limited(function, seconds: float | None = None, notice=lambda where: None):
    """Call ``function()``, and raise :class:`Endless` in it after so many seconds of CPU time.

    Loops are stopped whatever they catch. A single call into compiled code cannot be interrupted: if it has not come
    back after ``PATIENCE`` more seconds, ``notice`` is called with the file and the line.
    """
    seconds = SECONDS if seconds is None else seconds
    watch = _Watch(seconds, notice, _Again)
    watch.start()
    try:
        try:
            return function()
        finally:
            # Two assignments, which nothing can interrupt, and only then a call.
            watch.over = True
            _Again.__init__ = _quiet
            watch.settle()
    except Endless as endless:
        watch.settle()
        raise Endless(*(endless.args or (f"it was stopped after {seconds:g} seconds",))) from None


@contextlib.contextmanager
def time_limit(seconds: float):
    """Raise :class:`Endless` in a block after so many seconds of CPU time, and again until it is left.

    A block cannot be stopped as surely as a function in :func:`limited`, because its end is a call too.
    """
    watch = _Watch(seconds, lambda where: None, Endless)
    watch.start()
    try:
        yield
    finally:
        watch.over = True
        watch.settle()


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


def _same_state(before, after):
    numpy_before, numpy_after = ([np.asarray(part).tolist() for part in state[0]] for state in (before, after))
    return numpy_before == numpy_after and before[1] == after[1]


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
        if not (torch.equal(before[0], after[0]) and _same_state(before[1:], after[1:])):
            printed.effects.append("random")
        if torch.is_grad_enabled() != grad_mode or torch.get_default_dtype() != dtype:
            printed.effects.append("settings")
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])
        random.setstate(before[2])
        torch.set_grad_enabled(grad_mode)
        torch.set_default_dtype(dtype)
