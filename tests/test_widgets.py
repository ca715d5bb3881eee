"""The controls without a browser: driven through their traits, on an event loop as a kernel's."""

import asyncio
import gc
import io
import os
import re
import threading

import numpy as np
import psutil
import pytest
import torch
from ipywidgets.widgets.widget import _instances
from PIL import Image
from torch import nn
from torch.nn.functional import cross_entropy

from vizlib import data, denoise, models, recipes, widgets
from vizlib.classifier import Classifier
from vizlib.descent import descend
from vizlib.rendering import Rendering
from vizlib.widgets import cells, neurons
from vizlib.widgets.control import Control
from vizlib.widgets.fields import ClassField
from vizlib.widgets.parts import Picture, Slider, Text, Upload, picture_html
from vizlib.widgets.patches import guessing


@pytest.fixture(scope="module")
def digits():
    return data.digits()[:2]


@pytest.fixture(scope="module")
def reader(digits):
    model = models.digit_net(0)
    list(descend(lambda: cross_entropy(model(digits[0]), digits[1]), model.parameters(), 0.2, 60))
    return model


@pytest.fixture(scope="module")
def denoiser(digits):
    """Trained as long as a test needs it to be."""
    denoiser = denoise.Denoiser()
    list(denoise.train(denoiser, digits[0], steps=300))
    return denoiser.requires_grad_(False)


@pytest.fixture
def make(lite0, digits, reader, denoiser):
    """A function that makes a control by name, small enough for a test."""
    return {
        "weight_descent": lambda: widgets.weight_descent(models.digit_net(0), *digits, steps=8),
        "pixel_descent": lambda: widgets.pixel_descent(reader, 3, steps=60),
        "class_dreamer": lambda: widgets.class_dreamer(lite0, "cup", "one_network", steps=6),
        "regularizer_lab": lambda: widgets.regularizer_lab("lemon", "one_network", further=3, steps=3, size=64),
        "neuron_browser": lambda: widgets.neuron_browser(lite0, "block_6", 3, steps=6, size=64),
        "which_patch": lambda: widgets.which_patch("block_6", turns=3, steps=2),
        "fooling_lab": lambda: widgets.fooling_lab(lite0, "coffee", "dalmatian", steps=6),
        "question_lab": lambda: widgets.question_lab(lite0, "coffee", target="espresso"),
        "guidance_lab": lambda: widgets.guidance_lab(reader, models.digit_net(1), denoiser, *digits),
    }


ALL = [name for name in widgets.__all__ if name not in ("guesses", "predict")]


class Plain(Control):
    """A control with nothing but steps."""

    def __init__(self, steps=lambda: iter(range(10_000)), total=10_000, draw=lambda: None):
        self.make_steps, self.total, self.draw_it = steps, total, draw
        super().__init__({}, [Text()])

    def begin(self):
        return self.make_steps(), self.total

    def draw(self):
        self.draw_it()


@pytest.fixture(scope="module", autouse=True)
def few_patches():
    """Patches that are quickly looked at."""
    few = neurons.patches()[:30]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neurons, "patches", lambda: few)
        yield


@pytest.fixture(autouse=True)
def nothing_left_open():
    yield
    for one in list(cells.opened):
        one.close()


