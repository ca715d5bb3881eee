import json
import math
import os
import random
import signal
import traceback
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import vizlib
from vizlib import data, recipes
from vizlib.objectives import channel, class_score
from vizlib.opinions import opinion
from vizlib.regularizers import L2, BatchNormStatistics, Blur, Clamp, Jitter, Penalty, Projection, Rotate, Scale, View
from vizlib.remake import again
from vizlib.rendering import Rendering, render

QUICK = {"steps": 3, "size": 96}
ALONE = {"second_opinions": ()}


def picture(*arguments, **changes):
    """A quick picture; at fewer than 96 pixels the gradient of most presets is zero, and grey equals grey."""
    result = render(*arguments, **{**QUICK, **ALONE, **changes})
    assert len(result.trace) < 2 or result.trace[-1] != result.trace[0]
    assert result.images.std() > 0 or not result.trace
    return result


@pytest.mark.parametrize("recipe", recipes.PRESETS)
@pytest.mark.usefixtures("cpu")
def test_the_same_seed_gives_the_same_picture_whatever_else_draws_random_numbers(recipe):
    first = picture("dumbbell", recipe, seed=5)
    torch.manual_seed(99)
    torch.rand(1000)
    random.random()
    assert torch.equal(first.images, picture("dumbbell", recipe, seed=5).images)


def test_rendering_draws_nothing_from_the_global_random_state():
    state = torch.random.get_rng_state()
    picture("dumbbell")
    assert torch.equal(state, torch.random.get_rng_state())


def test_another_seed_gives_another_picture():
    assert not torch.equal(picture("dumbbell", seed=1).images, picture("dumbbell", seed=2).images)


@pytest.mark.parametrize("recipe", recipes.PRESETS)
def test_the_network_is_left_as_it_was(lite0, fingerprint, recipe):
    before = fingerprint(lite0)
    picture("cup", recipe)
    assert fingerprint(lite0) == before


def test_the_network_is_left_as_it_was_after_an_interrupt(lite0, fingerprint):
    before = fingerprint(lite0)

    class Interrupting(Jitter):
        def __call__(self, images, generator):
            raise KeyboardInterrupt

    rendering = Rendering("cup", **QUICK, regularizers=(Interrupting(1),))
    with pytest.raises(KeyboardInterrupt):
        list(rendering)
    assert fingerprint(lite0) == before
    for _ in (left := Rendering("cup", **QUICK)):
        break
    assert fingerprint(lite0) == before
    assert len(left.trace) == 1


@pytest.mark.usefixtures("cpu")
def test_an_interrupted_render_gives_the_picture_so_far_and_it_can_be_made_again(monkeypatch, tmp_path):
    calls = []
    loss = Rendering._loss

    def interrupted(self):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return loss(self)

    with monkeypatch.context() as patched:
        patched.setattr(Rendering, "_loss", interrupted)
        result = picture("cup", steps=10)
    assert len(result.trace) == 2
    assert (result.settings["recipe"]["steps"], result.settings["stopped_after"]) == (10, 2)
    assert torch.equal(again(result.save(tmp_path / "cup.png"), ()).images, result.images)


@pytest.mark.parametrize("recipe", recipes.PRESETS)
@pytest.mark.usefixtures("cpu")
def test_a_saved_picture_can_be_made_again_bit_for_bit(tmp_path, recipe):
    result = picture(class_score("cup") - 0.25 * class_score("lemon"), recipe, size=(88, 112), seed=3)
    path = result.save(tmp_path / "cup.png")
    repeated = again(path, ())
    assert torch.equal(repeated.images, result.images)
    assert repeated.settings == result.settings
    with Image.open(path) as stored:
        assert stored.size == (112, 88)
        assert json.loads(stored.text["vizlib"])["seed"] == 3
        pixels = torch.tensor(list(stored.tobytes())).view(88, 112, 3).permute(2, 0, 1) / 255
    assert torch.equal(pixels, result.images[0])


def test_saving_never_overwrites_silently(tmp_path):
    result = picture("cup", steps=0)
    path = result.save(tmp_path / "cup.png")
    content = path.read_bytes()
    with pytest.raises(FileExistsError, match="'cup.png' already"):
        picture("lemon", steps=1).save(path)
    assert path.read_bytes() == content
    picture("lemon", steps=1).save(path, overwrite=True)
    assert path.read_bytes() != content
    with pytest.raises(ValueError, match="end the name in .png"):
        result.save(tmp_path / "cup.jpg")
    with pytest.raises(FileNotFoundError):
        result.save(tmp_path / "nowhere" / "cup.png")


