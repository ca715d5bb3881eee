"""What a picture may begin as, and going on from a saved one."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

import vizlib
from vizlib import data, images, recipes
from vizlib.regularizers import Jitter
from vizlib.remake import again
from vizlib.rendering import Rendering, render

ALONE = {"second_opinions": ()}


@pytest.fixture
def photo(tmp_path):
    """A file of one's own, wider than high."""
    path = tmp_path / "mine.jpg"
    Image.fromarray((data.photo("coffee", (60, 90)) * 255).byte().permute(1, 2, 0).numpy()).save(path, quality=95)
    return path


@pytest.mark.parametrize("recipe", ["default", "one_network", "simonyan2013"])
@pytest.mark.parametrize("size", [(40, 56), (33, 47)])
def test_the_first_picture_is_the_one_it_starts_from(recipe, size):
    start = torch.randint(256, (3, *size), generator=torch.Generator().manual_seed(1)) / 255
    start[:, :4], start[:, 4:8] = 0, 1
    first = Rendering("cup", recipe, size=size, start=start).picture().cpu()
    assert torch.equal(first.mul(255).round()[0], start.mul(255).round())


def test_waves_without_chroma_start_from_the_shades_of_a_picture():
    grey = torch.rand(1, 40, 40, generator=torch.Generator().manual_seed(1))
    waves = images.FourierImage(40, chroma=0.0, start=0.3 + 0.4 * grey.expand(3, 40, 40))
    made = waves()
    assert made.isfinite().all()
    assert torch.corrcoef(torch.stack([made[0].mean(dim=0).flatten(), grey.flatten()]))[0, 1] > 0.999


@pytest.mark.parametrize("given", ["path", "string", "name"])
def test_a_picture_starts_from_a_file(photo, given):
    start = {"path": photo, "string": str(photo), "name": "coffee"}[given]
    first = Rendering("cup", "simonyan2013", size=48, start=start).picture()[0].cpu()
    expected = data.photo("coffee", 48) if given == "name" else data.picture(photo, 48)
    assert torch.allclose(first, expected, atol=1e-6)
    assert first.std() > 0.1


def test_each_image_of_a_batch_has_its_own_start_or_all_the_same():
    two = torch.rand(2, 3, 32, 32)
    assert torch.allclose(Rendering("cup", size=32, batch=2, start=two).picture().cpu(), two, atol=0.002)
    assert torch.allclose(
        Rendering("cup", size=32, batch=2, start=two[0]).picture().cpu(), two[:1].expand(2, -1, -1, -1), atol=0.002
    )


@pytest.mark.parametrize(
    ("start", "changes", "sentence"),
    [
        ("cofee", {}, "no starting image 'cofee'; the nearest: 'coffee'"),
        ("missing.png", {}, "There is no picture 'missing.png'."),
        (3, {}, "a name, a path or a tensor, not a int"),
        (np.zeros((3, 32, 32)), {}, "a name, a path or a tensor, not a ndarray"),
        (torch.zeros(3, 40, 32), {}, r"starting image is \(40, 32\) pixels, not \(32, 32\)"),
        (torch.zeros(2, 3, 32, 32), {"batch": 3}, "one starting image, or one each: not 2 for 3 images"),
        (torch.full((3, 32, 32), 2.0), {}, "Pixels lie in"),
        (torch.zeros(3, 32, 32, dtype=torch.uint8), {}, "divide by 255"),
        ("coffee", {"recipe": "maco"}, "'maco' has its phases alone"),
        (torch.zeros(3, 32, 32), {"recipe": "maco"}, "'maco' has its phases alone"),
    ],
)
def test_a_start_that_cannot_be_is_named_before_the_first_step(tmp_path, monkeypatch, start, changes, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, TypeError, OSError), match=sentence) as error:
        render("cup", **{"recipe": "simonyan2013", "size": 32, "start": start, **changes}, **ALONE)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ValueError, match="'text.png' cannot be read as a picture"):
        Rendering("cup", size=32, start=tmp_path / "text.png")


@pytest.mark.parametrize("of", ["tensor", "file"])
def test_the_settings_say_that_they_do_not_make_it(tmp_path, photo, of):
    start, name = (torch.zeros(3, 32, 32), "a tensor") if of == "tensor" else (photo, "mine.jpg")
    result = render("cup", "simonyan2013", size=32, steps=1, start=start, **ALONE)
    assert result.settings["recipe"]["start"] == [name, "not one of vizlib's"]
    assert str(tmp_path) not in json.dumps(result.settings)
    assert f"it started from {name}: these settings alone do not make it again" in str(result)
    with pytest.raises(ValueError, match="^'cup.png' cannot be made again: it started from .* goes on from it.$"):
        again(result.save(tmp_path / "cup.png"))


def test_a_fork_says_that_its_settings_do_not_make_it(tmp_path):
    rendering = Rendering("cup", "simonyan2013", size=32, steps=2)
    next(rendering)
    path = rendering.fork(2, (Jitter(3),)).result(second_opinions=()).save(tmp_path / "fork.png")
    with pytest.raises(ValueError, match="^'fork.png' cannot be made again: it went on from another picture"):
        again(path)
    assert vizlib.resume(path, steps=4).recipe.regularizers == (Jitter(3),)


@pytest.mark.parametrize(("recipe", "batch"), [("one_network", 1), ("simonyan2013", 3)])
def test_a_saved_picture_is_gone_on_with(tmp_path, recipe, batch):
    result = render("cup", recipe, size=(64, 72), steps=2, batch=batch, seed=5, **ALONE)
    going_on = vizlib.resume(result.save(tmp_path / "cup.png"), steps=3)
    assert torch.equal(going_on.picture().cpu().mul(255).round(), result.images.mul(255).round())
    assert (len(going_on), going_on.seed, len(going_on.objectives)) == (3, 5, batch)
    assert going_on.recipe.regularizers == recipes.PRESETS[recipe].regularizers
    list(going_on)
    more = going_on.result(second_opinions=())
    assert not torch.equal(more.images, result.images)
    assert "it went on from cup.png, of 8 bits, and the optimizer began anew" in more.settings["notes"]
    # and once more, from a picture whose own settings do not make it
    assert len(vizlib.resume(more.save(tmp_path / "more.png"))) == 3


def test_what_cannot_be_gone_on_with_is_one_sentence(tmp_path):
    path = render("cup", "maco", size=32, steps=1, **ALONE).save(tmp_path / "maco.png")
    with pytest.raises(ValueError, match="'maco' has its phases alone"):
        vizlib.resume(path)
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")
    with pytest.raises(ValueError, match="carries no settings"):
        vizlib.resume(tmp_path / "plain.png")
    good = render("cup", "simonyan2013", size=32, steps=1, **ALONE).save(tmp_path / "good.png")
    with pytest.raises(ValueError, match="no setting 'stepz'"):
        vizlib.resume(good, stepz=3)
    with Image.open(good) as file:
        from PIL import PngImagePlugin

        info = PngImagePlugin.PngInfo()
        info.add_text("vizlib", file.text["vizlib"])
        file.crop((0, 0, 20, 32)).save(tmp_path / "cut.png", pnginfo=info)
    with pytest.raises(ValueError, match="it is 32 × 20 pixels, and its settings say another size"):
        vizlib.resume(tmp_path / "cut.png")