async def until(condition, seconds=60):
    for _ in range(seconds * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen in time")


async def settled():
    """Whatever the loop still had to do is done: so many turns, not so much time."""
    for _ in range(200):
        await asyncio.sleep(0)


def pictures(control):
    return [part.value for part in control._shown]


@pytest.mark.parametrize("name", ALL)
def test_run_stop_go_on_and_reset(make, name):
    async def scenario():
        control = make[name]()
        first = pictures(control)
        assert control.done == 0
        assert not control.running
        assert control.error is None
        control.run()
        control.run()  # a second Run does no harm
        await until(lambda: control.done >= 2)
        assert control.running
        control.stop()
        at = control.done
        assert not control.running
        assert control.text.startswith(f"Stopped after {at} steps.")
        await settled()
        assert control.done == at, "it went on after Stop"
        assert pictures(control) != first
        control.run()
        await until(lambda: not control.running)
        assert control.done > at
        assert control.error is None
        assert control.text
        assert not control.text.startswith(("Running", "Stopped"))
        control.reset()
        assert control.done == 0
        assert control.text == ""
        if name != "regularizer_lab":  # which keeps the picture that it starts from
            assert pictures(control) == first

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ALL)
def test_a_changed_setting_starts_over_and_goes_on_running_only_if_it_ran(make, name):
    async def scenario():
        control = make[name]()
        slider = next(part for part in control.settings.values() if isinstance(part, Slider))
        control.take(2)
        slider.value = slider.max
        await until(lambda: control.done == 0)
        assert not control.running
        control.run()
        await until(lambda: control.done >= 1)
        begun, run = [], control.run
        control.run = lambda: begun.append(control.done) or run()
        slider.value = (slider.min + slider.max) / 2
        await until(lambda: begun)
        assert begun == [0]
        control.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ALL)
def test_every_picture_has_a_text_alternative_that_changes_with_it(make, name):
    async def scenario():
        control = make[name]()
        alternatives = lambda: re.findall(r'<img[^>]*alt="([^"]*)"', "".join(pictures(control)))  # noqa: E731
        before = alternatives()
        assert before
        assert all(len(alternative) > 5 for alternative in before)
        control.take(3)
        assert alternatives() != before
        assert all(part.description for part in control.settings.values())

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "field"),
    [("class_dreamer", "class"), ("regularizer_lab", "class"), ("fooling_lab", "target"), ("question_lab", "class")],
)
def test_an_unknown_class_is_one_sentence_and_the_control_goes_on_living(make, name, field):
    async def scenario():
        control = make[name]()
        control.settings[field].value = "dalmation"
        await until(lambda: "dalmatian" in control.text)
        assert control.text.startswith("There is no class 'dalmation'; the nearest: 'dalmatian'")
        control.later(control.run)()  # what the button does
        await settled()
        assert not control.running
        assert "There is no class" in control.text
        control.settings[field].value = "lemon"
        await until(lambda: control.text == "")
        control.take(1)
        assert control.done == 1
        assert control.error is None

    asyncio.run(scenario())


def test_an_exception_in_a_step_is_shown_and_never_swallowed():
    def failing():
        yield 1
        raise KeyError("a bug of ours")

    async def scenario():
        control = Plain(failing, 5)
        control.run()
        await until(lambda: control.error is not None)
        assert control.text == "KeyError: 'a bug of ours'"
        assert not control.running
        control.run()  # it can be tried again
        await until(lambda: control.done == 1)

    asyncio.run(scenario())


def test_a_readers_own_network_is_taken_with_class_names_or_without():
    torch.manual_seed(0)
    parts = nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4)
    module = nn.Sequential(*parts).train()

    async def scenario():
        for network, wanted in ((module, "2"), (Classifier.wrap(module, categories=["a", "b", "c", "d"]), "c")):
            for control in (
                widgets.class_dreamer(network, wanted, "simonyan2013", steps=3),
                widgets.regularizer_lab(wanted, "one_network", further=1, steps=2, size=48, network=network),
                widgets.fooling_lab(network, target=wanted, steps=3),
                widgets.neuron_browser(network, "0", 5, steps=3, size=48),
                widgets.which_patch("0", turns=3, model=network, steps=1),
                widgets.question_lab(network, method="smoothed", target=wanted, layer="0"),
            ):
                control.take(3)
                assert control.error is None
                assert control.done == 3
                control.close()

    asyncio.run(scenario())
    assert module.training


def test_it_needs_an_event_loop():
    with pytest.raises(RuntimeError, match="event loop of Jupyter"):
        Plain()


def test_other_work_gets_its_turn_between_two_steps():
    async def scenario():
        control = Plain()
        control.run()
        turns = 0
        while control.running and turns < 20:
            await asyncio.sleep(0)
            turns += 1
        assert turns == 20
        assert control.done >= 19

    asyncio.run(scenario())


