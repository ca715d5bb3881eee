"""The way back from a saved picture to the picture."""

import io
import math
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from vizlib import _stored, rendering
from vizlib._finish import finish
from vizlib.results import Result

ALIKE = 4  # levels of 255: as far apart as two pictures may be on average for the eye to take one for the other


def again(path: str | Path, second_opinions=None, network=None) -> Result:
    """Make a saved picture again from the settings in its file.

    It is the same bit for bit on the same machine on a CPU, with as many threads as it was made with. It is compared
    with the file, and if it is not the same the notes of the result say how far it is from it.

    Args:
        path: the PNG, or a WebP of an atlas. It may come from a stranger: it is read as data, and what it asks for is
            bounded.
        second_opinions: as :meth:`vizlib.rendering.Rendering.result` takes them.
        network: your own network or networks, for a picture that was made with them.

    Raises:
        ValueError: the file is no picture with settings in it, or they ask for what this version cannot make, or say
            themselves that they do not make it: it went on from another picture.
    """
    path, threads = Path(path), torch.get_num_threads()
    wish = _stored.wish(path, network)
    try:
        with _stored.one_sentence(path):
            # Sums of more threads are added in another order.
            torch.set_num_threads(min(wish.threads, os.cpu_count() or 1))
            making = rendering.Rendering(wish.objectives, wish.recipe, seed=wish.seed)
        result = finish(making, second_opinions, steps=wish.steps)
    finally:
        torch.set_num_threads(threads)
    result = result if wish.image is None else result[wish.image]
    if apart := difference(result, path):
        # On a GPU sums come in another order each time, and a long ascent makes much of the last bits.
        what = "alike" if apart < ALIKE else "another picture of the same wish"
        result.settings["notes"].append(f"made again: {what}, {apart:.1f} of 255 levels from the file on average")
    return result


def resume(path: str | Path, network=None, **changes) -> rendering.Rendering:
    """Go on from a saved picture, with its settings.

    The picture begins as it was saved, rounded to 8 bits. What the optimizer, the running mean and the generator knew
    is not in a file: they begin anew.

    Args:
        path: the PNG, or a WebP of an atlas.
        network: your own network or networks, for a picture that was made with them.
        changes: settings of the recipe to replace, ``steps`` before all: how many further ones; else as many as it was
            made with.

    Raises:
        ValueError: as :func:`again`, and for a picture made of ``"maco"`` phases.
    """
    path = Path(path)
    wish, images = _stored.picture(path, network)
    going_on = rendering.Rendering(wish.objectives, wish.recipe, seed=wish.seed, **{"start": images, **changes})
    going_on.notes.append(f"it went on from {path.name}, of 8 bits, and the optimizer began anew")
    return going_on


def difference(result: Result, path: str | Path) -> float:
    """How far a picture that was made again is from its file: the mean absolute difference, in levels of 0 to 255.

    0 is the same. From a WebP, which is not quite the picture, it is how far apart the two files are.
    """
    picture = result.picture()
    with Image.open(path, formats=["PNG", "WEBP"]) as file:
        if file.size != picture.size:
            return math.inf
        made = Image.open(io.BytesIO(result.webp())) if file.format == "WEBP" else picture
        return np.abs(np.asarray(file.convert("RGB"), int) - np.asarray(made.convert("RGB"), int)).mean().item()