def test_a_picture_without_settings_says_so(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")
    with pytest.raises(ValueError, match="carries no settings"):
        again(tmp_path / "plain.png")


def test_the_learning_rate_falls_to_zero_by_a_cosine_over_the_steps_that_were_planned():
    rates = Rendering("cup", "one_network", steps=4, lr=1.0, lr_schedule="cosine")
    asked = [rates._learning_rate(index) for index in range(4)]
    assert asked == pytest.approx([1, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5])
    with pytest.raises(ValueError, match="schedule of the learning rate 'cosin'; the nearest: 'cosine'"):
        Rendering("cup", lr_schedule="cosin")


@pytest.mark.usefixtures("cpu")
def test_a_fork_with_the_steps_that_are_left_takes_them_while_the_learning_rate_falls():
    whole = Rendering("cup", "one_network", size=64, steps=6, lr_schedule="cosine")
    for _ in range(2):
        next(whole)
    fork = whole.fork(4, whole.recipe.regularizers)
    list(whole), list(fork)
    assert torch.equal(whole.picture(), fork.picture())


@pytest.mark.usefixtures("cpu")
def test_a_picture_that_was_stopped_goes_on_where_it_was():
    whole, halted = (Rendering("cup", size=96, steps=6) for _ in range(2))
    list(whole)
    for step in halted:
        if step.index == 2:
            break
    assert [step.index for step in halted] == [3, 4, 5]
    assert torch.equal(whole.picture(), halted.picture())
    assert whole.picture().std() > 0


@pytest.mark.parametrize("start", ["noise", "coffee"])
@pytest.mark.usefixtures("cpu")
def test_pixels_start_from_what_was_asked_for_and_are_made_again_from_the_file(start, tmp_path):
    rendering = Rendering("cup", "simonyan2013", size=96, steps=2, start=start)
    first = rendering.picture()
    assert first.std() > 0.03
    if start == "coffee":
        assert torch.allclose(first[0], data.photo("coffee", 96), atol=1e-6)
    list(rendering)
    result = rendering.result(second_opinions=())
    assert torch.equal(again(result.save(tmp_path / "cup.png"), second_opinions=()).images, result.images)


def test_phases_cannot_start_from_a_photo():
    with pytest.raises(ValueError, match="Only 'pixels' and 'fourier' can start from an image"):
        Rendering("cup", "maco", start="coffee")
    with pytest.raises(ValueError, match="no starting image 'cofee'; the nearest: 'coffee'"):
        Rendering("cup", "simonyan2013", start="cofee")


def test_a_single_regularizer_needs_no_tuple():
    assert recipes.get("default", regularizers=Jitter(3)).regularizers == (Jitter(3),)


def test_the_steps_climb(lite0):
    rendering = Rendering("dumbbell", "simonyan2013", steps=25, size=96, regularizers=())
    losses = [step.loss for step in rendering]
    assert losses == pytest.approx([-score for score in rendering.trace])
    assert rendering.trace[-1] > rendering.trace[0] + 3


def test_plain_pixels_reach_the_confidence_asked_for_from_a_zero_image():
    rendering = Rendering("lemon", "simonyan2013")
    assert (rendering.picture() == 0.5).all()
    for _ in rendering:
        with torch.no_grad():
            if rendering.models[0](rendering.picture()).softmax(1)[0, 951] > 0.95:
                break
    assert len(rendering.trace) < 60
    assert rendering.result(()).optimized[0].probability > 0.9


def test_projections_are_applied_after_every_update():
    rendering = Rendering("cup", "cs231n", steps=3, size=96, lr=1000.0)
    for _ in rendering:
        assert rendering.image.parameters()[0].abs().max() == 0.5


def test_opinions(lite0):
    image = torch.rand(3, 224, 224, generator=torch.Generator().manual_seed(0))
    said = opinion(image, "dumbbell")
    rounded = image.mul(255).round().div(255)[None]
    probabilities = lite0(rounded)[0].softmax(0)
    assert said.probability == pytest.approx(probabilities[543].item(), rel=1e-4)
    assert said.rank == (probabilities.argsort(descending=True) == 543).nonzero().item() + 1
    assert said.top == lite0.categories[probabilities.argmax()]
    assert opinion(image).rank is None
    assert "place" in str(said)
    assert "says" in str(opinion(image[None]))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"objective": "dumbel"}, "no class 'dumbel'; the nearest: 'dumbbell'"),
        ({"objective": "terrier"}, "ambiguous"),
        ({"objective": 1000}, "from 0 to 999"),
        ({"objective": 3.2}, "whole number"),
        ({"objective": None}, "whole number"),
        ({"recipe": "simonyan"}, "no recipe 'simonyan'; the nearest: 'simonyan2013'"),
        ({"network": "lite"}, "no network 'lite'"),
        ({"stepz": 3}, "no setting 'stepz'; the nearest: 'steps'"),
        ({"steps": -1}, "steps of Recipe must be from 0"),
        ({"steps": 2.5}, "whole number"),
        ({"steps": True}, "whole number"),
        ({"lr": 0}, "greater than 0"),
        ({"lr": -0.1}, "greater than 0"),
        ({"lr": math.nan}, "finite"),
        ({"lr": "fast"}, "must be a number"),
        ({"size": 1}, "from 32 to 4096"),
        ({"size": 0}, "from 1 to 4096"),
        ({"size": (64, 64, 3)}, "pair"),
        ({"size": "big"}, "whole number"),
        ({"seed": -1}, "seed must be from 0"),
        ({"seed": 1.5}, "whole number"),
        ({"parametrization": "wavelets"}, "no parametrization 'wavelets'"),
        ({"optimizer": "addam"}, "no optimizer 'addam'; the nearest: 'adam'"),
        ({"regularizers": (0.1,)}, "a penalty, a view or a projection"),
        ({"regularizers": (Clamp(),)}, "acts on pixels"),
    ],
)
def test_mistakes_are_named_before_any_work(arguments, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence) as error:
        render(**{"objective": "cup", **arguments})
    assert "\n" not in str(error.value)


