"""A picture emerges: on the screen while it is made, and as an animation afterwards."""

import base64
import html
import io
import time
from collections.abc import Callable

import torch

from vizlib import images

SELDOM = 0.1  # seconds between two drawings, at least
SHARE = 12  # and this many times as long as a drawing takes: it costs at most a thirteenth of the time


class Pace:
    """Decides how often to draw: seldom, and the more seldom the longer a drawing takes."""

    def __init__(self):
        self._due = 0.0

    def draw(self, draw: Callable[[], None], in_any_case: bool = False) -> None:
        """Call ``draw``, unless the last drawing is too recent."""
        began = time.monotonic()
        if in_any_case or began >= self._due:
            draw()
            ended = time.monotonic()
            self._due = ended + max(SELDOM, SHARE * (ended - began))


class Screen:
    """Shows a rendering in a notebook while it is made; outside a notebook, nothing.

    Args:
        title: what is being made, for the text alternative.
    """

    def __init__(self, title: str):
        from IPython import get_ipython
        from IPython.display import HTML, display

        self._html, self._title, self._pace = HTML, title, Pace()
        notebook = hasattr(get_ipython(), "kernel")
        self._handle = display(HTML(""), display_id=True) if notebook else None

    def show(self, rendering, last: bool = False) -> None:
        """Draw the picture as it is now, unless the last drawing is too recent."""
        if handle := self._handle:
            self._pace.draw(lambda: self._draw(handle, rendering, last), in_any_case=last)

    def _draw(self, handle, rendering, last):
        row = images.to_pil(torch.cat(list(rendering.picture()), dim=2))
        done, steps = len(rendering.trace), len(rendering)
        alt = f"The picture for {self._title} " + ("when finished" if last else f"after {done} of {steps} steps")
        handle.update(self._html(img(row, alt, quality=92 if last else 75)))


def img(picture, alt: str, quality: int = 90) -> str:
    """A Pillow picture as an HTML ``img`` with a text alternative."""
    file = io.BytesIO()
    # Lossy WebP: the pictures of this course are noise, which PNG stores at four times the size.
    picture.save(file, "WEBP", quality=quality, method=2)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img src="data:image/webp;base64,{data}" alt="{html.escape(alt, quote=True)}">'


def webp(frames) -> bytes:
    """Frames ``(N, 3, H, W)`` as an animated WebP, a batch side by side; the last is held for two seconds."""
    first, *rest = [images.to_pil(torch.cat(list(frame), dim=2)) for frame in frames]
    times = [80] * len(rest) + [2000]  # milliseconds
    file = io.BytesIO()
    first.save(file, "WEBP", save_all=True, append_images=rest, duration=times, loop=0, quality=85)
    return file.getvalue()
