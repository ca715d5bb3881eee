"""What the exercise notebooks use next to the checks."""

import json
from contextlib import contextmanager
from pathlib import Path

from vizlib._console import say
from vizlib.check import progress
from vizlib.check.exercise import EXERCISES
from vizlib.check.guard import Endless, time_limit

SECONDS = 20  # of CPU time that a picture may take: they take a few, more on a slow machine


@contextmanager
def picture(*functions):
    """A ``with`` block that draws with the reader's own functions, and says so in a line if they do not work yet.

    Args:
        *functions: those that the picture needs.
    """
    names = " and ".join(function.__name__ for function in functions)
    try:
        with time_limit(SECONDS):
            yield
    except Endless:
        say(f"No picture yet: it needs {names}, which takes longer than {SECONDS} seconds.")
    except Exception as error:
        say(f"No picture yet: it needs {names}, which stops with {type(error).__name__}.")


def solved() -> None:
    """Print which exercises are solved, sheet by sheet. ``VIZLIB_HOME`` is where that is kept, or ``~/.vizlib``."""
    say(progress.table(EXERCISES))


def solution(name) -> None:
    """Print the solution of an exercise, or the model answer to an open question.

    They are found if the solutions are in a folder above this notebook.

    Args:
        name: the reader's function, or its name; of a question the name that stands above it.
    """
    name = name if isinstance(name, str) else name.__name__
    here = Path.cwd()
    for folder in (here, *here.parents):
        for notebook in sorted(folder.glob("solutions/*/*.ipynb")):
            for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
                    lines = "".join(cell["source"]).splitlines()
                    say("\n".join(line for line in lines if not line.strip().startswith("###")))
                    return
    say(f"There is no solution of {name} here. If this is an assignment, whoever gave it to you has the solutions.")
