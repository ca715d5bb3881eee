"""The controls in a real JupyterLab in a real browser, by mouse and by keyboard."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.lab import SHOWN, open_beside, open_notebook, photograph, printed, run_cell, set_theme, until, write_notebook

pytestmark = pytest.mark.browser

SETUP = """import os
from torch.nn.functional import cross_entropy
from vizlib import data, denoise, models, widgets
from vizlib.descent import descend
from vizlib.widgets.cells import opened
"""
DIGITS = """
images, labels, *_ = data.digits()
small = models.digit_net(0)
for _ in descend(lambda: cross_entropy(small(images), labels), small.parameters(), 0.2, 60):
    pass
"""
DENOISER = f"""{DIGITS}
denoiser = denoise.Denoiser()
for _ in denoise.train(denoiser, images, steps=100):
    pass
"""
IMAGENET = "\nnet = models.load()\n"
# The cells of the notebook of a control: what it needs, the control, and two others.
SETUP_CELL, CONTROL_CELL, OTHER_CELL, STATE_CELL = range(4)
OTHERS = [  # the notebooks share a kernel
    "print('another cell ran')",
    "mine = [c for c in opened if c.name == {name!r}]\nprint(len(mine), sum(c.running for c in mine), os.getpid())",
]
# For every control: its cells, and a setting with another value for it. Steps enough that Stop comes half-way.
CASES = {
    "weight_descent": (DIGITS, "small, images, labels", "learning rate η", 2),
    "pixel_descent": (DIGITS, "small, lr=0.002", "digit", 7),
    "class_dreamer": (IMAGENET, "net, recipe='one_network', steps=300", "learning rate η", 4),
    "regularizer_lab": (IMAGENET, "recipe='one_network', steps=4, size=64, further=200", "value", 0.5),
    "neuron_browser": (IMAGENET, "net, steps=400, size=96", "channel", 12),
    "which_patch": (IMAGENET, "steps=40", "seed", 7),
    "guidance_lab": (DENOISER, "small, small, denoiser, images, labels", "w, part of the way", 0.05),
    "fooling_lab": (IMAGENET, "net, steps=300", "ε in 1/255", 8),
    "question_lab": (IMAGENET, "net, method='inversion', steps=300", "seed", 7),
}


class Control:
    """A control on a page, as a reader sees and handles it."""

    def __init__(self, page, name):
        self.page, self.name, (*_, self.setting, self.value) = page, name, CASES[name]
        self.root = page.locator(PLACE)

    def button(self, name):
        return self.root.get_by_role("button", name=name, exact=True)

    def slider(self, label):
        return self.root.get_by_role("slider", name=f"{label} (slider)", exact=True)

    def field(self, label):
        return self.root.get_by_label(label, exact=True)

    def click(self, name):
        self.button(name).click()

    def press(self, name, key="Enter"):
        """A button, by keyboard alone."""
        self.tab_to(self.button(name))
        self.page.keyboard.press(key)

    def tab_to(self, place):
        way = """to => { const from = document.activeElement;
            return from === to ? "" : from.compareDocumentPosition(to) & Node.DOCUMENT_POSITION_FOLLOWING ? "Tab" : "Shift+Tab"; }"""
        for _ in range(70):
            if not (key := place.evaluate(way)):
                return
            self.page.keyboard.press(key)
        pytest.fail(f"{place} is not reached by the Tab key")

    def steps(self):
        return int(re.match(r"\s*(\d+)", self.root.locator(".vizlib-text:has(progress)").inner_text()).group(1))

    def pictures(self):
        """Source and text alternative of every picture; a drawing has its shapes in place of a source."""
        return self.root.evaluate(
            "root => [...root.querySelectorAll('img, svg')].map(one => [one.src ?? one.innerHTML, one.alt ?? one.ariaLabel])"
        )

    def says(self, text):
        """Wait for a sentence that begins with this, and give it."""
        until(lambda: self.said().startswith(text), text)
        return self.said()

    def said(self):
        return self.root.get_by_role("status").inner_text()

    def wait_for_steps(self, least):
        """Wait for so many steps, and give the fewest and the last that were seen on the way."""
        seen = []
        until(lambda: seen.append(self.steps()) or seen[-1] >= least, f"{least} steps")
        return min(seen), seen[-1]

    def start_over_is_seen(self):
        until(lambda: self.steps() == 0, "a start over")


PLACE = f"{SHOWN} .vizlib-control"


@pytest.fixture(scope="module")
def show(browser, lab, lab_folder):
    """A function that shows the notebook of a control, and gives the page, which is the same for all."""
    page = browser.new_page(viewport={"width": 1100, "height": 1500})
    prepared = set()

    def give(name):
        if name not in prepared:
            setup, arguments, *_ = CASES[name]
            cells = [SETUP + setup, f"widgets.{name}({arguments})", *(cell.format(name=name) for cell in OTHERS)]
            write_notebook(lab_folder / f"notebooks/{name}.ipynb", cells)
        open_beside(page, name) if prepared else open_notebook(page, lab, name)
        if name not in prepared:
            run_cell(page, SETUP_CELL)
        prepared.add(name)
        return page

    yield give
    page.close()


@pytest.fixture
def control(show, request):
    """The control of this name, freshly made."""
    page = show(request.param)
    run_control(page)
    made = Control(page, request.param)
    made.start_over_is_seen()
    yield made
    photograph(page, request.node.name)
    made.click("Stop")


def run_control(page):
    """Run the control's cell, and wait until the new control stands in the place of the old one."""
    page.evaluate("place => document.querySelector(place)?.setAttribute('data-old', '')", PLACE)
    run_cell(page, CONTROL_CELL)
    page.wait_for_selector(f"{PLACE}:not([data-old])")


