"""The course from the installed package alone: its notebooks and exercises in a folder of the reader's own."""

import filecmp
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

INSIDE = Path(__file__).with_name("_course")  # only a wheel has it: setup.py puts it there
FIRST = Path("notebooks", "00_start_here.ipynb")


def copy(folder: Path, course: Path = INSIDE) -> list[Path]:
    """Write the notebooks and the exercises into a folder. What is there already is left as it is.

    Args:
        folder: where to; made if it is not there.
        course: where from.

    Returns:
        The files that were there and differ: a reader's own work, or another version of the course.

    Raises:
        ValueError: this vizlib came without notebooks, or ``folder`` is a file.
    """
    if not course.is_dir():
        raise ValueError("This vizlib runs from a clone, which has the course in it: type `make lab` there.")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file. Name a folder, or one that is not there yet.")
    kept = []
    for path in sorted(path for path in course.rglob("*") if path.is_file()):
        own = folder / path.relative_to(course)
        if not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, own)
        elif not filecmp.cmp(path, own, shallow=False):
            kept.append(own)
    return kept


def start(folder: Path) -> int:
    """Open the first notebook in JupyterLab, until it is stopped; returns its exit status.

    Raises:
        ValueError: JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise ValueError("JupyterLab is not installed here. Install vizlib as 'vizlib[lab]', which brings it.")
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    config = f"--config={folder / '.jupyter' / 'lab_config.py'}"
    return subprocess.call([sys.executable, "-m", "jupyterlab", *root, config, str(folder / FIRST)])