def test_drawing_is_seldom_even_when_it_is_slow(monkeypatch):
    clock, drawn = [0.0], []
    monkeypatch.setattr("vizlib._display.time.monotonic", lambda: clock[0])

    def draw():
        drawn.append(clock[0])
        clock[0] += 0.03

    def steps():
        for _ in range(200):
            clock[0] += 0.005
            yield

    async def scenario():
        control = Plain(steps, 200, draw)
        control.run()
        while control.running:
            await asyncio.sleep(0)

    asyncio.run(scenario())
    within = drawn[1:-1]  # not the first and the last picture, which every run has
    assert len(within) >= 2
    assert 0.03 * len(within) < 0.1 * (drawn[-1] - drawn[0])


def test_stop_comes_from_another_thread_and_takes_effect_before_the_second_step_after_it():
    at = []

    async def scenario():
        control = Plain()
        press = control.later(control.stop)
        control.run()
        await until(lambda: control.done >= 3)
        thread = threading.Thread(target=lambda: at.append(control.done) or press())
        thread.start()
        thread.join()  # the loop takes no step meanwhile
        await settled()
        assert not control.running
        assert control.done <= at[0] + 1

    asyncio.run(scenario())


def test_when_a_cell_is_run_again_its_older_control_is_closed(monkeypatch):
    class Shell:
        execution_count = 1

        def get_parent(self):
            return {"metadata": {"cellId": "a-cell"}}

    async def scenario():
        monkeypatch.setattr(cells, "get_ipython", Shell)
        first, second = Plain(), Plain()  # two in one cell live together
        first.run()
        await until(lambda: first.done > 0)
        assert second in cells.opened
        Shell.execution_count = 2
        third = Plain()
        assert not first.running
        assert list(cells.opened) == [third]

    asyncio.run(scenario())


def test_controls_leave_no_hook_no_widget_and_little_memory_behind(make, lite0, fingerprint):
    before = fingerprint(lite0)
    process = psutil.Process(os.getpid())

    async def one_round():
        for name in ("class_dreamer", "neuron_browser", "fooling_lab", "regularizer_lab", "which_patch"):
            control = make[name]()
            control.run()
            await until(lambda control=control: control.done >= 1)
            control.close()
            assert not control.running
        await asyncio.sleep(0)

    asyncio.run(one_round())
    gc.collect()
    alive, memory = len(_instances), process.memory_info().rss
    for _ in range(5):
        asyncio.run(one_round())
    gc.collect()
    assert not cells.opened
    assert len(_instances) == alive
    assert (process.memory_info().rss - memory) / 2**20 < 25
    assert fingerprint(lite0) == before


def test_weight_descent_says_what_became_of_it(digits):
    async def scenario():
        control = widgets.weight_descent(models.digit_net(0), *(some[:200] for some in digits))
        for η, said in ((300, "η is too large"), (0.2, "Not there yet"), (10, "Arrived at the bottom")):
            control.settings["η"].value = η
            control.reset()
            control.take(60)
            assert control.text.startswith(said)

    asyncio.run(scenario())


@pytest.mark.parametrize(("place", "sentence"), [((5, 128), "from 0 to 127, not 128"), ((5,), "is 2 numbers")])
def test_weight_descent_wants_a_weight_that_is_there(digits, place, sentence):
    async def scenario():
        with pytest.raises(ValueError, match=sentence):
            widgets.weight_descent(models.digit_net(0), *digits, place=place)

    asyncio.run(scenario())


def test_pixel_descent_stops_when_the_network_is_satisfied(reader):
    async def scenario():
        control = widgets.pixel_descent(reader, 3)
        control.take(10_000)
        assert control.done < 200
        assert float(re.fullmatch(r"The network is satisfied: P\(3\) = (.*)\.", control.text)[1]) >= 0.95
        control.settings["confidence"].value = 0.5
        control.reset()
        control.take(10_000)
        assert 0.5 <= float(control.text.split("= ")[1].rstrip(".")) < 0.95

    asyncio.run(scenario())