def each(names):
    return pytest.mark.parametrize("control", names, indirect=True)


def state_of(page):
    """Controls that are open, controls that run, and the kernel's process."""
    return SimpleNamespace(
        **dict(zip(("open", "running", "process"), map(int, printed(page, STATE_CELL).split()), strict=True))
    )


def stop(control, by):
    """Stop half-way: it says after how many steps, takes no further one, and the kernel rests."""
    by("Stop")
    stopped = int(re.match(r"Stopped after (\d+) steps\.", control.says("Stopped after")).group(1))
    until(lambda: control.steps() == stopped, f"{stopped} steps")
    assert state_of(control.page).running == 0
    control.page.wait_for_selector(f"{SHOWN} .jp-Notebook-ExecutionIndicator[data-status=idle]")
    assert control.steps() == stopped
    return stopped


@each(CASES)
def test_by_mouse(control):
    first = control.pictures()
    control.click("Step")
    until(lambda: control.steps() == 1, "one step")
    assert control.pictures() != first

    control.click("Run")
    control.says("Running.")
    control.click("Run")  # harmless
    control.wait_for_steps(4)
    stopped = stop(control, control.click)
    half_way = control.pictures()
    assert half_way != first
    control.click("Run")
    fewest, _ = control.wait_for_steps(stopped + 2)
    assert fewest >= stopped, "it goes on from where it was"
    assert control.pictures() != half_way
    control.click("Reset")
    control.start_over_is_seen()
    if control.name != "regularizer_lab":  # which keeps the picture that it starts from
        until(lambda: control.pictures() == first, "the first picture")
    assert state_of(control.page).running == 0  # what was on its way has arrived
    assert control.steps() == 0

    slider, field = control.slider(control.setting), control.field(control.setting)
    control.click("Step")
    until(lambda: control.steps() == 1, "one step")
    before, box = field.input_value(), slider.bounding_box()
    control.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    control.page.mouse.down()
    control.page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=4)
    control.page.mouse.up()
    control.start_over_is_seen()
    assert field.input_value() != before

    control.click("Step")
    until(lambda: control.steps() == 1, "one step")
    field.fill(str(control.value))
    field.press("Tab")
    control.start_over_is_seen()
    control.click("Step")
    until(lambda: control.steps() == 1, "one step")


