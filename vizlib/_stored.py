"""What a saved picture asks for. It may be a stranger's: it is read as data, and bounded before anything is made."""

import dataclasses
import json
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import ExifTags, Image

from vizlib import _validate, channels
from vizlib.objectives import Objective
from vizlib.recipes import Recipe
from vizlib.regularizers import Window

PIXELS = 2048 * 2048  # as many as a file may ask for
ALONE = "these settings alone do not make it again"  # how a note ends that says so


@dataclass(frozen=True)
class Wish:
    """What a file asks for: attributes of :class:`vizlib.rendering.Rendering`, the number of threads, how many of the
    steps were taken, and which of the images it holds; None if it holds them all."""

    objectives: tuple[Objective, ...]
    recipe: Recipe
    seed: int
    threads: int
    steps: int
    image: int | None


def wish(path: Path, network=None) -> Wish:
    """What a file asks for, to make it again.

    Args:
        path: a PNG, or a WebP of an atlas.
        network: to look into, in place of those that the file names.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it carries no settings, or they ask for what this version cannot make, or for too much.
    """
    settings = _settings(path)
    with one_sentence(path):
        for note in settings.get("notes", []):
            if str(note).endswith(ALONE):
                raise ValueError(f"{note}; vizlib.resume goes on from it")
        return _bounded(settings, network)


def picture(path: Path, network=None) -> tuple[Wish, torch.Tensor]:
    """What a file asks for, and its images ``(N, C, H, W)`` in [0, 1], to go on from them, whatever they began as."""
    settings = _settings(path)
    with one_sentence(path):
        settings["recipe"]["start"] = "grey"
        found = _bounded(settings, network)
        if found.image is not None:  # it goes on alone
            found = dataclasses.replace(found, objectives=found.objectives[found.image : found.image + 1])
        (height, width), batch = found.recipe.size, len(found.objectives)
        images = channels.opened(path)
        if images.shape[1:] != (height, batch * width):
            raise ValueError(f"it is {images.shape[1]} × {images.shape[2]} pixels, and its settings say another size")
    return found, images.unflatten(2, (batch, width)).permute(2, 0, 1, 3)


@contextmanager
def one_sentence(path: Path):
    """Whatever settings lead to ends in one sentence that names the file."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, SyntaxError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error).rstrip(".")
        raise ValueError(f"{path.name!r} cannot be made again: {why}.") from None


def _bounded(settings, network):
    made = {key: settings[key] for key in ("objective", "recipe", "seed", "batch", "threads")}
    batch = _validate.whole(made["batch"], "The number of images", 1, 64)
    _few("images", batch, *_validate.size(made["recipe"]["size"]))
    recipe = Recipe.from_json(made["recipe"], network)
    for window in recipe.of_kind(Window):
        _few("views", batch, *window.size(*recipe.size))
    threads = _validate.whole(made["threads"], "The number of threads", 1)
    listed = settings.get("objectives", [made["objective"]] * batch)
    if not isinstance(listed, list) or len(listed) != batch:
        raise ValueError(f"It asks for {batch} images, and not for as many objectives.")
    objectives = tuple(map(Objective.from_json, listed))
    steps = _validate.whole(settings.get("stopped_after", recipe.steps), "The number of steps", 0, recipe.steps)
    image = settings.get("image")
    image = image if image is None else _validate.whole(image, "The image", 0, batch - 1)
    return Wish(objectives, recipe, made["seed"], threads, steps, image)


def _few(what, count, height, width):
    if count * height * width > PIXELS:
        raise ValueError(f"It asks for {count} {what} of {height} × {width} pixels, more than {PIXELS} pixels.")


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
