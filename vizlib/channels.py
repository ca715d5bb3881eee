"""Pictures of networks that look at other than three colours: a PNG shows some of the channels, and keeps all."""

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from vizlib.images import to_pil

CHANNELS = b"vzCH"  # the PNG's private chunk for what cannot be shown


def packed(images: torch.Tensor) -> bytes:
    """All channels of images ``(N, C, H, W)`` as a grey PNG: images side by side, channels from top to bottom."""
    file = io.BytesIO()
    to_pil(images.permute(1, 2, 0, 3).flatten(0, 1).flatten(1)[None]).save(file, "PNG")
    return file.getvalue()


def opened(path: str | Path) -> torch.Tensor:
    """The picture in a file that a result was saved as, ``(C, H, W)`` in [0, 1], with all the channels of a PNG."""
    with Image.open(path, formats=["PNG", "WEBP"]) as file:
        every = dict(getattr(file, "private_chunks", ())).get(CHANNELS)
        picture = Image.open(io.BytesIO(every), formats=["PNG"]) if every else file
        array = np.array(picture.convert("L" if picture.mode == "L" else "RGB"))
    pixels = torch.from_numpy(array).div(255)
    return pixels.permute(2, 0, 1) if pixels.ndim == 3 else pixels.unflatten(0, (-1, file.height))
