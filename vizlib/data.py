"""Real pictures that arrive with the dependencies: nothing is downloaded."""

import importlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch.nn.functional import interpolate

from vizlib import _validate


def _skimage(function, pick=lambda loaded: loaded):
    # scikit-image and scikit-learn are imported when a picture is asked for: they take a second.
    return lambda: pick(getattr(importlib.import_module("skimage.data"), function)())


def _sklearn(file):
    return lambda: importlib.import_module("sklearn.datasets").load_sample_image(file)


PHOTOS = {
    # Those of scikit-image that are in the wheel; the others are downloaded.
    **{name: _skimage(name) for name in ("astronaut", "brick", "camera", "chelsea", "coffee", "grass", "gravel")},
    **{name: _skimage(name) for name in ("hubble_deep_field", "immunohistochemistry", "moon", "retina", "rocket")},
    "china": _sklearn("china.jpg"),
    "flower": _sklearn("flower.jpg"),
    "motorcycle": _skimage("stereo_motorcycle", lambda loaded: loaded[0]),
}

COLOUR_PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "china", "flower", "motorcycle")


def digits(seed: int = 0, test_share: float = 0.2):
    """Handwritten digits from the UCI data set in scikit-learn (1,797 images, 8×8).

    Args:
        seed: decides which images are in the test set.
        test_share: how much of the data is kept for testing, between 0 and 1.

    Returns:
        ``(train_images, train_labels, test_images, test_labels)``: float images ``(N, 1, 8, 8)`` in [0, 1] and whole
        numbers 0–9.
    """
    data = importlib.import_module("sklearn.datasets").load_digits()
    images = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    return _split(images, torch.tensor(data.target), seed, test_share)


def faces(seed: int = 0, test_share: float = 0.2):
    """A hundred faces and a hundred patches without a face, from Labeled Faces in the Wild (Huang et al. 2007).

    Returns:
        ``(train_images, train_labels, test_images, test_labels)``: float images ``(N, 1, 25, 25)`` in [0, 1]; label
        1 is a face, 0 is none.
    """
    images = torch.tensor(importlib.import_module("skimage.data").lfw_subset(), dtype=torch.float32)[:, None]
    return _split(images, (torch.arange(len(images)) < 100).long(), seed, test_share)


def patches(names: Sequence[str], count: int, side: int = 25, seed: int = 0, colour: bool = False) -> torch.Tensor:
    """Squares from random places of photographs, of any size from ``side`` to the whole, made small.

    Args:
        names: which photographs of ``PHOTOS``; each patch draws one of them.
        count: how many patches.
        side: their side in pixels.
        seed: decides photographs, places and sizes.
        colour: whether they keep their colours, or are grey.

    Returns:
        Float tensor ``(count, 1, side, side)`` in [0, 1], with ``colour`` ``(count, 3, side, side)``.
    """
    generator = torch.Generator().manual_seed(_validate.whole(seed, "The seed", 0))
    side = _validate.whole(side, "The side of a patch", 1, 256)
    photos = [photo(name, None) for name in names]
    photos = photos if colour else [whole.mean(dim=0, keepdim=True) for whole in photos]

    def drawn(least, most):
        return int(torch.randint(least, most + 1, (), generator=generator))

    made = torch.empty(_validate.whole(count, "The number of patches", 1), 3 if colour else 1, side, side)
    for patch in made:
        whole = photos[drawn(0, len(photos) - 1)]
        height, width = whole.shape[1:]
        cut = drawn(side, min(height, width))
        top, left = drawn(0, height - cut), drawn(0, width - cut)
        square = whole[None, :, top : top + cut, left : left + cut]
        patch[:] = interpolate(square, (side, side), mode="bilinear", antialias=True)[0]
    return made.clamp(0, 1)


def _split(images, labels, seed, test_share):
    share = _validate.number(test_share, "The share of the test set", 0, 1)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    test, train = order[: round(share * len(order))], order[round(share * len(order)) :]
    return images[train], labels[train], images[test], labels[test]


def photo(name: str, size: int | tuple[int, int] | None = 224) -> torch.Tensor:
    """A photograph, cut to its middle square and resized.

    Args:
        name: one of ``PHOTOS``, e.g. ``"chelsea"`` (a cat) or ``"coffee"``.
        size: the side in pixels, or (height, width), or None for the whole photograph as it is.

    Returns:
        Float tensor ``(3, size, size)`` in [0, 1]; a grey photograph has three equal channels.
    """
    array = np.asarray(PHOTOS[_validate.choice(name, PHOTOS, "photo")]())
    image = torch.from_numpy(array.copy()).float() / 255
    image = image.expand(3, *image.shape) if image.ndim == 2 else image.permute(2, 0, 1)
    if size is None:
        return image.contiguous()
    height, width = _validate.size(size)
    side = min(image.shape[1:])
    top, left = (image.shape[1] - side) // 2, (image.shape[2] - side) // 2
    square = image[None, :, top : top + side, left : left + side]
    return interpolate(square, (height, width), mode="bilinear", antialias=True)[0].clamp(0, 1)


def picture(path: str | Path, size: int | tuple[int, int]) -> torch.Tensor:
    """A picture of your own from a file, cut to the middle as the shape asks, and resized; or a :func:`photo`.

    Args:
        path: any file that Pillow reads, or one of ``PHOTOS``.
        size: the side in pixels, or (height, width).

    Returns:
        Float tensor ``(3, H, W)`` in [0, 1]; a grey picture has three equal channels.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read as a picture.
    """
    if isinstance(path, str) and path in PHOTOS:
        return photo(path, size)
    height, width = _validate.size(size)
    try:
        with Image.open(path) as file:
            upright = ImageOps.exif_transpose(file).convert("RGB")
            fitted = ImageOps.fit(upright, (width, height), Image.Resampling.BICUBIC)
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no picture {str(path)!r}.") from None
    except (OSError, SyntaxError, Image.DecompressionBombError):
        raise ValueError(f"{Path(path).name!r} cannot be read as a picture.") from None
    return torch.from_numpy(np.array(fitted)).permute(2, 0, 1).float() / 255
