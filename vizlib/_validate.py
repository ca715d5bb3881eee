"""One clear sentence for a wrong argument; and settings, said once.

A field of a dataclass knows its limits, checks what it is given, and has its slider::

    @dataclass(frozen=True)
    class Rotate(Settings):
        degrees: float = setting(0, 180, slider_start=30)
"""

import dataclasses
import difflib
import math
from dataclasses import MISSING, dataclass, field
from numbers import Integral, Real
from typing import Any, cast

import torch

from vizlib import _renamed

ROUNDING = 1e-6  # a mean or a resampling of pixels of 1 can be that much larger


def choice(value: Any, choices, what: str) -> str:
    """Return ``value`` if it is one of ``choices``; else raise ValueError with the nearest ones.

    Args:
        value: what the user wrote.
        choices: the valid names.
        what: what a choice is, for the sentence ("layer", "photo").
    """
    choices = list(choices)
    if value in choices:
        return value
    near = difflib.get_close_matches(str(value), choices, n=3, cutoff=0.4) or choices
    listed = ", ".join(repr(name) for name in near[:12]) + (", …" if len(near) > 12 else "")
    raise ValueError(f"There is no {what} {value!r}; the nearest: {listed}.")


def plain(value):
    """A number of NumPy, or a tensor or array of one number without axes, as a Python number; all else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value


def whole(value, what: str, low: int, high: float | None = None) -> int:
    """Return a whole number within [low, high], or raise TypeError or ValueError in one sentence."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{what} must be a whole number, not {value!r}.")
    value = int(value)
    if value < low or (high is not None and value > high):
        limits = f"{low} or more" if high in (None, math.inf) else f"from {low} to {high}"
        raise ValueError(f"{what} must be {limits}, not {value}.")
    return int(value)


def number(
    value, what: str, low: float = -math.inf, high: float = math.inf, greater_than: float | None = None
) -> float:
    """Return a finite number within [low, high] (and greater than ``greater_than``), or raise in one sentence."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} must be a number, not {value!r}.")
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"{what} must be a finite number, not {value}.")
    if greater_than is not None and value <= greater_than:
        raise ValueError(f"{what} must be greater than {greater_than:g}, not {value:g}.")
    if not low <= value <= high:
        limits = f"{low:g} or more" if high == math.inf else f"from {low:g} to {high:g}"
        limits = f"{high:g} or less" if low == -math.inf else limits
        raise ValueError(f"{what} must be {limits}, not {value:g}.")
    return value


def learning_rate(value) -> float:
    """Return a learning rate greater than 0, small enough for optimizers that divide by small numbers, or raise."""
    return number(value, "The learning rate", high=1e30, greater_than=0)


def size(value, smallest: int = 1) -> tuple[int, int]:
    """Return ``(height, width)`` in pixels from one whole number or a pair of them."""
    sides = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(sides) != 2:
        raise ValueError(f"A size is one number of pixels or a pair (height, width), not {value!r}.")
    height, width = (whole(side, "An image's side", smallest, 4096) for side in sides)
    return height, width


def images(value, channels: int | None = 3) -> torch.Tensor:
    """Return a float tensor ``(N, C, H, W)`` in [0, 1] from one image ``(C, H, W)`` or a batch, or raise.

    What lies outside by no more than arithmetic rounds, 1e-6, is brought back.

    Raises:
        TypeError: not a float tensor.
        ValueError: wrong shape, empty, not finite, or outside [0, 1].
    """
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"An image is a torch tensor, not {type(value).__name__}.")
    if not value.is_floating_point():
        raise TypeError(f"An image has floating-point pixels in [0, 1], not {value.dtype}: divide by 255.")
    batch = value[None] if value.ndim == 3 else value
    expected = f"({channels or 'C'}, H, W)"
    if batch.ndim != 4 or (channels is not None and batch.shape[1] != channels):
        raise ValueError(f"An image has shape {expected}, or (N, …) for a batch, not {tuple(value.shape)}.")
    if batch.numel() == 0:
        raise ValueError(f"The image is empty: its shape is {tuple(value.shape)}.")
    low, high = (bound.item() for bound in batch.detach().aminmax())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("The image holds NaN or infinite pixels.")
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise ValueError(f"Pixels lie in [0, 1], but these reach from {low:.7g} to {high:.7g}.")
    return batch.clamp(0, 1) if low < 0 or high > 1 else batch


@dataclass(frozen=True)
class Limits:
    """What a number may be: from ``low`` to ``high``, and greater than ``greater_than``.

    Attributes:
        slider_start: what a slider begins with, where a field has no default.
        slider: the ends of a slider, where the limits are too wide for one.
        log: whether a slider moves in equal factors.
    """

    low: float = -math.inf
    high: float = math.inf
    greater_than: float | None = None
    slider_start: float | None = None
    slider: tuple[float, float] | None = None
    log: bool = False


def setting(low=-math.inf, high=math.inf, *, default: Any = MISSING, **limits) -> Any:
    """A field of a :class:`Settings` dataclass: a number within limits, whole if it is annotated ``int``."""
    _renamed.refuse("setting", limits)
    return field(default=default, metadata={"limits": Limits(low, high, **limits)})


def is_whole(one) -> bool:
    """Whether a field holds a whole number; ``from __future__ import annotations`` makes a string of ``int``."""
    return one.type in (int, "int")


class Settings:
    """A base of frozen dataclasses: what is stored is what was checked, as plain Python numbers."""

    def __post_init__(self):
        for one in dataclasses.fields(cast(Any, self)):  # of which each kind is one
            if limits := one.metadata.get("limits"):
                value, what = getattr(self, one.name), f"The {one.name} of {type(self).__name__}"
                if is_whole(one):
                    value = whole(value, what, limits.low, limits.high)
                else:
                    value = number(value, what, limits.low, limits.high, limits.greater_than)
                object.__setattr__(self, one.name, value)
