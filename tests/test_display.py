"""The picture on the screen while it is made."""

import base64
import io
import re
import sys
from types import SimpleNamespace

import IPython
import pytest
import torch
from PIL import Image

from vizlib import _display
from vizlib.plotting import diverging, play_film, show_film, show_images
from vizlib.rendering import Rendering, render


class Handle:
    """What `display` returns: keeps what is shown."""

    def __init__(self):
        self.shown = []

    def update(self, html):
        self.shown.append(html.data)


@pytest.fixture
def notebook(monkeypatch):
    handle = Handle()
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=True))
    monkeypatch.setattr("IPython.display.display", lambda html, display_id: handle)
    return handle


def test_it_is_drawn_from_the_first_step_on_and_at_last_the_finished_picture(notebook):
    result = render("cup", "simonyan2013", size=64, steps=40, second_opinions=(), show=True)
    assert "after 1 of 40 steps" in notebook.shown[0]
    assert 'alt="The picture for cup when finished"' in notebook.shown[-1]
    assert all(one.startswith('<img src="data:image/webp;base64,') for one in notebook.shown)
    assert len(result.trace) == 40


def test_drawing_takes_less_than_a_tenth_of_the_time(notebook, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(_display.time, "monotonic", lambda: clock[0])

    def slow(picture, alt, quality):
        clock[0] += 0.05
        return alt

    monkeypatch.setattr(_display, "img", slow)
    rendering = Rendering("cup", "simonyan2013", size=64, steps=0)
    screen = _display.Screen("cup")
    for _ in range(1000):
        clock[0] += 0.02  # a step
        screen.show(rendering)
    assert len(notebook.shown) > 10
    assert 0.05 * len(notebook.shown) < 0.1 * clock[0]


def test_outside_a_notebook_nothing_is_drawn(capsys):
    render("cup", "simonyan2013", size=64, steps=1, second_opinions=(), show=True)
    assert capsys.readouterr().out == ""


def test_a_strip_shows_every_frame(monkeypatch):
    shown = []
    monkeypatch.setattr(sys.modules["vizlib.plotting"], "display", lambda html: shown.append(html.data))
    show_film([torch.rand(1, 3, 16, 16) for _ in range(3)], ["a", "b", "c"])
    assert 'alt="3 frames of one picture, from the first step to the last"' in shown[0]
    for empty in (show_film, show_images):
        with pytest.raises(ValueError, match=r"no (frames|image) to show"):
            empty([])


def test_numbers_with_a_sign_are_violet_above_zero_and_orange_below():
    above, zero, below = diverging(torch.tensor([[2.0, 0.0, -2.0]])).permute(1, 2, 0)[0]
    assert above[2] > above[0] > above[1]  # violet
    assert zero.min() > 0.95
    assert below[0] > below[1] > below[2]  # orange
    half = diverging(torch.tensor([[[[1.0]]]]), largest=2.0)
    assert half.shape == (3, 1, 1)
    assert above.min() < half.min() < zero.min()
    assert diverging(torch.zeros(1, 2, 3)).min() > 0.95


def test_a_film_plays_in_a_fold_and_says_what_it_shows(monkeypatch):
    shown = []
    monkeypatch.setattr(sys.modules["vizlib.plotting"], "display", lambda html: shown.append(html.data))
    play_film([torch.rand(1, 3, 16, 16) for _ in range(3)], alt='grey, then a "cup"')
    assert 'alt="grey, then a &quot;cup&quot;"' in shown[0]
    assert shown[0].startswith("<details open>")
    film = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", shown[0])[1])))
    assert film.n_frames == 3
    with pytest.raises(ValueError, match="no frames to play"):
        play_film([], alt="nothing")