def test_guidance_lab_samples_what_is_asked_for_and_as_much_as_the_scale_says(make):
    async def scenario():
        control = make["guidance_lab"]()
        read, variety = {}, {}
        for scale in (0, 10):
            control.settings["scale"].value = scale
            control.reset()
            control.take(10_000)
            said = re.fullmatch(r"(\d+) of 10 are .* 3; the other .*; variety (\S+), of real digits .*\.", control.text)
            read[scale], variety[scale] = int(said[1]), float(said[2])
        assert read[0] < read[10]
        assert read[10] >= 7
        assert variety[10] < variety[0]
        # σ falls by the factor 1 − w a step, from 3 to 0.03.
        assert 0.9**control.done <= 0.01 < 0.9 ** (control.done - 1)

    asyncio.run(scenario())


def test_guidance_lab_holds_sigma_or_lets_it_fall(make):
    async def scenario():
        control = make["guidance_lab"]()
        control.take(10)
        assert f"σ is now {3 * 0.9**10:.2f}" in pictures(control)[0]
        control.settings["schedule"].value = "is held"
        control.settings["σ"].value = 0.2
        control.reset()
        control.take(10)
        assert "σ is now 0.20" in pictures(control)[0]
        control.take(10_000)
        assert control.done == 100

    asyncio.run(scenario())


