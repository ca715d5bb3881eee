"""A lesson typed live in a real JupyterLab on a projector of 1280×720 pixels, with a mistake and a dead kernel."""

import base64
import io
import json
import re

import nbformat
import numpy as np
import pytest
from PIL import Image

from tests.lab import open_notebook, photograph, until
from vizlib.teaching.stage import lessons, pages

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MISTAKE = """# 02.03 · what each way cost
with torch.no_grad():
    for values in model.parameters():
        values.clamp_(0, 1)
average = "not a picture\""""


class Lesson:
    """The starter of a lesson in JupyterLab, and the instructor's page beside it."""

    def __init__(self, browser, lab, lab_folder, tmp_path, number):
        self.source, cells, _ = lessons.find(f"{number}.01")
        self.seconds = {cell.id: 1.0 for cell in cells}
        pages.write_starters(self.source, tmp_path)
        name = f"starter_{number}"
        (tmp_path / self.source.name).rename(lab_folder / "notebooks" / f"{name}.ipynb")
        pages.write_page(self.source, tmp_path, self.seconds, {})
        self.read = browser.new_page()
        self.read.goto((tmp_path / f"{self.source.stem}.html").as_uri())
        self.page = browser.new_page(viewport={"width": 1280, "height": 720})
        open_notebook(self.page, lab, name)
        self.do("application:toggle-presentation-mode")
        self.do("application:toggle-left-area")

    def close(self):
        self.read.close()
        self.page.close()

    def do(self, command):
        self.page.evaluate("command => jupyterapp.commands.execute(command)", command)

    def ask(self, script, argument=None):
        """The answer of a script about ``panel``, the notebook that is shown."""
        return self.page.evaluate(
            f"x => {{ const panel = jupyterapp.shell.currentWidget; return {script}; }}", argument
        )

    def cells(self):
        """Id and source of every code cell, in order."""
        found = self.ask(
            "panel.content.widgets.map((c, i) => [i, c.model.type, c.model.id, c.model.sharedModel.getSource()])"
        )
        return [(place, name, source) for place, kind, name, source in found if kind == "code"]

    def place(self, name):
        return next(place for place, found, _ in self.cells() if found == name)

    def run(self, name, text=None):
        """Type a text into a cell, if one is given, and run it; gives its outputs."""
        place = self.place(name)
        self.ask("panel.content.activeCellIndex = x", place)
        self.ask("panel.content.scrollToItem(x)", place)
        self.ask("panel.content.mode = 'edit'")
        before = self.ask("panel.content.widgets[x].model.executionCount", place)
        if text is not None:
            until(
                lambda: self.page.evaluate("!!document.activeElement.closest('.cm-content')"), "the caret in the cell"
            )
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Control+Enter")

        def done():
            count = self.ask("panel.content.widgets[x].model.executionCount", place)
            return count not in (None, before) and self.ask("panel.sessionContext.session.kernel.status") == "idle"

        until(done, f"the end of cell {name}", seconds=600)
        return self.ask("panel.content.widgets[x].model.outputs.toJSON()", place)

    def below(self, name):
        """A new cell below one; gives its id."""
        known = {found for _, found, _ in self.cells()}
        self.ask("panel.content.activeCellIndex = x", self.place(name))
        self.do("notebook:insert-cell-below")
        return next(found for _, found, _ in self.cells() if found not in known)

    def on_page(self, name):
        """The code of a cell as the instructor's page shows it."""
        return self.read.locator(f"[id='cell-id={name}'] .highlight pre").inner_text().rstrip()

    def go_on(self, after=None, stop=None):
        """Run the cells after one, typing those that are empty from the instructor's page, up to another one."""
        names = [name for _, name, _ in self.cells()]
        names = names[names.index(after) + 1 if after else 0 : names.index(stop) if stop else None]
        outputs = []
        for _, name, source in [cell for cell in self.cells() if cell[1] in names]:
            emptied = re.fullmatch(r"# \d\d\.\d\d · .*", source)
            outputs = self.run(name, self.on_page(name) if emptied else None)
            assert not [out for out in outputs if out["output_type"] == "error"], (name, outputs)
        return outputs


