"""Whether an answer takes from the library what it should do itself."""

import types
from pathlib import Path

import vizlib
from vizlib._open import OPEN

# What has no underscore; the networks that ``models`` gives are of the class in ``classifier``.
PARTS = {path.stem for path in Path(vizlib.__file__).parent.iterdir()} | set(dir(vizlib))
CLOSED = {name for name in PARTS if not name.startswith("_")} - {*OPEN, "check", "classifier"}


def borrowed(answer) -> str | None:
    """The part of vizlib that a function uses, itself or in another function of the reader's; None if there is none."""
    waiting, seen = [answer], set()
    while waiting:
        function = waiting.pop()
        if not isinstance(function, types.FunctionType) or function in seen:
            continue
        seen.add(function)
        for names in _names(function.__code__):
            found = [function.__globals__.get(name) for name in names]
            waiting += [thing for thing in found if getattr(thing, "__globals__", None) is function.__globals__]
            homes = [name for name in names if name.startswith("vizlib.")] + [_home(thing) for thing in found]
            if "vizlib" in names:  # what is named next to it may be a part of it
                homes += [f"vizlib.{name}" for name in names if name in CLOSED]
            if home := next((home for home in homes if _closed(home)), None):
                return home
    return None


def _names(code):
    """The names that a function looks up, and those that functions inside it do."""
    yield code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _home(thing):
    """The module that a module, function or class is or comes from."""
    name = "__name__" if isinstance(thing, types.ModuleType) else "__module__"
    return getattr(thing, name, None) if isinstance(thing, (types.ModuleType, types.FunctionType, type)) else None


def _closed(home):
    return isinstance(home, str) and home.startswith("vizlib.") and home.split(".")[1] in CLOSED
