"""Many pictures at once: a list of objectives, one image each."""

import math

import pytest
import torch

import vizlib
from tests import elsewhere
from vizlib import models
from vizlib.objectives import channel, class_score
from vizlib.regularizers import L2, BatchNormStatistics, Jitter, Penalty, View
from vizlib.remake import again
from vizlib.rendering import Rendering, render

SMALL = {"recipe": "simonyan2013", "size": 48, "steps": 4}
ALONE = {"second_opinions": ()}


@pytest.mark.usefixtures("cpu")
@pytest.mark.parametrize("recipe", ["simonyan2013", "default", "maco", "yosinski2015_4"])
def test_images_made_together_are_made_as_if_alone(recipe):
    # The objectives change places: each image is what it would be with any other beside it.
    names = ["cup", "lemon", "cup"]
    first = Rendering(names, recipe, size=64, steps=4)
    second = Rendering(["cup", "dalmatian", "cup"], recipe, size=64, steps=4)
    for rendering in (first, second):
        list(rendering)
    close = {"atol": 1e-4}
    assert torch.allclose(first.picture()[::2], second.picture()[::2], **close)
    assert not torch.allclose(first.picture()[1], second.picture()[1], **close)


@pytest.mark.usefixtures("cpu")
def test_a_list_of_one_is_the_picture_alone():
    assert torch.equal(render(["cup"], **SMALL, **ALONE).images, render("cup", **SMALL, **ALONE).images)


def test_every_image_has_its_own_result(tmp_path):
    made = render(["cup", "lemon", channel("block_4", 3)], network="efficientnet_lite0", **SMALL, frames=2)
    assert len(made) == 3
    assert [len(one.trace) for one in made] == [4, 4, 4]
    assert [one.optimized[0].network for one in made] == ["efficientnet_lite0"] * 3
    assert [one.held_out[0].probability is None for one in made] == [False, False, True]
    assert made.trace[0] == pytest.approx(sum(one.trace[0] for one in made) / 3)
    assert all(one.images.shape == one.frames[0].shape == (1, 3, 48, 48) for one in made)
    assert torch.equal(torch.cat([one.images for one in made]), made.images)
    assert str(made).count("4 steps") == 3
    for index, one in enumerate(made):
        path = one.save(tmp_path / f"{index}.png")
        assert torch.equal(again(path, ()).images, one.images) or models.default_device().type != "cpu"
    assert torch.equal(vizlib.resume(tmp_path / "1.png").picture().cpu().mul(255).round(),
                       made[1].images.mul(255).round())  # fmt: skip
    with pytest.raises(IndexError):
        made[3]


def test_what_cannot_be_made_together_is_one_sentence():
    with pytest.raises(ValueError, match="Each of 2 objectives has one image: leave batch=3 out"):
        Rendering(["cup", "lemon"], batch=3)
    with pytest.raises(ValueError, match="Each of 0 objectives"):
        Rendering([])
    with pytest.raises(ValueError, match="There is no class 'lemn'"):
        Rendering(["cup", "lemn"])
    with pytest.raises(ValueError, match="The channel in 'block_4' must be from 0 to 39"):
        Rendering(["cup", channel("block_4", 99)], "one_network")


def test_only_one_network_looks_where_one_of_the_objectives_asks_for_no_class():
    rendering = Rendering(["cup", channel("block_4", 3)])
    assert [model.name for model in rendering.models] == ["efficientnet_lite0"]
    assert "several networks can be asked for classes alone" in rendering.notes[0]


def test_the_log_probability_is_asked_of_classes_alone():
    seen = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)).to(models.default_device())
    both = [class_score("cup"), channel("block_4", 3)]
    plain, relative = (
        Rendering(both, "one_network", size=64, logsumexp_weight=weight).ask(models.load(), seen)[0]
        for weight in (0, 1)
    )
    assert relative[1] == plain[1]
    assert relative[0] < 0 < plain[0] - relative[0]


class Vanishing(View):
    """One image of the batch becomes NaN at a step."""

    def __init__(self, image, index):
        self.image, self.left = image, index

    def __call__(self, images, generator):
        self.left -= 1
        if self.left != -1:
            return images
        factor = torch.ones(len(images), 1, 1, 1)
        factor[self.image % len(images)] = math.nan
        return images * factor.to(images)


@pytest.mark.parametrize("recipe", ["simonyan2013", "one_network"])
def test_one_lost_image_does_not_cost_the_others(recipe):
    asked = ["cup", "lemon", "dalmatian"]
    changes = {"size": 96, "steps": 6}
    whole = render(asked, recipe, regularizers=(Vanishing(0, 99),), **changes, **ALONE)
    made = render(asked, recipe, regularizers=(Vanishing(1, 3),), **changes, **ALONE)
    assert made.images.isfinite().all()
    assert [any("stands still" in note for note in one.settings["notes"]) for one in made] == [False, True, False]
    assert torch.allclose(made.images[::2], whole.images[::2], atol=2 / 255)
    assert not torch.equal(made.images[1], whole.images[1])


def test_all_images_lost_is_an_error_that_names_the_step():
    rendering = Rendering(["cup"], "simonyan2013", size=48, regularizers=(Vanishing(0, 2),))
    with pytest.raises(FloatingPointError, match="Step 2: the gradient is not finite"):
        list(rendering)


class Mine(Penalty):
    """A penalty on the batch as a whole, one number."""

    def __call__(self, images):
        return (images.mean() - 0.5).square()


@pytest.mark.parametrize("penalty", [Mine(), L2(0.1), BatchNormStatistics(0.1)])
def test_a_penalty_is_one_number_or_one_an_image(penalty):
    made = render(["cup", "lemon"], "one_network", size=48, steps=2, regularizers=(penalty, Jitter(2)), **ALONE)
    assert made.images.isfinite().all()


@pytest.mark.parametrize("recipe", ["default", "many", "simonyan2013", "one_network"])
def test_a_step_waits_for_a_gpu_twice_at_most(monkeypatch, recipe):
    monkeypatch.setattr(models, "default_device", lambda: elsewhere.AWAY)
    rendering = Rendering(["cup", "lemon", "tench"], recipe, size=64, steps=3)
    next(rendering)
    elsewhere.BACK.clear()
    next(rendering)
    assert 1 <= len(elsewhere.BACK) <= 2, elsewhere.BACK
