"""On stage: come back to any cell of a lesson by one call, show it large, and go on when something fails.

from vizlib.teaching import stage
stage.catch_up("03.14")
"""

import contextlib
import datetime
import html
import inspect
import os
import re
import signal
import sys
import threading
import time

import torch
from IPython.display import HTML, display
from IPython.utils.capture import capture_output
from tqdm.auto import tqdm

from vizlib import models
from vizlib.teaching.stage import lessons
from vizlib.teaching.stage._projector import projector

__all__ = ["catch_up", "made_before", "projector"]

IPYTHON = {"In", "Out", "exit", "quit", "open", "get_ipython"}  # what a notebook has before its first cell


def catch_up(number: str) -> None:
    """Run all code of a lesson above a cell, fresh, in the caller's namespace, and say what was done.

    Every name is removed first, and the networks are loaded anew, so no mistake survives. A slow cell takes its values
    from the store of `make live`, if that is of this version of the lesson and the library. What cells show is not
    shown again. If it is stopped or fails, all names are as they were before.

    Args:
        number: the cell that comes next, as its first line says: ``"03.14"``.

    Raises:
        ValueError: no cell has this number.
        RuntimeError: a cell of the lesson failed.
        KeyboardInterrupt: it was stopped, at the end of a step.
    """
    path, cells, until = lessons.find(number)
    namespace = inspect.currentframe().f_back.f_globals
    before = {name: value for name, value in namespace.items() if not _keep(name, value)}
    began, folder, from_store = time.monotonic(), os.getcwd(), []
    for name in before:
        del namespace[name]
    models._load.cache_clear()  # else a network whose weights were changed by mistake would come back as it is
    torch.set_grad_enabled(True)
    try:
        os.chdir(path.parent)
        with _stoppable() as stopped:
            bar = tqdm(cells[:until], desc=f"up to {number}", unit="cell", disable=bool(os.environ.get("TQDM_DISABLE")))
            for index, cell in enumerate(bar):
                stored = lessons.load(path, cells, index)
                with capture_output():
                    _run(cell, f"{path.name}, cell {cell.title[:5] or cell.id}", stored, namespace)
                from_store += [f"{name} ({cell.title[:5] or cell.id})" for name in stored or ()]
                if stopped.asked:  # a cell that draws takes a stop as its own, and keeps the picture so far
                    raise KeyboardInterrupt
    except BaseException:
        for name in [name for name, value in namespace.items() if not _keep(name, value)]:
            del namespace[name]
        namespace.update(before)
        raise
    finally:
        os.chdir(folder)
    print(f"Ran {until} cells of {path.stem} above {number}, from nothing, in {time.monotonic() - began:.0f} s.")
    if from_store:
        date = datetime.date.fromtimestamp(_oldest(path, cells[:until]))
        print(f"Made before, on {date}, and not computed now: {', '.join(from_store)}.")
    lesson = set(re.findall(r"\w+", " ".join(cell.source for cell in cells)))
    if gone := sorted(before.keys() - lesson):
        print(f"Gone, since the lesson has no such names: {', '.join(gone)}.")
    print(f"Next: # {cells[until].title}")


def made_before(number: str) -> None:
    """Show what is stored with the lesson for a cell, and the cells up to the next one to type, marked as made before.

    For a cell that is too slow or fails; it computes nothing. Controls have no stored result.
    """
    path, cells, index = lessons.find(number)
    display(HTML(f"<b>Made before, not now: {html.escape(cells[index].title)}</b>, stored with {path.name}"))
    after = next((i for i in range(index + 1, len(cells)) if cells[i].title), len(cells))
    outputs = [output for cell in cells[index:after] for output in cell.outputs]
    for output in outputs:
        if output.output_type == "stream":
            print(output.text, end="")
        elif "application/vnd.jupyter.widget-view+json" not in output.data:
            display(output.data, raw=True)
    if not outputs:
        print("Nothing: this cell shows nothing.")


def _keep(name, value):
    return name.startswith("_") or name in IPYTHON or value is sys.modules[__name__]


def _run(cell, title, stored, namespace):
    if stored:
        namespace["_stored"] = lessons.Stored(cell, stored, namespace)
    try:
        exec(lessons.compiled(cell, title, stored or ()), namespace)
    except Exception as error:
        raise RuntimeError(f"{title} failed: {type(error).__name__}: {error}") from error
    finally:
        namespace.pop("_stored", None)


def _oldest(path, cells):
    files = [lessons.file_of(path, cell) for cell in cells if cell.stored]
    return min(file.stat().st_mtime for file in files if file.exists())


@contextlib.contextmanager
def _stoppable():
    """Notes that a stop was asked for, also where the code that runs takes the KeyboardInterrupt itself."""

    def stop(number, frame):
        stop.asked = True
        raise KeyboardInterrupt

    stop.asked = False
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    usual = signal.signal(signal.SIGINT, stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, usual)
