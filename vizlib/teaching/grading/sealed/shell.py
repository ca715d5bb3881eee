"""An IPython for the cells of a submission, in which of vizlib only the open parts can be imported."""

import contextlib
import importlib.abc
import importlib.machinery
import io
import sys
import types

from IPython.core.interactiveshell import InteractiveShell
from matplotlib import pyplot as plt
from traitlets.config import Config

import vizlib
from vizlib import check, data, models, plotting  # noqa: F401  (loaded before the door shuts)
from vizlib.check.guard import time_limit

PRINTED = 20_000  # characters of what a cell prints that are kept
CELL = 20  # CPU seconds that a cell of the student may take


class Capped(io.TextIOBase):
    """Keeps the beginning of what is printed."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text[: PRINTED - len(self.text)]
        return len(text)


class Shell(InteractiveShell):
    """IPython without a history, colours or pictures."""

    def enable_gui(self, gui=None):
        pass

    def showtraceback(self, *args, **options):
        pass

    def showsyntaxerror(self, *args, **options):
        pass


def prepare(locked) -> Shell:
    """An IPython in which the locked cells have run."""
    plotting.show = lambda figure, alt, dpi=100: plt.close(figure)
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell = Shell.instance(config=config)
    shell.display_pub.publish = lambda *args, **options: None
    _replace_check()
    for source in locked:
        with contextlib.redirect_stdout(Capped()):
            shell.run_cell(source).raise_error()
    sys.meta_path.insert(0, Closed())
    return shell


def run(source, shell) -> dict:
    """Run a cell of the student's. What it printed, and the error that it raised."""
    printed, error = Capped(), None
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), time_limit(CELL):
            result = shell.run_cell(source)
            error = result.error_before_exec or result.error_in_exec
    except BaseException as raised:  # whatever it was: the next cell comes
        error = raised
    return {"text": printed.text, "error": None if error is None else _told(error)}


def _told(error):
    """Name and text of an error, whatever its own methods do."""
    try:
        return [type(error).__name__, str.__str__(str(error))[:PRINTED]]
    except Exception:
        return [type(error).__name__, "(its text cannot be read)"]


def _replace_check():
    """From here on ``from vizlib import check`` gives one that does nothing."""
    stub = types.ModuleType("vizlib.check")
    stub.picture = check.picture
    for name in ("own", "solved", "solution", *check.EXERCISES):
        setattr(stub, name, lambda *args: None)
    for name in [name for name in sys.modules if name.startswith("vizlib.check")]:
        del sys.modules[name]
    sys.modules["vizlib.check"] = vizlib.check = stub


class Closed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives placeholders for the parts of vizlib that are not loaded."""

    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.startswith("vizlib.") else None

    def create_module(self, spec):
        return Placeholder(spec.name)

    def exec_module(self, module):
        pass


class Placeholder(types.ModuleType):
    """Has everything, but nothing in it works."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)

        def closed(*args, **options):
            raise ImportError(f"An answer is your own work: it may not use {self.__name__}.")

        closed.__module__ = self.__name__
        return closed
