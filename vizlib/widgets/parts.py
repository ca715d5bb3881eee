"""What controls are made of. Every part has a visible label and an accessible name, and works by keyboard."""

import base64
import html
import io
from pathlib import Path

import anywidget
import numpy as np
import torch
from ipywidgets import HTML, HBox
from PIL import Image
from tqdm.auto import tqdm
from traitlets import Bool, CBytes, Float, List, Unicode, validate

from vizlib import _validate, plotting

STATIC = Path(__file__).parent / "static"


class Slider(anywidget.AnyWidget):
    """A number, with a slider and a field beside its label.

    The sliders of ipywidgets have no accessible name and no way to give them one; this is the browser's own.

    Args:
        description: the label.
        value, min, max, step: as in ipywidgets.
        log: the slider moves in equal factors.
    """

    _esm = STATIC / "slider.js"
    _css = STATIC / "parts.css"
    description = Unicode().tag(sync=True)
    min = Float().tag(sync=True)
    max = Float(1.0).tag(sync=True)
    step = Float(1.0).tag(sync=True)
    log = Bool(False).tag(sync=True)
    value = Float().tag(sync=True)

    @validate("value")
    def _within(self, proposal):
        return _validate.number(proposal["value"], self.description, self.min, self.max)

    def span(self, value: float, min: float, max: float, log: bool = False, step: float = 1.0) -> None:
        """Take another value between other ends."""
        with self.hold_trait_notifications():
            self.min, self.max, self.log, self.step, self.value = min, max, log, step, value


class Choice(anywidget.AnyWidget):
    """A menu of names beside its label.

    The menus of ipywidgets lose the arrow keys to JupyterLab.
    """

    _esm = STATIC / "choice.js"
    description = Unicode().tag(sync=True)
    options = List(Unicode()).tag(sync=True)
    value = Unicode().tag(sync=True)

    @validate("value")
    def _known(self, proposal):
        return _validate.choice(proposal["value"], self.options, self.description)


class Message(anywidget.AnyWidget):
    """A line of text that screen readers read out when it changes."""

    _esm = STATIC / "message.js"
    text = Unicode().tag(sync=True)


class Upload(anywidget.AnyWidget):
    """A picture from the reader's disk, made small by the browser before it is sent.

    Attributes:
        value: the picture as PNG, its shorter side at most ``side`` pixels.
        name: the file's name.
        refused: name and size of a file that the browser could not read as a picture.
    """

    _esm = STATIC / "upload.js"
    description = Unicode("a photo of yours").tag(sync=True)
    side = Float(224.0).tag(sync=True)
    value = CBytes().tag(sync=True)
    name = Unicode().tag(sync=True)
    refused = Unicode().tag(sync=True)

    def image(self) -> torch.Tensor:
        """The picture's middle square, ``(3, S, S)`` in [0, 1]; raises ValueError if there is none."""
        if not self.value:
            raise ValueError("Choose a file with a photo of yours first.")
        try:
            with Image.open(io.BytesIO(self.value)) as picture:
                side = min(picture.size)
                left, top = ((whole - side) // 2 for whole in picture.size)
                box = (left, top, left + side, top + side)
                square = picture.convert("RGB").resize((int(self.side),) * 2, Image.Resampling.BILINEAR, box)
        except (OSError, Image.DecompressionBombError):
            raise ValueError(f"{self.name!r} cannot be read as a picture.") from None
        return torch.from_numpy(np.array(square)).permute(2, 0, 1).float() / 255


class Text(HTML):
    """Text, tables and bars, given as HTML."""

    def __init__(self, value: str = ""):
        super().__init__(value)
        self.add_class("vizlib-text")


class Progress(Text):
    """How far a run is, how fast, and how long it will take."""

    def show(self, done: int, total: int, speed: tuple[int, float] | None = None) -> None:
        """Show the steps done; ``speed`` is how many of them took how many seconds."""
        steps, seconds = speed or (done, 0)
        line = tqdm.format_meter(
            done, total, seconds, unit=" steps", initial=done - steps,
            bar_format="{n_fmt} of {total_fmt} steps" + (" · {rate_fmt} · {remaining} left" if seconds else ""),
        )  # fmt: skip
        self.value = f'<progress max="{total}" value="{done}" aria-label="progress"></progress> {line}'


class Picture(Text):
    """An image under a caption, with a text alternative.

    Args:
        width: on the screen, in CSS pixels.
    """

    def __init__(self, width: int = 224):
        super().__init__()
        self._width = width

    def show(self, image: torch.Tensor, caption: str, alt: str) -> None:
        """Show an image, as :func:`vizlib.plotting.to_array` takes it."""
        self.value = picture_html(image, caption, alt, self._width)

    def show_svg(self, svg: str, caption: str, alt: str) -> None:
        """Show a drawing."""
        self.value = _file_html(svg.encode(), "svg+xml", caption, alt, self._width)


def picture_html(image: torch.Tensor, caption: str, alt: str, width: int) -> str:
    """An image, as :func:`vizlib.plotting.to_array` takes it, under a caption, ``width`` CSS pixels wide."""
    pixels = Image.fromarray((plotting.to_array(image) * 255).round().astype("uint8"))
    small = min(pixels.size) < 64  # a strip is as small as its pictures
    if small:  # it is about its pixels: no browser may blur them
        pixels = pixels.resize((width, max(1, width * pixels.height // pixels.width)), Image.Resampling.NEAREST)
    file = io.BytesIO()
    pixels.save(file, "PNG" if small else "JPEG", quality=92)
    return _file_html(file.getvalue(), "png" if small else "jpeg", caption, alt, width)


def _file_html(content, kind, caption, alt, width):
    source = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    below = html.escape(caption).replace("\n", "<br>")
    # The style is for where the picture is shown without the style sheet.
    style = f"display: inline-block; vertical-align: top; margin-right: 12px; width: {width}px"
    picture = f'<img src="{source}" alt="{html.escape(alt)}" width="{width}">'
    return f'<div class="vizlib-picture" style="{style}">{picture}<div>{below}</div></div>'


class Row(HBox):
    """Parts side by side, in as many lines as they need."""

    def __init__(self, parts):
        super().__init__(tuple(parts))
        self.add_class("vizlib-row")


def table(head, rows) -> str:
    """An HTML table; the first cell of each row names the row."""
    lines = ["<tr>" + "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head) + "</tr>"]
    for first, *rest in rows:
        cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>')
    return f"<table>{''.join(lines)}</table>"