def test_class_dreamer_asks_the_others_and_saves_without_overwriting(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def scenario():
        control = make["class_dreamer"]()
        control.take(6)
        picture, said, strip = pictures(control)
        assert all(name in said for name in models.LITE)
        assert control.text.startswith("efficientnet_lite2: probability")
        assert "6 pictures for cup, from step 1 to step 6" in strip
        save = next(b for b in control.children[1].children if b.description == "Save as PNG")
        save.click()
        await until(lambda: "Saved as dream.png" in control.text)
        assert "vizlib" in Image.open(tmp_path / "dream.png").text
        save.click()
        await until(lambda: "already" in control.text)
        control.settings["file"].value = "dream.jpg"
        save.click()
        await until(lambda: "end the name in .png" in control.text)

    asyncio.run(scenario())


@pytest.mark.parametrize("recipe", recipes.PRESETS)
@pytest.mark.usefixtures("cpu")
def test_class_dreamer_makes_what_the_recipe_says(recipe):
    async def scenario():
        control = widgets.class_dreamer(None, "cup", "maco")
        control.settings["recipe"].value = recipe
        control.reset()
        preset = recipes.get(recipe)
        assert (control.settings["η"].value, control.settings["steps"].value) == (preset.lr, preset.steps)
        control.take(1)
        expected = Rendering("cup", recipe)
        next(expected)
        shown = Picture(320)
        caption = re.search(r"<div>(.*?)</div>", pictures(control)[0])[1]
        shown.show(expected.picture(), caption, f"The picture for cup: {caption}")
        assert pictures(control)[0] == shown.value

    asyncio.run(scenario())


def test_nothing_is_saved_or_drawn_while_a_setting_is_wrong(lite0, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def scenario():
        dreamer = widgets.class_dreamer(lite0, "cupp", "simonyan2013")
        assert "There is no class 'cupp'" in dreamer.text
        next(b for b in dreamer.children[1].children if b.description == "Save as PNG").click()
        await until(lambda: "no picture yet" in dreamer.text)
        lab = widgets.fooling_lab(lite0, target="cupp")
        lab.settings["k"].value = 5
        await settled()
        assert "There is no class 'cupp'" in lab.text

    asyncio.run(scenario())
    assert not list(tmp_path.iterdir())


def sources(control):
    return [re.search(r"base64,([^\"]*)", value)[1] for value in pictures(control)]


@pytest.mark.usefixtures("cpu")
def test_regularizer_lab_keeps_the_first_picture_and_shows_what_one_change_does(make):
    async def scenario():
        control = make["regularizer_lab"]()
        assert control._total == 6
        control.take(6)
        before, without, with_ = sources(control)
        assert len({before, without, with_}) == 3
        assert all("efficientnet_lite2" in value for value in pictures(control))
        assert "TotalVariation weight: none → 0.01" in pictures(control)[2]
        control.settings["value"].value = 0.5
        await until(lambda: control.done == 0)
        assert control._total == 3, "the first picture is not made again"
        control.take(3)
        assert sources(control)[:2] == [before, without]
        assert sources(control)[2] != with_
        control.settings["class"].value = "cup"
        control.reset()
        assert control._total == 6

    asyncio.run(scenario())


def test_regularizer_lab_changes_nothing_while_the_setting_is_that_of_the_recipe(make):
    async def scenario():
        control = make["regularizer_lab"]()
        value = control.settings["value"]
        control.settings["change"].value = "Rotate degrees"
        await until(lambda: value.value == 30)
        assert (value.min, value.max, value.log) == (0, 180, False)
        control.take(6)
        _, without, with_ = sources(control)
        assert without == with_
        value.value = 90
        control.reset()
        control.take(6)
        _, again, other = sources(control)
        assert again == without
        assert other != without
        assert "Rotate degrees: 30 → 90" in pictures(control)[2]
        value.value = 0
        control.settings["change"].value = "Scale low"
        await until(lambda: value.value == 0.6)
        value.value = 1
        control.reset()
        control.take(6)
        assert control.error is None

    asyncio.run(scenario())


@pytest.mark.parametrize("recipe", ["one_network", "cs231n"])
def test_every_change_that_regularizer_lab_offers_can_be_made(recipe):
    async def scenario():
        control = widgets.regularizer_lab("lemon", recipe, further=1, steps=1, size=64)
        choice = control.settings["change"]
        assert ("Blur sigma" in choice.options) == (recipe == "cs231n"), "a projection acts on pixels only"
        for name in choice.options:
            choice.value = name
            control.reset()
            control.take(2)
            assert control.error is None, name
            assert name in pictures(control)[2]

    asyncio.run(scenario())


@pytest.mark.parametrize("recipe", ["default", "cs231n"])  # with a running mean; with a blur after the tenth update
@pytest.mark.usefixtures("cpu")
def test_regularizer_lab_goes_on_as_the_first_picture_would_have(recipe):
    async def scenario():
        control = widgets.regularizer_lab("lemon", recipe, further=5, steps=7, size=64)
        control.take(12)
        whole = Rendering("lemon", recipe, steps=12, size=64)
        for _ in whole:
            pass
        assert torch.equal(control._branches[0].picture(), whole.picture())
        assert control._branches[0].trace == whole.trace
        assert len(control._base.trace) == 7, "the first picture stays as it is"

    asyncio.run(scenario())


def test_neuron_browser_shows_the_patches_that_fire_a_channel_most(lite0, make):
    async def scenario():
        control = make["neuron_browser"]()
        control.settings["channel"].value = 5
        control.reset()
        chain = lite0.network[:7]  # the stem and six blocks
        with torch.no_grad():
            strength = chain((neurons.patches() - lite0.mean) / lite0.std)[:, 5].mean(dim=(1, 2))
        shown = Picture(120)
        best = f"{strength.max().item():.2f}"
        shown.show(neurons.patches()[strength.argmax()], best, f"A patch of a photo, mean activation {best}")
        assert control._shown[1].value == shown.value
        control.settings["channel"].value = control.settings["channel"].max
        control.settings["layer"].value = "stem"
        await until(lambda: control._layer == "stem")
        assert control.error is None
        assert control.settings["channel"].value == control.settings["channel"].max == 31

    asyncio.run(scenario())


def test_a_slow_change_of_one_setting_by_another_ends_no_run(make, monkeypatch):
    """JupyterLab delivers a change in another thread; what follows from it is done on the kernel's loop."""
    threads, reached, go_on = [], threading.Event(), threading.Event()
    kind = widgets.neuron_browser
    fit = kind.sync_settings

    def slow(control):
        threads.append(threading.current_thread())
        reached.set()
        go_on.wait(60)
        fit(control)

    async def scenario():
        control = make["neuron_browser"]()
        control.settings["channel"].value = 39
        control.reset()
        control.settings["steps"].value = 400
        control.run()
        await until(lambda: control.done >= 1)
        monkeypatch.setattr(kind, "sync_settings", slow)

        def change():
            control.settings["layer"].value = "stem"  # has 32 channels
            reached.wait(60)
            control.settings["steps"].value = 300  # meanwhile
            go_on.set()

        thread = threading.Thread(target=change)
        thread.start()
        await until(lambda: control._layer == "stem" and control.done >= 1)
        thread.join()
        assert set(threads) == {threading.main_thread()}
        assert control.error is None
        assert control.running
        assert control._n == 31
        assert len(control._rendering) == 300

    asyncio.run(scenario())


def test_neuron_browser_says_when_a_channel_is_silent(lite0):
    async def scenario():
        control = widgets.neuron_browser(lite0, "head", 8, steps=3, size=64)
        control.take(3)
        assert "did not fire this channel" in control.text
        control.settings["layer"].value = "block_6"
        control.reset()
        control.take(3)
        assert control.text == "Done after 3 steps."

    asyncio.run(scenario())


async def answer(control, side):
    """Press a button, and give what the control says then."""
    control.say("")
    next(b for b in control.children[1].children if b.description == side).click()
    await until(lambda: control.text)
    return control.text


@pytest.mark.usefixtures("cpu")
def test_which_patch_asks_for_every_unit_and_tells_at_the_end(make, lite0):
    async def scenario():
        control = make["which_patch"]()
        assert await answer(control, "Left") == "The picture is not finished yet. Press Run."
        fired = neurons.strengths(lite0)["block_6"][:, control._units]
        for turn in range(3):
            left, right = (fired[i, turn].item() for i in control._pair(turn))
            assert control.right[turn] == ("left" if left > right else "right")
            assert max(left, right) == fired[:, turn].max()
            control.take(2)  # the picture
            said = await answer(control, ("Left", "Left", "Right")[turn])
            if turn < 2:
                assert said == f"Turn {turn + 2} of 3: which patch fires the unit more, left or right?"
                assert control._review.value == ""
        score = sum(a == b for a, b in zip(control.right, ("left", "left", "right"), strict=True))
        assert said == f"{score} of 3 right. Guessing gives 0 to 3."
        assert control._review.value.count("<img") == 3
        assert control._review.value.count(": wrong") == 2 * (3 - score), "in the caption and in the text alternative"
        assert "The test is over" in await answer(control, "Left")
        assert control.answers == ["left", "left", "right"]

    asyncio.run(scenario())


@pytest.mark.usefixtures("cpu")
def test_which_patch_makes_the_next_pictures_while_one_looks():
    async def scenario():
        control = widgets.which_patch("block_6", turns=4, steps=2)
        control.run()
        await until(lambda: not control.running)
        assert [len(one.trace) for one in control._renderings] == [2] * 4
        assert control.text == "Turn 1 of 4: which patch fires the unit more, left or right?"
        await answer(control, "Right")
        for go_on in (control.run, lambda: control.take(1)):  # there are no more pictures to make
            go_on()
            await until(lambda: not control.running)
            assert control.answers == ["right"]
        for _ in range(3):
            said = await answer(control, "Right")
        assert "of 4 right" in said
        with pytest.raises(ValueError, match="has 32 units, too few for 33 turns"):
            widgets.which_patch("stem", turns=33).begin()

    asyncio.run(scenario())


def test_which_patch_draws_units_and_sides_by_the_seed():
    async def scenario():
        first, same, other = (widgets.which_patch("block_6", turns=12, seed=seed) for seed in (1, 1, 2))
        assert (first._units, first.right) == (same._units, same.right)
        assert first._units != other._units
        assert len(set(first._units)) == 12
        rights = [widgets.which_patch("block_6", turns=30, seed=seed).right for seed in range(4)]
        assert 40 <= sum(right.count("left") for right in rights) <= 80

    asyncio.run(scenario())


def test_guessing_gives_the_middle_of_the_binomial_distribution():
    assert guessing(12) == (3, 9, pytest.approx(0.9614, abs=1e-4))
    for turns in (1, 2, 3, 30):
        low, high, share = guessing(turns)
        assert share >= 0.95
        draws = torch.distributions.Binomial(turns, 0.5)
        values = torch.arange(low, high + 1).float()
        assert share == pytest.approx(draws.log_prob(values).exp().sum().item(), abs=1e-5)


def test_fooling_lab_fools_and_asks_three_networks(lite0):
    async def scenario():
        control = widgets.fooling_lab(lite0, "coffee", "dalmatian", epsilon=2)
        control.take(40)
        assert control.text.startswith("Fooled: dalmatian")
        assert control._shown[3].value.count("<tr>") == 4
        assert "largest change: 2.0" in control._shown[1].value
        assert 'alt="The photo coffee as it is now: dalmatian"' in control._shown[2].value
        control.settings["method"].value = "FGSM"
        control.reset()
        control.take(40)
        assert control.done == 1
        assert control.text.startswith("Not fooled")
        before = control._shown[1].value
        control.settings["k"].value = 60  # only the drawing changes
        await until(lambda: control._shown[1].value != before)
        assert control.done == 1

    asyncio.run(scenario())


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_fooling_lab_takes_a_photo_of_the_readers(make):
    async def scenario():
        control = make["fooling_lab"]()
        control.settings["photo"].value = "your own"
        await until(lambda: "Choose a file" in control.text)
        upload = control.settings["upload"]
        upload.set_trait("name", "broken.png")
        upload.set_trait("value", b"no picture at all")
        await until(lambda: control.text == "'broken.png' cannot be read as a picture.")
        upload.set_trait("value", png(np.random.default_rng(0).integers(0, 255, (300, 500, 3), dtype=np.uint8)))
        await until(lambda: control.text == "")
        control.take(6)
        assert control.error is None
        assert control.done == 6
        upload.set_trait("refused", "holiday.txt (3 KiB)")
        await until(lambda: "holiday.txt (3 KiB) cannot be read as a picture" in control.text)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("size", "kind"), [((8, 89), "png"), ((89, 8), "png"), ((64, 640), "jpeg"), ((160, 160), "jpeg")]
)
def test_a_strip_of_small_pictures_keeps_its_pixels(size, kind):
    assert f"data:image/{kind};" in picture_html(torch.rand(3, *size), "", "", 320)


@pytest.mark.parametrize(
    ("given", "shown", "wanted"), [(0, "cup", "cup"), (2, "2", 2), ("2", "2", 2), ("cup", "cup", "cup")]
)
def test_a_class_may_be_given_by_its_number(given, shown, wanted):
    field = ClassField(Classifier.wrap(nn.Identity(), categories=["cup", "crane", "crane"]), given)
    assert (field.value, field.wanted) == (shown, wanted)


def test_an_upload_is_cut_to_its_middle_square():
    pixels = np.zeros((20, 60, 3), dtype=np.uint8)
    pixels[:, 20:40] = 255
    upload = Upload(side=10, value=png(pixels), name="bar.png")
    image = upload.image()
    assert image.shape == (3, 10, 10)
    assert image.min() > 0.8


def test_a_slider_refuses_what_it_cannot_show():
    slider = Slider(description="η", value=1, min=0.1, max=10)
    with pytest.raises(ValueError, match="η must be from 0.1 to 10, not 11"):
        slider.value = 11
    assert slider.value == 1


def test_captions_are_text_not_html():
    picture = Picture()
    picture.show(torch.zeros(1, 4, 4), "<b>bold</b>", 'with "quotes"')
    assert "&lt;b&gt;" in picture.value
    assert "&quot;quotes&quot;" in picture.value
