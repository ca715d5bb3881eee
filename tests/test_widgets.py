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

from vizlib import data, models, recipes, widgets
from vizlib.classifier import Classifier
from vizlib.descent import descend
from vizlib.regularizers import ZOO, BatchNormStatistics, Projection, View
from vizlib.widgets import cells
from vizlib.widgets.classes import Switchboard
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Picture, Slider, Text, Upload


@pytest.fixture(scope="module")
def digits():
    return data.digits()[:2]


@pytest.fixture(scope="module")
def reader(digits):
    model = models.digit_net(0)
    list(descend(lambda: cross_entropy(model(digits[0]), digits[1]), model.parameters(), 0.2, 60))
    return model


@pytest.fixture
def make(lite0, digits, reader):
    """A function that makes a control by name, small enough for a test."""
    return {
        "weight_descent": lambda: widgets.weight_descent(models.digit_net(0), *digits, steps=8),
        "pixel_descent": lambda: widgets.pixel_descent(reader, 3, steps=60),
        "class_dreamer": lambda: widgets.class_dreamer(lite0, "cup", steps=6),
        "regularizer_lab": lambda: widgets.regularizer_lab(lite0, "lemon", steps=4, size=48),
        "neuron_browser": lambda: widgets.neuron_browser(lite0, "block_6", 3, steps=6, size=48),
        "fooling_lab": lambda: widgets.fooling_lab(lite0, "coffee", "dalmatian", steps=6),
    }


ALL = ["weight_descent", "pixel_descent", "class_dreamer", "regularizer_lab", "neuron_browser", "fooling_lab"]


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
        assert pictures(control)[0] == first[0]

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ALL)
def test_a_changed_setting_starts_over_and_goes_on_running_only_if_it_ran(make, name):
    async def scenario():
        control = make[name]()
        slider = next(
            part for part in control.settings.values() if isinstance(part, Slider) and part.description != "k"
        )
        control.take(2)
        slider.value = slider.max
        await until(lambda: control.done == 0)
        assert not control.running
        control.run()
        await until(lambda: control.done >= 1)
        begun, run = [], control.run
        control.run = lambda: begun.append(control.done) or run()
        slider.value = (slider.min + slider.max) / 2 if slider.description != "steps" else 50
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
    ("name", "field"), [("class_dreamer", "class"), ("regularizer_lab", "class"), ("fooling_lab", "target")]
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
        control = Control("test", {}, [Text()], lambda: (failing(), 5), lambda: None)
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
                widgets.class_dreamer(network, wanted, steps=3),
                widgets.regularizer_lab(network, wanted, "one_network", steps=3, size=48),
                widgets.fooling_lab(network, target=wanted, steps=3),
                widgets.neuron_browser(network, "0", 5, steps=3, size=48),
            ):
                control.take(3)
                assert control.error is None
                assert control.done == 3
                control.close()

    asyncio.run(scenario())
    assert module.training


def test_it_needs_an_event_loop():
    with pytest.raises(RuntimeError, match="event loop of Jupyter"):
        Control("test", {}, [], lambda: (iter(()), 0), lambda: None)


def test_other_work_gets_its_turn_between_two_steps():
    async def scenario():
        control = Control("test", {}, [Text()], lambda: (iter(range(10_000)), 10_000), lambda: None)
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
    monkeypatch.setattr("vizlib.widgets.control.time.monotonic", lambda: clock[0])

    def draw():
        drawn.append(clock[0])
        clock[0] += 0.03

    def steps():
        for _ in range(200):
            clock[0] += 0.005
            yield

    async def scenario():
        control = Control("test", {}, [Text()], lambda: (steps(), 200), draw)
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
        control = Control("test", {}, [Text()], lambda: (iter(range(10_000)), 10_000), lambda: None)
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
        make = lambda: Control("test", {}, [Text()], lambda: (iter(range(10**6)), 10**6), lambda: None)  # noqa: E731
        first, second = make(), make()  # two in one cell live together
        first.run()
        await until(lambda: first.done > 0)
        assert second in cells.opened
        Shell.execution_count = 2
        third = make()
        assert not first.running
        assert list(cells.opened) == [third]

    asyncio.run(scenario())


def test_twenty_controls_leave_no_hook_no_widget_and_little_memory_behind(make, lite0, fingerprint):
    before = fingerprint(lite0)
    process = psutil.Process(os.getpid())

    async def one_round():
        for name in ("class_dreamer", "neuron_browser", "fooling_lab", "regularizer_lab"):
            control = make[name]()
            control.run()
            await until(lambda control=control: control.done >= 1)
            control.close()
            assert not control.running
        await asyncio.sleep(0)

    asyncio.run(one_round())
    gc.collect()
    alive, memory = len(_instances), process.memory_info().rss
    for _ in range(20):
        asyncio.run(one_round())
    gc.collect()
    assert not cells.opened
    assert len(_instances) == alive
    assert (process.memory_info().rss - memory) / 2**20 < 100
    assert fingerprint(lite0) == before