def test_an_infinite_step_ends_in_one_sentence_and_keeps_the_image():
    class Exploding(Penalty):
        calls = 0

        def __call__(self, images):
            Exploding.calls += 1
            return images.sum() * (math.inf if Exploding.calls == 3 else 1)

    rendering = Rendering("cup", "simonyan2013", size=96, regularizers=(Exploding(),))
    with pytest.raises(FloatingPointError, match="smaller learning rate"):
        list(rendering)
    assert len(rendering.trace) == 2
    assert rendering.picture().isfinite().all()
    assert rendering.picture().std() > 0


anything = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 60), st.floats(), st.text(max_size=5), st.lists(st.integers())
)


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(
        [
            "objective",
            "recipe",
            "network",
            "steps",
            "size",
            "lr",
            "seed",
            "parametrization",
            "optimizer",
            "ema_decay",
            "logsumexp_weight",
        ]
    ),
    anything,
)
def test_whatever_is_given_either_works_or_ends_in_a_sentence_of_ours(name, value):
    arguments = {"objective": "cup", "recipe": "one_network", "size": 32, "steps": 1, name: value}
    try:
        result = render(**arguments, **ALONE)
    except (ValueError, TypeError, FloatingPointError) as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert str(error).endswith(".")  # noqa: PT017
        raised_in = traceback.extract_tb(error.__traceback__)[-1].filename  # noqa: PT017
        assert Path(vizlib.__file__).parent in Path(raised_in).parents
    else:
        assert result.images.isfinite().all()


@settings(deadline=None, max_examples=12)
@given(st.integers(32, 70), st.integers(32, 70), st.sampled_from(sorted(recipes.PRESETS)))
def test_odd_sizes_work(height, width, recipe):
    assert render("cup", recipe, size=(height, width), steps=1, **ALONE).images.shape == (1, 3, height, width)


def test_recipes_survive_being_stored():
    for recipe in recipes.PRESETS.values():
        assert recipes.Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    mine = recipes.get(
        "cs231n", size=(30, 40), regularizers=[L2(0.5), Jitter(1), Rotate(3), Scale(0.9, 1.1), Blur(1.0)]
    )
    assert recipes.Recipe.from_json(json.loads(json.dumps(mine.to_json()))) == mine


