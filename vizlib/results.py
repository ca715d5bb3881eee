"""A finished picture with all that is known of it, and what other networks are asked about it."""

import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import ExifTags, Image, PngImagePlugin

from vizlib import _display, _files, _renamed, channels, images, models
from vizlib.objectives import Objective
from vizlib.opinions import Opinion, opinion

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


def judges(networks, looked) -> list:
    """The classifiers that a finished picture will be shown to.

    Args:
        networks: one or several, as :func:`vizlib.models.get` takes them; None for those of the course that did not
            look.
        looked: the classifiers that looked.

    Raises:
        ValueError: there is no such network.
        OSError: its weights would have to be downloaded, and cannot be.
    """
    if networks is None:
        names = {model.name for model in looked}
        return [models.get(name) for name in models.LITE if name not in names]
    listed = networks if isinstance(networks, (list, tuple)) else [networks]
    return [models.get(network) for network in listed]


def try_judges(networks: list, image: torch.Tensor) -> None:
    """Show an image ``(C, H, W)`` to the networks that will judge, so that what is wrong shows before it is finished.

    Raises: ValueError for one that cannot be asked about an image of this size.
    """
    for model in (model for model in networks if model.name not in models.LITE):
        try:
            opinion(image, None, model)
        except Exception as error:  # of a stranger's network anything can come
            what = f"{model.name} cannot be asked about a picture of {image.shape[1]} × {image.shape[2]}"
            raise ValueError(f"{what}: {_line(error)}.") from None


def hear(image: torch.Tensor, target, networks, categories, notes: list[str]) -> tuple[Opinion, ...]:
    """What networks say of a finished image ``(3, H, W)``; one that fails costs a line in ``notes``.

    Args:
        target: the class that was asked for, or None; it is asked of networks with these ``categories`` alone.
    """
    heard = []
    for model in networks:
        try:
            heard.append(opinion(image, target if model.categories == categories else None, model))
        except Exception as error:  # a finished picture is not lost to what somebody says of it
            notes.append(f"{model.name} could not be asked: {_line(error)}")
    return tuple(heard)


def _line(error):
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
