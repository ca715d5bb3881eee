"""Settings, said once.

A field of a dataclass knows its limits, checks what it is given, and has its slider::

    @dataclass(frozen=True)
    class Rotate(Settings):
        degrees: float = setting(0, 180, shown=30)
"""

import dataclasses
import math
from dataclasses import MISSING, dataclass, field

from vizlib import inputs


@dataclass(frozen=True)
class Limits:
    """What a number may be: from ``low`` to ``high``, and greater than ``above``.

    Attributes:
        shown: what a slider begins with, where a field has no default.
        slider: the ends of a slider, where the limits are too wide for one.
        log: whether a slider moves in equal factors.
    """

    low: float = -math.inf
    high: float = math.inf
    above: float | None = None
    shown: float | None = None
    slider: tuple[float, float] | None = None
    log: bool = False


def setting(low=-math.inf, high=math.inf, *, default=MISSING, **limits):
    """A field of a :class:`Settings` dataclass: a number within limits, whole if it is annotated ``int``."""
    return field(default=default, metadata={"limits": Limits(low, high, **limits)})


def whole(one) -> bool:
    """Whether a field holds a whole number; ``from __future__ import annotations`` makes a string of ``int``."""
    return one.type in (int, "int")


class Settings:
    """A base of frozen dataclasses: what is stored is what was checked, as plain Python numbers."""

    def __post_init__(self):
        for one in dataclasses.fields(self):
            if limits := one.metadata.get("limits"):
                value, what = getattr(self, one.name), f"The {one.name} of {type(self).__name__}"
                if whole(one):
                    value = inputs.whole(value, what, limits.low, limits.high)
                else:
                    value = inputs.number(value, what, limits.low, limits.high, limits.above)
                object.__setattr__(self, one.name, value)
