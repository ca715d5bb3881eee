import json
import math
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vizlib import data, recipes
from vizlib.objectives import class_score
from vizlib.regularizers import L2, Blur, Clamp, Jitter, Penalty, Rotate, Scale
from vizlib.render import Rendering, again, opinion, render

QUICK = {"steps": 2, "size": 48}
ALONE = {"second_opinions": ()}


def picture(*arguments, **changes):
    return render(*arguments, **{**QUICK, **ALONE, **changes})


@pytest.mark.parametrize("recipe", recipes.PRESETS)
def test_the_same_seed_gives_the_same_picture_whatever_else_draws_random_numbers(recipe):
    first = picture("dumbbell", recipe, seed=5)
    torch.manual_seed(99)
    torch.rand(1000)
    random.random()
    assert torch.equal(first.image, picture("dumbbell", recipe, seed=5).image)


def test_rendering_draws_nothing_from_the_global_random_state():
    state = torch.random.get_rng_state()
    picture("dumbbell")
    assert torch.equal(state, torch.random.get_rng_state())


def test_another_seed_gives_another_picture():
    assert not torch.equal(picture("dumbbell", seed=1).image, picture("dumbbell", seed=2).image)


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
    assert result.settings["recipe"]["steps"] == 2
    assert torch.equal(again(result.save(tmp_path / "cup.png"), ()).image, result.image)


@pytest.mark.parametrize("recipe", recipes.PRESETS)
def test_a_saved_picture_can_be_made_again_bit_for_bit(tmp_path, recipe):
    result = picture(class_score("cup") - 0.25 * class_score("lemon"), recipe, size=(40, 56), seed=3)
    path = result.save(tmp_path / "cup.png")
    repeated = again(path, ())
    assert torch.equal(repeated.image, result.image)
    assert repeated.settings == result.settings
    with Image.open(path) as stored:
        assert stored.size == (56, 40)
        assert json.loads(stored.text["vizlib"])["seed"] == 3
        pixels = torch.tensor(list(stored.tobytes())).view(40, 56, 3).permute(2, 0, 1) / 255
    assert torch.equal(pixels, result.image)


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


def test_a_picture_that_was_stopped_goes_on_where_it_was():
    whole, halted = (Rendering("cup", size=40, steps=6) for _ in range(2))
    list(whole)
    for step in halted:
        if step.index == 2:
            break
    assert [step.index for step in halted] == [3, 4, 5]
    assert torch.equal(whole.image(), halted.image())


@pytest.mark.parametrize("start", ["noise", "coffee"])
def test_pixels_start_from_what_was_asked_for_and_are_made_again_from_the_file(start, tmp_path):
    rendering = Rendering("cup", "simonyan2013", size=40, steps=2, start=start)
    first = rendering.image().detach()
    assert first.std() > 0.03
    if start == "coffee":
        assert torch.allclose(first[0], data.photo("coffee", 40), atol=1e-6)
    list(rendering)
    result = rendering.result(second_opinions=())
    assert torch.equal(again(result.save(tmp_path / "cup.png"), second_opinions=()).images, result.images)


def test_waves_cannot_start_from_a_photo():
    with pytest.raises(ValueError, match="Only pixels can start from 'coffee'"):
        Rendering("cup", start="coffee")
    with pytest.raises(ValueError, match="no starting image 'cofee'; the nearest: 'coffee'"):
        Rendering("cup", "simonyan2013", start="cofee")


def test_the_steps_climb(lite0):
    rendering = Rendering("dumbbell", "simonyan2013", steps=25, size=96)
    steps = list(rendering)
    assert rendering.trace[-1] > rendering.trace[0] + 3
    assert [step.shown["score"] for step in steps] == rendering.trace


def test_plain_pixels_reach_the_confidence_asked_for_from_a_zero_image():
    rendering = Rendering("lemon", "simonyan2013")
    assert (rendering.image() == 0.5).all()
    for _ in rendering:
        with torch.no_grad():
            if rendering.model(rendering.image()).softmax(1)[0, 951] > 0.95:
                break
    assert len(rendering.trace) < 60
    assert rendering.result(()).own.probability > 0.9


def test_projections_are_applied_after_every_update():
    rendering = Rendering("cup", "cs231n", steps=3, size=40, lr=1000.0)
    for _ in rendering:
        assert rendering.image.parameters()[0].abs().max() <= 0.5


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
        ({"steps": -1}, "steps must be 0 or more"),
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
        ({"image": "wavelets"}, "no parametrization 'wavelets'"),
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

    rendering = Rendering("cup", "simonyan2013", size=40, regularizers=(Exploding(),))
    with pytest.raises(FloatingPointError, match="smaller learning rate"):
        list(rendering)
    assert len(rendering.trace) == 2
    assert rendering.image().isfinite().all()
    assert rendering.image().std() > 0


anything = st.one_of(st.none(), st.booleans(), st.integers(-5, 60), st.floats(), st.text(max_size=5), st.lists(st.integers()))


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["objective", "recipe", "network", "steps", "size", "lr", "seed", "image", "optimizer"]), anything)
def test_whatever_is_given_either_works_or_ends_in_a_sentence_of_ours(name, value):
    arguments = {"objective": "cup", "size": 32, "steps": 1, name: value}
    try:
        result = render(**arguments, **ALONE)
    except (ValueError, TypeError, FloatingPointError) as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert str(error).endswith(".")  # noqa: PT017
        assert "vizlib" in error.__traceback__.tb_next.tb_frame.f_code.co_filename  # noqa: PT017
    else:
        assert result.image.isfinite().all()


@settings(deadline=None, max_examples=12)
@given(st.integers(32, 70), st.integers(32, 70), st.sampled_from(sorted(recipes.PRESETS)))
def test_odd_sizes_work(height, width, recipe):
    assert picture("cup", recipe, size=(height, width), steps=1).image.shape == (3, height, width)


def test_recipes_survive_being_stored():
    for recipe in recipes.PRESETS.values():
        assert recipes.Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    mine = recipes.get("cs231n", size=(30, 40), regularizers=[L2(0.5), Jitter(1), Rotate(3), Scale(0.9, 1.1), Blur(1.0)])
    assert recipes.Recipe.from_json(json.loads(json.dumps(mine.to_json()))) == mine
