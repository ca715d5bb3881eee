"""A finished picture with all that is known of it, and the way back from its file."""

import io
import json
import math
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import ExifTags, Image, PngImagePlugin

from vizlib import film, images, inputs
from vizlib.objectives import Objective
from vizlib.opinions import Opinion

PIXELS = 2048 * 2048  # as many as a file may ask for
WEBP_QUALITY = 90


@dataclass(frozen=True)
class Result:
    """A finished picture with all that is known of it.

    Attributes:
        images: ``(N, C, H, W)`` in [0, 1], rounded to 8 bits, so that a saved copy holds the same numbers.
        trace: the objective before every step.
        own: the opinions of the networks that looked while it was made; empty for a batch.
        opinions: the opinions of networks that did not; empty for a batch.
        settings: everything needed to make it again; plain dicts, lists, strings and numbers.
        frames: what was kept on the way, each ``(N, C, H, W)``.
    """

    images: torch.Tensor
    trace: tuple[float, ...]
    own: tuple[Opinion, ...]
    opinions: tuple[Opinion, ...]
    settings: dict
    frames: tuple[torch.Tensor, ...] = ()

    @property
    def stuck(self) -> bool:
        """Whether the objective never moved: then no gradient reached the image, as behind a unit that is silent."""
        return len(self.trace) > 1 and min(self.trace) == max(self.trace)

    def __str__(self):
        title = f"{Objective.from_json(self.settings['objective'])}, {len(self.trace)} steps"
        lines = ["  the objective never moved: what it asks for is silent, and gives no gradient"] if self.stuck else []
        lines += [f"  {note}" for note in self.settings["notes"]]
        lines += [f"  own {said}" for said in self.own]
        return "\n".join([title, *lines, *(f"  second opinion {said}" for said in self.opinions)])

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write a PNG that carries the settings in its text chunk ``vizlib``; the images of a batch stand side by side.

        It shows the first three channels; where there are others, :func:`vizlib.images.opened` gives all.

        Raises: as :func:`writable`.
        """
        path = writable(path, overwrite)
        text = PngImagePlugin.PngInfo()
        text.add_text("vizlib", json.dumps(self.settings))
        if self.images.shape[1] not in (1, 3):
            text.add(images.CHANNELS, images.packed(self.images))
        self.picture().save(path, "PNG", pnginfo=text)
        return path

    def picture(self) -> Image.Image:
        """The images side by side, rounded to 8 bits."""
        return images.to_pil(torch.cat(list(self.images), dim=2))

    def webp(self) -> bytes:
        """A WebP that carries the settings in its EXIF description: a seventh of a PNG, and not quite its numbers."""
        exif, file = Image.Exif(), io.BytesIO()
        exif[ExifTags.Base.ImageDescription] = json.dumps(self.settings)
        self.picture().save(file, "WEBP", quality=WEBP_QUALITY, method=6, exif=exif)
        return file.getvalue()

    def save_film(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write the frames as an animated WebP, the last of them held for two seconds.

        Raises: as :func:`writable`; ValueError if no frames were kept.
        """
        if not self.frames:
            raise ValueError("No frames were kept: ask for some, e.g. render('dumbbell', frames=40).")
        return film.save(self.frames, writable(path, overwrite, ".webp"))


def writable(path: str | Path, overwrite: bool = False, suffix: str = ".png") -> Path:
    """Check that a result can be saved under this path; worth asking before a long render.

    Raises:
        ValueError: the path does not end in ``suffix``.
        FileNotFoundError: there is no such folder.
        FileExistsError: there is such a file already and ``overwrite`` is False.
    """
    path = Path(path)
    if path.suffix.lower() != suffix:
        raise ValueError(f"It is saved as {suffix[1:].upper()}: end the name in {suffix}, not {path.name!r}.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {str(path.parent)!r} to write into.")
    if path.exists() and not overwrite:
        raise FileExistsError(f"There is a file {path.name!r} already; choose another name or allow overwriting.")
    return path


def again(path: str | Path, second_opinions=None, network=None) -> Result:
    """Make a saved picture again from the settings in its file.

    It is the same bit for bit on the same machine on a CPU, with as many threads as it was made with; where that cannot
    be, the result says so in its notes.

    Args:
        path: the PNG, or a WebP of an atlas. It may come from a stranger: it is read as data, and what it asks for is
            bounded.
        second_opinions: as :meth:`vizlib.rendering.Rendering.result` takes them.
        network: your own network or networks, for a picture that was made with them.

    Raises:
        ValueError: the file is no picture with settings in it, or they ask for what this version cannot make.
    """
    from vizlib import rendering  # which imports this module

    threads = torch.get_num_threads()
    try:
        return rendering.finish(_making(Path(path), network), second_opinions)
    finally:
        torch.set_num_threads(threads)


def _making(path, network):
    """The rendering that a file asks for, with as many threads as it says."""
    from vizlib import rendering

    settings = _settings(path)
    try:
        made = {key: settings[key] for key in ("objective", "recipe", "seed", "batch", "device", "threads")}
        height, width = inputs.size(made["recipe"]["size"])
        batch = inputs.whole(made["batch"], "The number of images", 1, 64)
        if batch * height * width > PIXELS:
            raise ValueError(f"It asks for {batch} images of {height} × {width} pixels, more than {PIXELS} pixels.")
        recipe = rendering.recipes.Recipe.from_json(made["recipe"], network)
        objective = Objective.from_json(made["objective"])
        # Sums of more threads are added in another order.
        torch.set_num_threads(min(inputs.whole(made["threads"], "The number of threads", 1), os.cpu_count() or 1))
        making = rendering.Rendering(objective, recipe, seed=made["seed"], batch=batch)
        here = {"device": making.models[0].device.type, "threads": torch.get_num_threads()}
        if here != {key: made[key] for key in here} or here["device"] != "cpu":
            making.notes.append("made again on another device or number of threads: alike, not the same bit for bit")
        return making
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error).rstrip(".")
        raise ValueError(f"{path.name!r} cannot be made again: {why}.") from None


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


def _settings(path) -> dict:
    """The settings in a PNG's text chunk, or in the EXIF data of a WebP, without decoding the picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG", "WEBP"]) as picture:
                exif = picture.getexif() if picture.format == "WEBP" else {}
                text = picture.info.get("vizlib", exif.get(ExifTags.Base.ImageDescription))
        settings = json.loads(text) if isinstance(text, str) else None
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise ValueError(f"{path.name!r} cannot be read as a picture with settings: {type(error).__name__}.") from None
    if settings is None:
        raise ValueError(f"{path.name!r} carries no settings: it was not saved by vizlib, or was edited since.")
    if not isinstance(settings, dict):
        raise ValueError(f"{path.name!r} carries settings that are no settings of vizlib.")
    return settings