@pytest.mark.usefixtures("cpu")
def test_a_network_is_drawn_at_random_at_every_step_and_again_draws_the_same(monkeypatch, tmp_path):
    asked = []
    ask = Rendering.ask
    monkeypatch.setattr(Rendering, "ask", lambda self, model, seen: asked.append(model.name) or ask(self, model, seen))
    both = ("efficientnet_lite0", "efficientnet_lite1")
    result = picture("cup", "one_network", network=both, steps=12)
    first, asked[:] = asked[2:], []  # the first two are the trial of each network
    assert set(first) == set(both)
    assert len(first) == 12
    assert [said.network for said in result.optimized] == list(both)
    repeated = again(result.save(tmp_path / "cup.png"), ())
    assert asked[2:] == first
    assert torch.equal(repeated.images, result.images)


def test_the_judges_are_those_that_took_no_part():
    assert [said.network for said in picture("cup", second_opinions=None).held_out] == ["efficientnet_lite2"]
    alone = picture("cup", "one_network", second_opinions=None)
    assert [said.network for said in alone.held_out] == ["efficientnet_lite1", "efficientnet_lite2"]
    assert alone.optimized[0].as_it_is.probability is not None  # 96 pixels are not what it was trained on


@pytest.mark.usefixtures("cpu")
def test_only_classes_are_asked_of_several_networks(tmp_path):
    result = picture(channel("block_4", 3), steps=2)
    assert [said.network for said in result.optimized] == ["efficientnet_lite0"]
    assert "only efficientnet_lite0 looked" in str(result)
    assert "only efficientnet_lite0 looked" in result.settings["notes"][0]
    assert again(result.save(tmp_path / "channel.png"), ()).settings == result.settings


def test_against_is_the_score_at_0_and_the_log_probability_at_1(lite0):
    image = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    scores = lite0(image)[0]
    for against, wanted in ((0, scores[968]), (1, scores.log_softmax(0)[968])):
        rendering = Rendering("cup", "simonyan2013", size=96, logsumexp_weight=against)
        assert rendering.ask(lite0, image)[0].item() == pytest.approx(wanted.item(), abs=1e-4)


def test_the_picture_is_the_running_mean_of_the_parameters():
    rendering = Rendering("cup", "one_network", size=96, steps=6, ema_decay=0.75)
    seen, mean = [], 0
    for _ in rendering:
        seen.append(rendering.image.parameters()[0].detach().clone())
    for i, now in enumerate(seen):
        mean = mean + (now - mean) * max(0.25, 1 / (i + 1))
    with torch.no_grad():
        images = rendering.image(mean), rendering.image()
    off, off_the_last = ((rendering.picture() - image).abs().max().item() for image in images)
    assert off < 1e-5
    assert off_the_last > 100 * off


class Mine(Penalty):
    """A reader's own, without settings."""

    def __call__(self, images):
        return 0.01 * (images - 0.2).square().sum()


def test_a_readers_own_penalty_renders_saves_and_says_that_it_is_not_ours(tmp_path):
    path = picture("cup", "simonyan2013", regularizers=(Mine(), Jitter(2))).save(tmp_path / "cup.png")
    with Image.open(path) as stored:
        kept = json.loads(stored.text["vizlib"])["recipe"]["regularizers"]
    assert kept == [["Mine", "not one of vizlib's"], ["Jitter", {"pixels": 2}]]
    with pytest.raises(ValueError, match="made with Mine, which is not one of vizlib's"):
        again(path)


def test_a_readers_own_class_of_a_name_of_ours_is_not_taken_for_it(tmp_path):
    class Blur(Projection):
        def __call__(self, pixels, index, gradient):
            return pixels

    path = picture("cup", "simonyan2013", regularizers=(Blur(),)).save(tmp_path / "cup.png")
    with pytest.raises(ValueError, match="made with Blur, which is not"):
        again(path)


@pytest.mark.parametrize(
    "number", [np.int64, lambda n: torch.tensor(n), lambda n: np.array(n)], ids=["numpy", "tensor", "array"]
)
@pytest.mark.usefixtures("cpu")
def test_what_is_checked_is_what_is_stored(tmp_path, number):
    changes = {"size": number(96), "steps": number(2), "lr": np.float32(0.05), "regularizers": (Jitter(number(3)),)}
    result = picture(channel("block_4", number(3)), "one_network", seed=number(1), **changes)
    repeated = again(result.save(tmp_path / "cup.png"), ())
    assert torch.equal(repeated.images, result.images)


