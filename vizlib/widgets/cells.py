"""Which controls are open, and from which cell they came."""

from IPython import get_ipython
from ipywidgets import Widget

opened: dict[Widget, tuple] = {}  # control → its cell, and which run of it


def enter(control: Widget) -> None:
    """Note a new control. An older one that the same cell made in an earlier run, now out of sight, is closed."""
    shell = get_ipython()
    metadata = shell.get_parent().get("metadata", {}) if hasattr(shell, "get_parent") else {}
    cell, run = metadata.get("cellId"), getattr(shell, "execution_count", None)
    for other, (its_cell, its_run) in list(opened.items()):
        if cell and cell == its_cell and run != its_run:
            other.close()
    opened[control] = cell, run


def leave(control: Widget) -> None:
    """Free all widgets that a control is made of, with their layouts and styles."""
    del opened[control]
    for part in list(_parts(control)):
        part.unobserve_all()
        Widget.close(part)


def _parts(widget):
    yield widget
    for value in list(widget.trait_values().values()):
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Widget):
                yield from _parts(part)
