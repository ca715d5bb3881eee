"""What the exercise notebooks use next to the checks."""

import json
from contextlib import contextmanager
from pathlib import Path

from vizlib.check.guard import Endless, time_limit

SECONDS = 20  # that a picture may take: they take a few, more on a slow or a busy machine


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
        print(f"No picture yet: it needs {names}, which takes longer than {SECONDS} seconds.")
    except Exception as error:
        print(f"No picture yet: it needs {names}, which stops with {type(error).__name__}.")


def solution(exercise) -> None:
    """Print the solution of an exercise, if the solutions are in a folder above this notebook.

    Args:
        exercise: the reader's function, or its name.
    """
    name = exercise if isinstance(exercise, str) else exercise.__name__
    here = Path.cwd()
    for folder in (here, *here.parents):
        for notebook in sorted(folder.glob("solutions/*/*.ipynb")):
            for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
                    print("".join(cell["source"]))
                    return
    print(f"There is no solution of {name} here. If this is an assignment, whoever gave it to you has the solutions.")