def test_a_step_that_is_not_finite_ends_the_render_with_the_last_good_picture(capsys):
    class Exploding(View):
        calls = 0

        def __call__(self, images, generator):
            Exploding.calls += 1
            return images * (math.inf if Exploding.calls == 3 else 1)

    result = render("cup", "simonyan2013", regularizers=(Exploding(),), **QUICK, **ALONE)
    assert len(result.trace) == 2
    assert result.images.std() > 0
    assert "the last good values are kept" in str(result)


@pytest.mark.parametrize("when", ["step", "after", "loss"])
@pytest.mark.usefixtures("cpu")
def test_an_interrupt_at_any_moment_leaves_a_whole_step_and_the_picture_goes_on_bit_for_bit(monkeypatch, when):
    whole = Rendering("cup", size=96, steps=6, frames=6)
    list(whole)
    halted = Rendering("cup", size=96, steps=6, frames=6)
    calls = []

    def interrupted(method):
        def call(*arguments):
            calls.append(1)
            if len(calls) == 3:
                signal.raise_signal(signal.SIGINT)
            return method(*arguments)

        return call

    if when == "step":
        optimizer = halted._steps._optimizer
        monkeypatch.setattr(optimizer, "step", interrupted(optimizer.step))
    else:
        name = {"after": "_after", "loss": "_loss"}[when]
        monkeypatch.setattr(halted._steps, name, interrupted(getattr(halted._steps, name)))
    with pytest.raises(KeyboardInterrupt):
        list(halted)
    assert len(halted.trace) == len(halted.frames) == 3
    list(halted)
    assert halted.trace == whole.trace
    assert torch.equal(halted.picture(), whole.picture())
    assert all(torch.equal(a, b) for a, b in zip(halted.frames, whole.frames, strict=True))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_frames_are_kept_from_the_first_step_to_the_last_and_make_a_film(tmp_path):
    result = picture("cup", steps=9, frames=4)
    assert len(result.frames) == 4
    assert torch.allclose(result.frames[-1], result.images, atol=1 / 255)
    path = result.save_film(tmp_path / "cup.webp")
    with Image.open(path) as film:
        assert film.n_frames == 4
        assert film.size == (96, 96)
    with pytest.raises(FileExistsError):
        result.save_film(path)
    with pytest.raises(ValueError, match="No frames were kept"):
        picture("cup").save_film(tmp_path / "other.webp")
    with pytest.raises(ValueError, match="end the name in .webp"):
        result.save_film(tmp_path / "cup.gif")


@pytest.mark.usefixtures("cpu")
@pytest.mark.parametrize(("key", "value"), [("device", "cuda"), ("threads", 4096)])
def test_a_picture_from_another_machine_that_comes_out_the_same_has_no_note(tmp_path, monkeypatch, key, value):
    monkeypatch.setattr(os, "cpu_count", torch.get_num_threads)  # no more threads than it was made with
    result = picture("cup")
    result.settings[key] = value
    assert again(result.save(tmp_path / "elsewhere.png"), ()).settings["notes"] == []


def test_statistics_pull_the_picture_towards_what_the_network_remembers(lite0):
    def off(*regularizers):
        rendering = Rendering("cup", "one_network", size=96, steps=25, regularizers=regularizers)
        list(rendering)
        asked = Rendering("cup", "one_network", size=96, regularizers=(BatchNormStatistics(1.0),))
        return asked.ask(lite0, rendering.picture())[1].item()

    assert off(BatchNormStatistics(100.0)) < 0.7 * off()


def test_the_names_are_there_after_import_vizlib():
    assert vizlib.render is render
    assert vizlib.Result.__name__ == "Result"
    assert vizlib.__version__
    assert {"render", "Rendering", "Result", "again"} <= set(dir(vizlib))
    with pytest.raises(AttributeError, match="no attribute 'rendr'"):
        vizlib.rendr  # noqa: B018


def test_any_network_takes_part_and_a_file_says_that_it_is_a_strangers(tmp_path):
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(4, 5),
    )
    result = picture(3, "one_network", network=(module, "efficientnet_lite0"), second_opinions=None)
    assert [said.network for said in result.optimized] == ["Sequential", "efficientnet_lite0"]
    path = result.save(tmp_path / "mine.png")
    with pytest.raises(ValueError, match="made with Sequential, which is not one of vizlib's"):
        again(path)
    assert torch.equal(again(path, (), network=(module, "efficientnet_lite0")).images, result.images)