def pictures(outputs):
    """Every picture of some outputs: its text alternative and its pixels."""
    found = re.findall(r'src="data:image/webp;base64,([^"]+)" alt="([^"]+)"', "".join(html(out) for out in outputs))
    return [(alt, np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), float)) for data, alt in found]


def html(out):
    return "".join(out.get("data", {}).get("text/html", ""))


def stored(path, name):
    """The pictures stored with a lesson for one of its cells."""
    cell = next(cell for cell in nbformat.read(path, 4).cells if cell.id == name)
    return pictures(json.loads(json.dumps(cell.outputs)))


def assert_same_pictures(found, wanted):
    assert len(found) == len(wanted) > 0
    for (alt, pixels), (wanted_alt, wanted_pixels) in zip(found, wanted, strict=True):
        assert re.sub(r"\d", "", alt) == re.sub(r"\d", "", wanted_alt)
        assert pixels.shape == wanted_pixels.shape
        assert np.abs(pixels - wanted_pixels).mean() < 3  # of 255


@pytest.fixture
def lesson(request, browser, lab, lab_folder, tmp_path):
    lesson = Lesson(browser, lab, lab_folder, tmp_path, request.param)
    yield lesson
    photograph(lesson.page, request.node.name)
    lesson.close()


@pytest.mark.parametrize("lesson", ["02"], indirect=True)
def test_a_mistake_in_the_third_cell_is_gone_after_catching_up(lesson):
    lesson.go_on(stop="cost")
    lesson.run("cost", MISTAKE)
    repair = lesson.below("cost")
    said = lesson.run(repair, 'stage.catch_up("02.04")')
    assert "Next: # 02.04" in "".join(out.get("text", "") for out in said)
    lesson.go_on(after=repair, stop="seven")
    assert_same_pictures(pictures(lesson.run("seven", lesson.on_page("seven"))), stored(lesson.source, "seven"))


@pytest.mark.parametrize("lesson", ["03"], indirect=True)
def test_a_kernel_that_died_comes_back_by_one_call(lesson):
    lesson.go_on(stop="cell-13")
    lesson.ask("panel.sessionContext.restartKernel().then(() => true)")
    again = lesson.below("cell-10")
    lesson.run(again, 'from vizlib.teaching import stage\nstage.catch_up("03.08")')
    lesson.go_on(after="cell-29", stop="cell-34")
    assert_same_pictures(pictures(lesson.run("cell-34")), stored(lesson.source, "cell-34"))


@pytest.mark.parametrize("lesson", ["02"], indirect=True)
def test_on_a_projector_text_is_large_and_no_output_is_higher_than_the_page(lesson):
    lesson.run("stage", "from vizlib.teaching import stage\nstage.projector()")
    lesson.run(lesson.below("stage"), 'stage.catch_up("02.09")')
    for name in ("ten-dream", "second-train"):
        lesson.run(name, lesson.on_page(name))
        shown = lesson.page.locator(".jp-CodeCell.jp-mod-active .jp-OutputArea-output").last
        assert shown.evaluate("out => out.closest('.jp-Cell-outputArea').getBoundingClientRect().height") < 520
        photograph(lesson.page, f"projector_{name}")
    points = "out => parseFloat(getComputedStyle(out).fontSize) * 72 / 96"
    assert shown.locator("pre").evaluate(points) >= 18
    lesson.run("play-begin")
    lesson.run("play")
    control = lesson.page.locator(".vizlib-control")
    assert min(control.locator("button, label, input").evaluate_all(f"all => all.map({points})")) >= 18
    photograph(lesson.page, "projector_play")
    lesson.run("stage", "stage.projector(False)")
    assert control.locator("button").first.evaluate(points) < 14
