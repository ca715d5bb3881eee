"""A finished picture with all that is known of it."""

import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import ExifTags, Image, PngImagePlugin

import vizlib
from vizlib import _display, _files, _judges, _renamed, channels, images
from vizlib.objectives import Objective
from vizlib.opinions import Opinion, round_to_8_bits

WEBP_QUALITY = 90


@dataclass(frozen=True)
class Result:
    """A finished picture with all that is known of it; ``result[i]`` is that of one image, where there are several.

    Attributes:
        images: ``(N, C, H, W)`` in [0, 1], rounded to 8 bits, so that a saved copy holds the same numbers.
        trace: the objective before every step; the mean, where there are several images.
        optimized: the opinions of the networks that looked while it was made; where there are several images, they are
            with each.
        held_out: the opinions of networks that did not; likewise.
        settings: everything needed to make it again; plain dicts, lists, strings and numbers.
        frames: what was kept on the way, each ``(N, C, H, W)``.
        each: the results of several images, one by one; empty for a single one.
    """

    images: torch.Tensor
    trace: tuple[float, ...]
    optimized: tuple[Opinion, ...]
    held_out: tuple[Opinion, ...]
    settings: dict
    frames: tuple[torch.Tensor, ...] = ()
    each: tuple["Result", ...] = ()

    __getattr__ = _renamed.attribute("Result")

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> "Result":
        return (self.each or (self,))[index]

    @property
    def stuck(self) -> bool:
        """Whether the objective never moved: then no gradient reached the image, as behind a unit that is silent."""
        return len(self.trace) > 1 and min(self.trace) == max(self.trace)

    def __str__(self):
        if self.each:
            return "\n".join(map(str, self.each))
        title = f"{Objective.from_json(self.settings['objective'])}, {len(self.trace)} steps"
        lines = ["  the objective never moved: what it asks for is silent, and gives no gradient"] if self.stuck else []
        lines += [f"  {note}" for note in self.settings["notes"]]
        lines += [f"  own {said}" for said in self.optimized]
        return "\n".join([title, *lines, *(f"  second opinion {said}" for said in self.held_out)])

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write a PNG that carries the settings in its text chunk ``vizlib``; the images of a batch stand side by side.

        It shows the first three channels; where there are others, :func:`vizlib.channels.opened` gives all.

        Raises: as :func:`writable`; OSError if it cannot be written, as on a full disk. The picture is then kept in a
            temporary folder, which the sentence names, and a file that is there already stays as it is.
        """
        text, file = PngImagePlugin.PngInfo(), io.BytesIO()
        text.add_text("vizlib", json.dumps(self.settings))
        if self.images.shape[1] not in (1, 3):
            text.add(channels.CHANNELS, channels.packed(self.images))
        self.picture().save(file, "PNG", pnginfo=text)
        return _write(file.getvalue(), path, overwrite, ".png")

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

        Raises: as :meth:`save`; ValueError if no frames were kept.
        """
        if not self.frames:
            raise ValueError("No frames were kept: ask for some, e.g. render('dumbbell', frames=40).")
        return _write(_display.webp(self.frames), path, overwrite, ".webp")


def writable(path: str | Path, overwrite: bool = False, suffix: str = ".png") -> Path:
    """Check that a result can be saved under this path; worth asking before a long render.

    Raises:
        ValueError: the path does not end in ``suffix``.
        FileNotFoundError: there is no such folder.
        FileExistsError: there is such a file already and ``overwrite`` is False.
        OSError: nothing can be written there.
    """
    path = Path(path)
    if path.suffix.lower() != suffix:
        raise ValueError(f"It is saved as {suffix[1:].upper()}: end the name in {suffix}, not {path.name!r}.")
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder: choose another name.")
    _files.try_folder(path.parent)
    if path.exists() and not overwrite:
        raise FileExistsError(f"There is a file {path.name!r} already; choose another name or allow overwriting.")
    return path


def _write(content, path, overwrite, suffix):
    try:
        return _files.write(writable(path, overwrite, suffix), content)
    except OSError as error:  # what took its time to make is not thrown away
        why = f"{Path(path).name!r} cannot be written: {error.strerror}." if error.strerror else str(error)
        try:
            kept = _files.write(Path(tempfile.mkdtemp(prefix="vizlib-"), Path(path).name), content)
        except OSError:
            raise OSError(f"{why} No temporary folder could take it, either.") from None
        raise type(error)(f"{why} What was made is kept as {str(kept)!r}.") from None


def gather(rendering, second_opinions=None) -> Result:
    """The result of a rendering as it is now.

    Args:
        rendering: a :class:`vizlib.rendering.Rendering`.
        second_opinions: as :meth:`vizlib.rendering.Rendering.result` takes them.
    """
    pictures = round_to_8_bits(rendering.picture()).cpu()
    others, objectives = _judges.get(second_opinions, rendering.models), rendering.objectives
    settings = {
        "vizlib": vizlib.__version__,
        "objective": objectives[0].to_json(),
        "recipe": rendering.recipe.to_json(),
        "seed": rendering.seed,
        "batch": len(objectives),
        "device": rendering.models[0].device.type,
        "threads": torch.get_num_threads(),
        "notes": list(rendering.notes),
    }
    if (steps := len(rendering.scores)) < rendering.recipe.steps:
        settings["stopped_after"] = steps  # the learning rate falls over the steps that were planned
    if len(set(objectives)) > 1:
        settings["objectives"] = [one.to_json() for one in objectives]
    each = tuple(_of_one(rendering, index, pictures, settings, others) for index in range(len(objectives)))
    if len(each) == 1:
        return each[0]
    return Result(pictures, tuple(rendering.trace), (), (), settings, tuple(rendering.frames), each)


def _of_one(rendering, index, pictures, settings, others):
    """The result of one of the images, with notes of its own."""
    objective, notes = rendering.objectives[index], list(rendering.notes)
    if len(pictures) > 1:
        settings = settings | {"objective": objective.to_json(), "image": index}
    if index in rendering.lost:
        notes.append("it stands still since a step was not finite")
    target, categories = next(iter(objective.classes), None), rendering.models[0].categories
    own, said = (_judges.hear(pictures[index], target, some, categories, notes) for some in (rendering.models, others))
    trace, frames = (scores[index] for scores in rendering.scores), (frame[index, None] for frame in rendering.frames)
    return Result(pictures[index, None], tuple(trace), own, said, settings | {"notes": notes}, tuple(frames))