@each(CASES)
def test_by_keyboard_alone(control):
    keyboard = control.page.keyboard
    control.root.locator("input, select, button").first.focus()
    for menu in control.root.locator("select").all():
        control.tab_to(menu)
        before = menu.input_value()
        there, back = (
            ("ArrowUp", "ArrowDown") if menu.evaluate("menu => menu.selectedIndex") else ("ArrowDown", "ArrowUp")
        )
        keyboard.press(there)
        assert menu.input_value() != before
        keyboard.press(back)
        assert menu.input_value() == before
    slider, field = control.slider(control.setting), control.field(control.setting)
    control.tab_to(slider)
    before = field.input_value()
    for _ in range(3):
        keyboard.press("ArrowRight")
    moved = field.input_value()
    assert float(moved) > float(before)

    control.press("Run")
    control.wait_for_steps(4)
    expect(control.button("Run")).to_be_focused()
    stopped = stop(control, lambda name: control.press(name, "Space"))
    assert field.input_value() == moved
    control.press("Run", "Space")
    fewest, _ = control.wait_for_steps(stopped + 2)
    assert fewest >= stopped, "it goes on from where it was"
    control.press("Reset", "Space")
    control.start_over_is_seen()
    control.press("Step")
    until(lambda: control.steps() == 1, "one step")

    control.tab_to(field)
    keyboard.press("Control+A")
    keyboard.type(str(control.value))
    keyboard.press("Enter")
    control.start_over_is_seen()
    assert float(field.input_value()) == control.value
    control.press("Step")
    until(lambda: control.steps() == 1, "one step")


@each(["weight_descent", "class_dreamer", "regularizer_lab"])
def test_other_cells_run_meanwhile_and_its_own_cell_ends_the_run(control):
    control.click("Run")
    control.wait_for_steps(2)
    assert printed(control.page, OTHER_CELL) == "another cell ran"
    state = state_of(control.page)
    assert (state.open, state.running) == (1, 1)
    control.wait_for_steps(control.steps() + 2)
    run_control(control.page)
    state = state_of(control.page)
    assert (state.open, state.running) == (1, 0)
    control.start_over_is_seen()


@each(CASES)
def test_accessible_and_readable_in_both_themes(control):
    control.click("Run")
    control.wait_for_steps(10)
    control.click("Stop")
    control.says("Stopped after")
    try:
        for theme in ("Light", "Dark"):
            set_theme(control.page, theme)
            found = Axe().run(control.page, PLACE).response
            assert len(found["passes"]) > 5
            severe = [
                (one["id"], [node["html"][:200] for node in one["nodes"]])
                for one in found["violations"] if one["impact"] in ("serious", "critical")
            ]  # fmt: skip
            assert not severe
            for place in (control.button("Run"), control.slider(control.setting), control.field(control.setting)):
                control.page.keyboard.press("Shift")  # so that focus is shown as a keyboard's
                place.focus()
                assert place.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
                assert place.evaluate("element => parseFloat(getComputedStyle(element).outlineWidth)") >= 2
            photograph(control.page, f"{control.name}_{theme.lower()}")
    finally:
        set_theme(control.page, "Light")


@pytest.mark.parametrize(
    ("control", "label"),
    [("class_dreamer", "class"), ("regularizer_lab", "class"), ("fooling_lab", "target")], indirect=["control"],
)  # fmt: skip
def test_an_unknown_class_is_one_sentence_with_the_nearest_name(control, label):
    field = control.field(label)
    field.fill("dumbel")
    field.press("Enter")
    control.says("There is no class 'dumbel'; the nearest: 'dumbbell'")
    control.click("Run")
    control.says("There is no class 'dumbel'; the nearest: 'dumbbell'")
    field.fill("bell pepper")
    field.press("Enter")
    until(lambda: control.said() == "", "no complaint")
    control.click("Step")
    until(lambda: control.steps() == 1, "one step")


