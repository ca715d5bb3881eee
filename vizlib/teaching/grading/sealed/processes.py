"""Processes that end when they should, and leave none behind."""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import time
from pathlib import Path

DEATHSIGNAL, DUMPABLE, SUBREAPER = 1, 4, 36  # of prctl
MOST = 100  # processes that a submission may have at a time
LOOK = 0.2  # seconds between two looks at how many there are
ROUNDS = 2000  # of ending them


def private():
    """Nobody looks into this process or writes into its memory, though a submission has the same user."""
    ctypes.CDLL(None).prctl(DUMPABLE, 0, 0, 0, 0)


def adopt():
    """Become the parent of what is left behind by the processes that this one starts."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def fork(function, seconds, largest, closed=()) -> bytes:
    """What ``function(pipe)`` writes in a process of its own, until that ends or has to be ended.

    Args:
        function: gets a file to write to.
        seconds: by the clock.
        largest: bytes that may come.
        closed: files that the new process does not inherit.
    """
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            for file in closed:
                os.close(file.fileno())
            ctypes.CDLL(None).prctl(DEATHSIGNAL, signal.SIGKILL, 0, 0, 0)
            with os.fdopen(write, "wb") as pipe:
                function(pipe)
        finally:
            os._exit(0)
    os.close(write)
    ended, told, deadline = os.pidfd_open(pid), b"", time.monotonic() + seconds
    while len(told) <= largest and time.monotonic() < deadline and len(descendants()) <= MOST:
        over = select.select([ended], [], [], 0)[0]
        part = os.read(read, 1 << 16) if select.select([read], [], [], 0 if over else LOOK)[0] else None
        told += part or b""
        if part == b"" or (over and not part):  # its end is closed, or nothing is left to read
            break
    if len(told) > largest or not select.select([ended], [], [], LOOK)[0]:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(read)
    os.close(ended)
    return told


def descendants() -> set[int]:
    """The processes that this one, or one of those, has started."""
    parents = {}
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError):
            parents[int(entry)] = int(Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[1])
    found, new = set(), {os.getpid()}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new} - found
        found |= new
    return found


def end(spared=frozenset()) -> bool:
    """Kill all descendants but those; returns whether there were any.

    They are stopped first, because who is stopped starts no other. If they multiply all the same, this process ends,
    and in a sandbox everything ends with it.
    """
    stopped = set()
    for _ in range(ROUNDS):
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        left = descendants() - spared
        if not left:
            return bool(stopped)
        new = left - stopped
        for pid in new or left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGSTOP if new else signal.SIGKILL)
        stopped |= left
    os._exit(1)


def empty(folder: Path):
    """Remove what lies in a folder."""
    for path in folder.iterdir():
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink()
