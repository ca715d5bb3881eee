"""Run somebody's function without letting it harm what comes after it."""

import contextlib
import ctypes
import functools
import io
import os
import sys
import threading
import time
import warnings

from vizlib.check import surroundings

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


class Printed(io.StringIO):
    """Keeps what is printed, also if the one who prints closes it. ``effects`` names what changed for everybody."""

    def __init__(self):
        super().__init__()
        self.effects = []

    def close(self):
        pass


@contextlib.contextmanager
def isolated():
    """Capture what is printed, silence warnings, and put global state back.

    Yields:
        A ``Printed``, whose ``effects`` names, after the block, the global state that changed.
    """
    states, settings = surroundings.random_states(), surroundings.settings()
    printed = Printed()
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            warnings.simplefilter("ignore")
            yield printed
    finally:
        if not surroundings.same_random_states(states, surroundings.random_states()):
            printed.effects.append("random")
        if surroundings.settings() != settings:
            printed.effects.append("settings")
        surroundings.put_random_states(states)
        surroundings.put_settings(settings)
