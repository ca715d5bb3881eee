"""What a stranger's file may ask for."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tests.conftest import on_cpu
from vizlib import models
from vizlib.remake import again
from vizlib.rendering import Rendering, render


def write(path, text, picture=None):
    info = PngImagePlugin.PngInfo()
    info.add_text("vizlib", text)
    (picture or Image.new("RGB", (4, 4))).save(path, pnginfo=info)
    return path


@pytest.fixture(scope="module")
def made():
    with on_cpu():
        return render("cup", "simonyan2013", size=64, steps=1, second_opinions=())


@pytest.fixture(scope="module")
def good(made):
    return made.settings


@pytest.mark.usefixtures("cpu")
def test_a_good_file_is_made_again(tmp_path, made, good):
    assert again(write(tmp_path / "good.png", json.dumps(good), made.picture()), ()).settings == good


@pytest.mark.usefixtures("cpu")
@pytest.mark.parametrize(("levels", "what"), [(2, "alike, 2.0"), (42, "another picture of the same wish, 42.0")])
def test_what_is_not_the_same_is_said_by_how_far_it_is_from_the_file(tmp_path, made, good, levels, what):
    # As from a GPU, whose sums come in another order each time.
    other = made.picture().point(lambda level: level + levels)
    (note,) = again(write(tmp_path / "gpu.png", json.dumps(good | {"device": "cuda"}), other), ()).settings["notes"]
    assert note == f"made again: {what} of 255 levels from the file on average"


@pytest.fixture
def nothing_is_loaded(monkeypatch):
    """Neither a network nor an image may be made for what is refused."""

    def refuse(*arguments, **named):
        raise MemoryError

    monkeypatch.setattr(models, "_load", refuse)
    monkeypatch.setattr(torch, "zeros", refuse)
    monkeypatch.setattr(torch, "randn", refuse)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "3",
        "null",
        "[]",
        '"x"',
        "{",
        "[" * 100_000,
        '{"recipe": 3}',
        '{"recipe": {}, "objective": []}',
        "NaN",
        "{" * 5000,
    ],
    ids=lambda text: text[:12],
)
def test_whatever_is_no_settings_is_one_sentence(tmp_path, text, nothing_is_loaded):
    with pytest.raises(ValueError, match=r"^'bad.png' ") as error:
        again(write(tmp_path / "bad.png", text))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("where", "value", "sentence"),
    [
        (("batch",), 10**9, "number of images must be from 1 to 64"),
        (("recipe", "size"), [4096, 4096], "more than 4194304 pixels"),
        (("recipe", "size"), 10**9, "side must be from"),
        (("recipe", "steps"), 10**12, "steps"),
        (("recipe", "network"), ["regnet_y_128gf"], "no such network in the course 'regnet_y_128gf'"),
        (("recipe", "network"), [["ResNet", "not one of vizlib's"]], "made with ResNet, which is not"),
        (("recipe", "regularizers"), [["L2", {"weight": 1}]] * 100, "at most 32"),
        (("recipe", "regularizers"), [["Path", {}]], "no regularizer 'Path'"),
        (("recipe", "regularizers"), [["Jitter", {"pixels": 10**30}]], "pixels of Jitter"),
        (("recipe", "regularizers"), [["Blur", {"sigma": 1e9}]], "sigma of Blur"),
        (("recipe", "regularizers"), [["Window", {"share": 1, "pixels": 10**6}]], "pixels of Window"),
        (("recipe", "parametrization"), "pickle", "no parametrization 'pickle'"),
        (("objective",), [[1, "eval", ["1"]]], "no objective 'eval'"),
        (("objective",), [[1, "class_score", []]], "missing a required argument"),
        (("objective",), [], "1 to 100 terms"),
        (("seed",), -1, "seed must be from 0"),
        (("recipe", "image"), "pixels", "image"),
    ],
)
def test_what_it_asks_for_is_bounded_before_anything_is_made(tmp_path, good, nothing_is_loaded, where, value, sentence):
    bad = json.loads(json.dumps(good))
    inner = bad
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    with pytest.raises(ValueError, match=sentence) as error:
        again(write(tmp_path / "bad.png", json.dumps(bad)))
    assert "\n" not in str(error.value)


def test_views_are_bounded_like_images(tmp_path, good, nothing_is_loaded):
    """48 GiB a step: the canvas is small, and what is seen of it is not."""
    bad = json.loads(json.dumps(good)) | {"batch": 32}
    bad["recipe"] |= {"size": [32, 4096], "regularizers": [["Window", {"share": 1, "pixels": 1024}]]}
    with pytest.raises(ValueError, match="It asks for 32 views of 1024 × 131072 pixels, more than 4194304 pixels"):
        again(write(tmp_path / "bad.png", json.dumps(bad)))


@pytest.mark.parametrize("start", ["/etc/hostname.png", "photo.jpg", ["a tensor", "not one of vizlib's"], 3, None])
def test_a_file_opens_no_other_file(tmp_path, good, nothing_is_loaded, start):
    bad = json.loads(json.dumps(good))
    bad["recipe"]["start"] = start
    with pytest.raises(ValueError, match="^'bad.png' cannot be made again: .*(no starting image|not one of vizlib's)"):
        again(write(tmp_path / "bad.png", json.dumps(bad)))


def test_a_header_that_promises_a_huge_picture_is_refused_unread(tmp_path):
    path = write(tmp_path / "huge.png", "{}")
    content = bytearray(path.read_bytes())
    import struct
    import zlib

    content[16:24] = struct.pack(">II", 20_000, 20_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^'huge.png' cannot be read"):
        again(path)


def no_steps(self):
    raise StopIteration


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_any_change_of_a_good_file_works_or_is_one_sentence(tmp_path_factory, good, data):
    changed = json.loads(json.dumps(good))
    inner = data.draw(st.sampled_from([changed, changed["recipe"]]))
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(plain)
    path = write(tmp_path_factory.mktemp("again") / "changed.png", json.dumps(changed))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Rendering, "__next__", no_steps)
        try:
            again(path, ())
        except ValueError as error:
            assert str(error).startswith("'changed.png' ")  # noqa: PT017
            assert "\n" not in str(error)  # noqa: PT017