def test_weight_descent_says_what_became_of_it(digits):
    async def scenario():
        control = widgets.weight_descent(models.digit_net(0), *digits)
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


def test_class_dreamer_asks_the_others_and_saves_without_overwriting(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def scenario():
        control = make["class_dreamer"]()
        control.settings["start"].value = "coffee"
        control.reset()
        control.take(6)
        said = control._shown[1].value
        assert all(name in said for name in models.LITE)
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


def test_nothing_is_saved_or_drawn_while_a_setting_is_wrong(lite0, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def scenario():
        dreamer = widgets.class_dreamer(lite0, "cupp")
        assert "There is no class 'cupp'" in dreamer.text
        next(b for b in dreamer.children[1].children if b.description == "Save as PNG").click()
        await until(lambda: "no picture yet" in dreamer.text)
        lab = widgets.fooling_lab(lite0, target="cupp")
        lab.settings["k"].value = 5
        await settled()
        assert "There is no class 'cupp'" in lab.text

    asyncio.run(scenario())
    assert not list(tmp_path.iterdir())


# Statistics have no switch, and a shift of 4,096 pixels is beyond its slider.
@pytest.mark.parametrize("preset", [name for name in recipes.PRESETS if name not in ("default", "many")])
def test_the_switches_are_the_preset(preset):
    board = Switchboard()
    wanted = recipes.get(preset).regularizers
    board.set(wanted)
    assert set(board.chosen()) == set(wanted)
    kinds = (View, Projection)
    for kind in kinds:  # their order counts
        order = [[one for one in some if isinstance(one, kind)] for some in (board.chosen(), wanted)]
        assert order[0] == order[1]


def test_every_regularizer_of_the_library_has_its_switch():
    switches = {name for name in Switchboard().parts if " " not in name}
    assert switches == ZOO.keys() - {BatchNormStatistics.__name__}


def test_regularizer_lab_shows_both_and_says_when_they_do_not_fit(make):
    async def scenario():
        control = make["regularizer_lab"]()
        control.take(4)
        without, with_ = pictures(control)
        assert without != with_
        assert "efficientnet_lite2" in with_
        control.settings["Blur"].value = True
        await until(lambda: "acts on pixels" in control.text)
        control.settings["preset"].value = "cs231n"
        await until(lambda: control.text == "")
        assert control.settings["Blur sigma"].value == 0.5
        assert not control.settings["Rotate"].value
        control.settings["L2"].value = control.settings["Jitter"].value = False
        control.settings["Blur"].value = control.settings["Clamp"].value = False
        await until(lambda: not control._changes)
        control.take(4)
        images = [re.search(r"base64,([^\"]*)", value)[1] for value in pictures(control)]
        assert images[0] == images[1], "without any switch on, both are the same picture"

    asyncio.run(scenario())


def test_neuron_browser_shows_the_photos_that_fire_a_channel_most(lite0, make):
    async def scenario():
        control = make["neuron_browser"]()
        control.settings["channel"].value = 5
        control.reset()
        photos = torch.stack([data.photo(name) for name in data.PHOTOS])
        chain = lite0.network[:7]  # the stem and six blocks
        with torch.no_grad():
            strength = chain((photos - lite0.mean) / lite0.std)[:, 5].mean(dim=(1, 2))
        best = list(data.PHOTOS)[strength.argmax()].replace("_", " ")
        assert f"{best}: {strength.max().item():.2f}" in control._shown[1].value
        control.settings["channel"].value = control.settings["channel"].max
        control.settings["layer"].value = "stem"
        await until(lambda: not control._changes)
        assert control.settings["channel"].value == control.settings["channel"].max == 31

    asyncio.run(scenario())


def test_neuron_browser_says_when_a_channel_is_silent(lite0):
    async def scenario():
        control = widgets.neuron_browser(lite0, "head", 0, steps=3, size=64)
        control.take(3)
        assert "never fires this channel" in control.text

    asyncio.run(scenario())


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
        upload.set_trait("content", b"no picture at all")
        await until(lambda: control.text == "'broken.png' cannot be read as a picture.")
        upload.set_trait("content", png(np.random.default_rng(0).integers(0, 255, (300, 500, 3), dtype=np.uint8)))
        await until(lambda: control.text == "")
        control.take(6)
        assert control.error is None
        assert control.done == 6
        upload.set_trait("refused", "holiday.txt (3 KiB)")
        await until(lambda: "holiday.txt (3 KiB) cannot be read as a picture" in control.text)

    asyncio.run(scenario())


def test_an_upload_is_cut_to_its_middle_square():
    pixels = np.zeros((20, 60, 3), dtype=np.uint8)
    pixels[:, 20:40] = 255
    upload = Upload(side=10, content=png(pixels), name="bar.png")
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