@each(["class_dreamer"])
def test_a_dream_gets_second_opinions_and_is_saved_once(control, lab_folder):
    control.click("Run")
    control.wait_for_steps(3)
    control.click("Stop")
    for network in ("efficientnet_lite1", "efficientnet_lite2"):
        until(lambda network=network: f"{network}: probability" in control.root.inner_text(), network)
    control.field("file").fill("night.png")
    control.field("file").press("Enter")
    control.click("Save as PNG")
    control.says("Saved as night.png, with its settings.")
    with Image.open(lab_folder / "notebooks/night.png") as picture:
        assert "vizlib" in picture.text
    control.click("Save as PNG")
    control.says("There is a file 'night.png' already")


@each(["class_dreamer"])
def test_another_recipe_brings_its_settings(control):
    control.click("Step")
    until(lambda: control.steps() == 1, "one step")
    control.field("recipe").select_option("simonyan2013")
    control.start_over_is_seen()
    until(lambda: control.field("learning rate η").input_value() == "2", "the recipe's learning rate")
    assert control.field("steps").input_value() == "60"


@each(["regularizer_lab"])
def test_one_change_is_seen_beside_none(control):
    control.field("change").select_option("Rotate degrees")
    until(lambda: control.field("value").input_value() == "30", "the recipe's value")
    assert control.slider("value").get_attribute("max") == "180"
    control.field("further steps").fill("3")
    control.field("further steps").press("Tab")
    control.field("value").fill("0")
    control.field("value").press("Tab")
    until(lambda: "Rotate degrees: 30 → 0" in control.root.inner_text(), "the change in words")
    control.click("Run")
    until(lambda: control.root.inner_text().count("efficientnet_lite2: ") == 3, "three second opinions")
    sources = [source for source, _ in control.pictures()]
    assert len(set(sources)) == 3


@each(["which_patch"])
def test_a_test_on_oneself_by_mouse_and_keyboard(control):
    control.click("Right")
    control.says("The picture is not finished yet. Press Run.")
    control.click("Run")
    for turn in range(1, 13):
        until(lambda turn=turn: f"turn {turn} of 12" in control.root.inner_text(), f"turn {turn}")
        until(lambda: "of 40 steps" not in control.root.locator(".vizlib-picture").first.inner_text(), "the picture")
        if turn % 2:
            control.click("Left")
        else:
            control.press("Right", "Space")
    until(lambda: re.match(r"\d+ of 12 right\. Guessing gives 3 to 9\.", control.said()), "the result")
    text = control.root.inner_text()
    assert "3 to 9 of 12 in 96% of such tests" in text
    assert "65 ± 5%" in text
    assert len(control.pictures()) == 3 + 12


@each(["fooling_lab"])
def test_uploads_good_broken_and_huge(control, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (5000, 6000), dtype="uint8")
    Image.fromarray(noise[:300, :400]).save(tmp_path / "good.png")
    Image.fromarray(noise).save(tmp_path / "huge.png", compress_level=0)
    (tmp_path / "broken.png").write_bytes(noise[:50].tobytes())
    assert (tmp_path / "huge.png").stat().st_size > 10e6
    kernel = state_of(control.page).process
    chooser = control.root.locator("input[type=file]")

    def before():
        return control.pictures()[0]

    with control.page.expect_file_chooser():
        # The way there gives the browser time to notice that somebody waits: a chooser at once is sometimes missed.
        control.field("photo").focus()
        control.tab_to(chooser)
        control.page.keyboard.press("Enter")
    for name in ("good.png", "huge.png"):
        earlier = before()
        chooser.set_input_files(tmp_path / name)
        until(lambda earlier=earlier: before() != earlier, f"the picture of {name}")
        expect(control.field("photo")).to_have_value("your own")
        control.click("Step")
        until(lambda: control.steps() == 1, "one step")
        chooser.set_input_files(tmp_path / "broken.png")
        control.says("broken.png (293 KiB) cannot be read as a picture; try a PNG or JPEG file.")
        control.click("Reset")
        control.start_over_is_seen()
    assert state_of(control.page).process == kernel
