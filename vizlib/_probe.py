"""The first look at a network that may be anybody's: which images does it take, and are logits what it gives?

All of it happens before the first step, and every refusal is one sentence.
"""

import dataclasses
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from vizlib._frozen import frozen, unheard

# Sides that networks are trained on, the usual ones first.
SIZES = (224, 256, 299, 240, 384, 288, 336, 448, 512, 192, 160, 128, 96, 64, 48, 32, 28, 25, 8)
MISFIT = (RuntimeError, AssertionError, ValueError, IndexError)  # what networks raise when images do not fit


@dataclass(frozen=True)
class Look:
    """What was found by showing a network images of one shape.

    Attributes:
        side: what images of that shape are resampled to; None if it takes them as they are.
        notes: a sentence each on what a reader should know.
        endings: those of them that say that it gives no logits.
    """

    side: int | None
    notes: tuple[str, ...]
    endings: tuple[str, ...]


def look(model, shape: tuple[int, ...]) -> Look:
    """Show a :class:`vizlib.classifier.Classifier` two images of noise, ``(C, H, W)`` each, and look at its answer.

    Raises:
        ValueError: it takes no such images, or does not give finite logits for them.
    """
    noise = torch.rand(1, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float32, device="cpu")
    images = torch.cat([noise, 1 - noise]).to(model.device)
    asked = (shape[0], model.size, model.size) if model.fixed else shape
    what = f"{model.name} does not take images of {' × '.join(map(str, asked))}"
    try:
        output, side, count = _run(model, images)
    except MISFIT as error:
        if model.channels != shape[0]:
            colours = "1 colour" if model.channels == 1 else f"{model.channels} colours"
            raise ValueError(f"{what}: it looks at {colours}.") from error
        why = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        way = "say with size= which it takes, and with one number of mean= and std= a colour how many colours"
        raise ValueError(f"{what} ({why}); {way}.") from error
    images, given = images[:count], logits(model, output, count)
    if not given.isfinite().all():
        raise ValueError(f"{model.name} gives NaN or infinite logits for pixels in [0, 1]: look at its weights.")
    if model.categories and len(model.categories) != given.shape[1]:
        raise ValueError(f"{model.name} gives {given.shape[1]} logits, but there are {len(model.categories)} names.")
    notes = []
    if side is not None and not model.fixed:
        notes.append(f"{model.name} does not take {shape[1]} × {shape[2]} pixels: it was shown {side} × {side}")
    endings = tuple(_endings(model, images, side, given))
    for sentence in endings:
        warnings.warn(sentence, stacklevel=2)  # an opinion and an attack have no notes
    return Look(side, (*notes, *endings), endings)


def colours(model) -> int:
    """How many colours a network takes at any usual size: 3, else 1, else as many as its first convolution."""
    first = next((part.in_channels for part in model.network.modules() if isinstance(part, nn.Conv2d)), 3)
    side = model.size or SIZES[0]
    for channels in dict.fromkeys((3, 1, first)):
        with suppress(*MISFIT):
            _run(model, torch.zeros(1, channels, side, side, device=model.device))
            return channels
    return first


def _run(model, images):
    """What a network gives at the first size that it takes, that size (None for the images' own), and for how many."""
    sides = [model.size] if model.fixed else dict.fromkeys([None, model.size or SIZES[0], *SIZES])
    errors = []
    for seen in (images, images[:1]):  # some take one image at a time
        for side in sides:
            try:
                with torch.no_grad(), frozen(model.network), unheard(model.network):
                    return model.run(seen, side), side, len(seen)
            except MISFIT as error:
                errors.append(error)
    raise errors[0]


def _endings(model, images, side, given):
    """The sentence on a softmax or a sigmoid at the end, which no logits should have been through."""
    if model.binary:
        with torch.no_grad():  # far outside of what pixels are, a logit leaves [0, 1]
            far = logits(model, model.run(1e4 * (images - 0.5), side), len(images))
        z = torch.cat([given, far]).diff(dim=1)
        name, inverse, ends = "sigmoid", "torch.logit", ((z >= 0) & (z <= 1)).all()
    else:
        name, inverse, ends = "softmax", "torch.log", (given >= 0).all() and (given.sum(1) - 1).abs().max() < 1e-2
    if ends:
        yield (
            f"{model.name} ends in a {name}, so that it gives no logits: wrap what stands before it, "
            f"or undo it with Classifier.wrap(module, …, output={inverse})"
        )


def logits(model, output, count: int) -> torch.Tensor:
    """The logits ``(count, K)`` in what a network gave for so many images; of one logit z an image (−z/2, z/2)."""
    given = _picked(model, output)
    if not isinstance(given, torch.Tensor):
        raise ValueError(f"{model.name} gives {_described(output)}, and no logits in it: {_WHERE}.")
    shape, what = tuple(given.shape), f"{model.name} gives {tuple(given.shape)} for {count} images"
    if not given.is_floating_point():
        raise ValueError(f"{model.name} gives {given.dtype}, not logits: wrap what stands before it is rounded.")
    if model.binary:
        if shape not in ((count,), (count, 1)):
            raise ValueError(f"{what}, but binary=True is for one logit an image.")
        return given.reshape(count, 1) * given.new_tensor([-0.5, 0.5])
    if shape in ((count,), (count, 1)):
        raise ValueError(f"{what}, one number an image: if it is the logit of yes, say binary=True in Classifier.wrap.")
    if len(shape) != 2 or shape[0] != count:
        maps = "; of maps take the mean, output=lambda maps: maps.mean((2, 3))" if len(shape) == 4 else ""
        raise ValueError(f"{what}, not logits (N, classes){maps}.")
    return given


_WHERE = "say with Classifier.wrap(module, …, output=…) where they are, a name, an index or a function"


def _picked(model, output):
    wanted: Any = model.output
    if isinstance(wanted, Callable):
        return wanted(output)
    if wanted is None:
        if isinstance(output, torch.Tensor):
            return output
        wanted = "logits" if "logits" in _parts(output) or hasattr(output, "logits") else 0
    parts: Mapping[Any, Any] = _parts(output)
    try:
        if isinstance(wanted, int):
            return list(parts.values())[wanted]
        return parts[wanted] if wanted in parts else getattr(output, wanted)
    except (IndexError, AttributeError):
        if model.output is None:
            return None
        raise ValueError(f"{model.name} gives {_described(output)}, in which there is no output={wanted!r}.") from None


def _parts(output):
    """What a network gives as a dict: of a dict, a dataclass, a named tuple, a tuple or a list."""
    if isinstance(output, Mapping):
        return output
    if dataclasses.is_dataclass(output):
        return {field.name: getattr(output, field.name) for field in dataclasses.fields(output)}
    if isinstance(output, (tuple, list)):
        return dict(zip(getattr(output, "_fields", range(len(output))), output, strict=True))
    return {}


def _described(output):
    named = ", ".join(map(repr, list(_parts(output))[:6]))
    return f"a {type(output).__name__}" + (f" with {named}" if named else "")
