"""The global settings of PyTorch, and the random numbers that everybody shares, under which answers are checked.

An answer and its reference are run, and compared, under the same ones, whatever a notebook has set: else the reference
fails where gradients are switched off, and each answer that fails alike would be right.
"""

import contextlib
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

SEED = 20_240_229  # none that an answer would set: what seeds alike changes nothing, and would not be noticed


@dataclass(frozen=True)
class Setting:
    """A setting that everybody shares.

    Attributes:
        get, put: read it, and set it.
        usual: what it is in a check.
        told: what is said if it is another in the notebook, with ``{}`` for what it is; "" if it changes no result.
    """

    get: Callable
    put: Callable
    usual: object
    told: str = ""


def _put_device(device):
    torch.set_default_device(None)  # below it may be that of a with block, which goes on
    if torch.get_default_device() != device:
        torch.set_default_device(device)


SETTINGS = (
    Setting(
        torch.is_grad_enabled,
        torch.set_grad_enabled,
        True,
        "gradients are switched off (torch.set_grad_enabled(False), or a with block): the check switched them on",
    ),
    Setting(
        torch.get_default_dtype,
        torch.set_default_dtype,
        torch.float32,
        "the default dtype is {}: the check took torch.float32",
    ),
    Setting(
        torch.get_default_device,
        _put_device,
        torch.device("cpu"),
        "the default device is {}: the check took the CPU",
    ),
    Setting(
        lambda: torch.is_autocast_enabled("cpu"),
        lambda on: torch.set_autocast_enabled("cpu", on),
        False,
        "autocast is switched on: the check switched it off",
    ),
    Setting(torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode, 0),
    Setting(torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly, False),
)


def settings() -> list:
    """What the settings are now."""
    return [setting.get() for setting in SETTINGS]


def put_settings(values) -> None:
    """Set those that are not as in ``values``."""
    for setting, value in zip(SETTINGS, values, strict=True):
        if setting.get() != value:
            setting.put(value)


def unusual() -> str:
    """What a reader is told of settings that are not those of a check; "" if all are."""
    now = [(setting, setting.get()) for setting in SETTINGS if setting.told]
    told = [setting.told.format(value) for setting, value in now if value != setting.usual]
    return f"In your notebook {', and '.join(told)}." if told else ""


def random_states() -> tuple:
    """The states of the generators that everybody shares: of PyTorch, NumPy and Python."""
    return torch.get_rng_state(), np.random.get_state(), random.getstate()


def put_random_states(states) -> None:
    """Go back to states from :func:`random_states`."""
    torch.set_rng_state(states[0])
    np.random.set_state(states[1])
    random.setstate(states[2])


def same_random_states(before, after) -> bool:
    """Whether nothing was drawn or seeded in between."""
    numpy_before, numpy_after = ([np.asarray(part).tolist() for part in state[1]] for state in (before, after))
    return torch.equal(before[0], after[0]) and numpy_before == numpy_after and before[2] == after[2]


@contextlib.contextmanager
def usual():
    """Run a block, or a function that is decorated with it, under the usual settings; put back what was before."""
    before, states, threads = settings(), random_states(), torch.get_num_threads()
    # inference_mode(False) also switches gradients on, and its end puts back both.
    with torch.inference_mode(False), warnings.catch_warnings():
        try:
            put_settings([setting.usual for setting in SETTINGS])
            torch.set_num_threads(1)  # on networks this small, several threads only wait for each other
            warnings.simplefilter("ignore")
            torch.manual_seed(SEED)
            np.random.seed(SEED)
            random.seed(SEED)
            yield
        finally:
            put_settings(before)
            put_random_states(states)
            torch.set_num_threads(threads)
