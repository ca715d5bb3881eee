"""Figures with a text alternative.

JupyterLab shows the text alternative of an HTML ``img`` and drops that of a plain figure, so every figure of the
course goes through :func:`show`.
"""

import base64
import html
import io

import matplotlib.pyplot as plt
import torch
from IPython.display import HTML, display
from matplotlib.figure import Figure
from PIL import Image

from vizlib import _display

before_showing = None  # a function of the figure, e.g. one that enlarges it for a projector


def to_array(image):
    """Turn an image tensor into what matplotlib draws.

    Args:
        image: float tensor in [0, 1], shape ``(C, H, W)`` or ``(1, C, H, W)``.

    Returns:
        NumPy array in [0, 1], ``(H, W)`` for fewer than three channels, of which the first is drawn, and ``(H, W, 3)``
        for three or more, of which the first three are.
    """
    image = torch.as_tensor(image).detach().cpu().float()
    if image.ndim == 4 and len(image) == 1:
        image = image[0]
    if image.ndim != 3 or image.shape[2] <= 3 < image.shape[0]:  # the latter is (H, W, C)
        raise ValueError(f"An image to draw has shape (C, H, W), but this one has {tuple(image.shape)}.")
    image = image.clamp(0, 1)
    return image[0].numpy() if len(image) < 3 else image[:3].permute(1, 2, 0).numpy()


def diverging(values: torch.Tensor, largest: float | None = None) -> torch.Tensor:
    """Numbers with a sign as colours: violet above zero, white at zero, orange below.

    Args:
        values: ``(H, W)``, or as :func:`to_array` takes them with one channel.
        largest: what gets the full colour; the largest of the values, whatever its sign, if left out.

    Returns:
        Float tensor ``(3, H, W)`` in [0, 1], an image to draw.
    """
    values = torch.as_tensor(values).detach().cpu().float()
    values = values.reshape(values.shape[-2:])
    largest = values.abs().max().item() if largest is None else largest
    colours = plt.colormaps["PuOr"]((0.5 + values / (2 * max(largest, 1e-12))).numpy())
    return torch.from_numpy(colours[..., :3]).permute(2, 0, 1).float()


def show(figure: Figure, alt: str, dpi: int = 100) -> None:
    """Display a matplotlib figure in the notebook with a text alternative, and close it.

    Args:
        figure: the figure.
        alt: what the figure shows, in words, for those who cannot see it.
        dpi: pixels per inch of the stored picture.
    """
    if before_showing:
        before_showing(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight")
    plt.close(figure)
    display(HTML(_display.img(Image.open(buffer).convert("RGB"), alt)))


def show_images(images, titles=None, alt: str = "", columns: int | None = None, size: float = 2.2) -> None:
    """Display images in a grid, each under its title.

    Args:
        images: sequence of tensors as :func:`to_array` takes them, or one tensor ``(N, C, H, W)``.
        titles: one string an image.
        alt: what the figure shows, in words; the titles if left out.
        columns: images in a row; all of them if left out.
        size: inches a picture.
    """
    images = list(images)
    titles = list(titles) if titles is not None else [""] * len(images)
    if not images:
        raise ValueError("There is no image to show: the list is empty.")
    if len(titles) != len(images):
        raise ValueError(f"There are {len(images)} images but {len(titles)} titles.")
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    lines = max(title.count("\n") + 1 for title in titles) if any(titles) else 0
    figure, axes = plt.subplots(
        rows, columns, figsize=(size * columns, (size + 0.22 * lines) * rows), squeeze=False, layout="constrained"
    )
    for ax in axes.flat:
        ax.axis("off")
    for ax, image, title in zip(axes.flat, images, titles, strict=False):
        array = to_array(image)
        # Small images are about their pixels, larger ones about what they show.
        ax.imshow(array, cmap="gray", vmin=0, vmax=1, interpolation="nearest" if len(array) < 64 else "bicubic")
        ax.set_title(title, fontsize=10)
    show(figure, alt or ", ".join(title.replace("\n", " ") for title in titles))


def show_film(frames, titles=None, alt: str = "", columns: int | None = None, size: float = 1.6) -> None:
    """Display frames as a strip, from the first to the last.

    Args:
        frames: as a :class:`vizlib.results.Result` keeps them, each ``(1, 3, H, W)``.
        titles, alt, columns, size: as :func:`show_images` takes them.
    """
    frames = list(frames)
    if not frames:
        raise ValueError("There are no frames to show: ask for some, e.g. render('dumbbell', frames=8).")
    show_images(
        frames, titles, alt or f"{len(frames)} frames of one picture, from the first step to the last", columns, size
    )


def play_film(frames, alt: str) -> None:
    """Display frames as an animation that repeats; it stands in a fold, and closing that stops it.

    Args:
        frames: as a :class:`vizlib.results.Result` keeps them.
        alt: what is to be seen in the film, in words.
    """
    frames = list(frames)
    if not frames:
        raise ValueError("There are no frames to play: ask for some, e.g. render('dumbbell', frames=40).")
    data, words = base64.b64encode(_display.webp(frames)).decode(), html.escape(alt, quote=True)
    picture = f'<img src="data:image/webp;base64,{data}" alt="{words}">'
    display(HTML(f"<details open><summary>The film (close to stop it)</summary>{picture}</details>"))
