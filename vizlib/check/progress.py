"""What a reader has solved, kept in a file of their own."""

import json
import os
from pathlib import Path

from vizlib import _files


def _file() -> Path:
    """Raises RuntimeError if there is no ``VIZLIB_HOME`` and nobody says where home is."""
    return Path(os.environ.get("VIZLIB_HOME") or Path.home() / ".vizlib") / "solved.json"


def _read() -> list[str]:
    try:
        return [name for name in json.loads(_file().read_text(encoding="utf-8")) if isinstance(name, str)]
    except (OSError, ValueError, TypeError, RuntimeError):
        return []


def remember(name: str) -> None:
    """Note that an exercise is solved. Where nothing can be written, nothing is noted."""
    names = _read()
    if name in names:
        return
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        _files.write(_file(), json.dumps([*names, name]))
    except (OSError, RuntimeError):
        pass


def table(exercises: dict) -> str:
    """A line for each sheet: how many of its exercises are solved, and which are still open."""
    done, lines = _read(), []
    for sheet in sorted({exercise.sheet for exercise in exercises.values()}):
        names = {name: exercise for name, exercise in exercises.items() if exercise.sheet == sheet}
        open_ones = [
            f"{name} (extra)" if exercise.extra else name for name, exercise in names.items() if name not in done
        ]
        solved = len(names) - len(open_ones)
        lines.append(f"{sheet}: {solved} of {len(names)}" + (f"; open: {', '.join(open_ones)}" if open_ones else ""))
    return "\n".join(lines)
