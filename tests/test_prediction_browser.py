"""Predictions in a real JupyterLab in a real browser: right, wrong, none, changed after the answer."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.lab import SHOWN, open_notebook, photograph, run_cell, set_theme, until, write_notebook

pytestmark = pytest.mark.browser

CELLS = [
    "from vizlib import widgets",
    "steps = widgets.predict('How many steps does it need?', (1, 500), 'steps')\nsteps",
    "steps.answer(17, why='The slope is steep.')",
    "animal = widgets.predict('Which animal is it?', ['a cat', 'a dog', 'a fox'])\nanimal",
    "animal.answer('a dog', why='It barks.')",
    "widgets.guesses()",
]


@pytest.fixture
def page(browser, lab, lab_folder, request):
    name = f"guess_{abs(hash(request.node.name))}"  # a kernel of its own
    page = browser.new_page(viewport={"width": 1100, "height": 1100})
    write_notebook(lab_folder / f"notebooks/{name}.ipynb", CELLS)
    open_notebook(page, lab, name)
    run_cell(page, 0)
    yield page
    page.close()


def control(page, index):
    return page.locator(f"{SHOWN} .jp-CodeCell").nth(index).locator(".vizlib-predict")


def says(page, index, sentence):
    line = control(page, index).get_by_role("status")
    until(lambda: line.inner_text() == sentence, sentence)


def shown(page, index):
    place = run_cell(page, index).locator(".jp-OutputArea-output")
    return until(lambda: place.count() and place.first.inner_text(), f"what cell {index} shows")


def test_wrong_by_mouse_right_by_keyboard_and_the_first_guess_counts(page):
    run_cell(page, 1)
    field, button = control(page, 1).get_by_role("spinbutton"), control(page, 1).get_by_role("button")
    field.fill("501")  # not in the range: the browser says so, and nothing is committed
    button.click()
    says(page, 1, "")
    field.fill("30")
    button.click()
    says(page, 1, "Your guess: 30 steps. Now run the next cell.")
    assert shown(page, 2).startswith("You said 30 steps; it is 17 steps: 13 too high.")
    says(page, 1, "You said 30 steps; it is 17 steps: 13 too high.")
    assert button.is_disabled()
    assert field.is_disabled()
    run_cell(page, 1)  # again: what was guessed stays
    says(page, 1, "You said 30 steps; it is 17 steps: 13 too high.")

    run_cell(page, 3)
    control(page, 3).get_by_role("radio", name="a cat").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    says(page, 3, "Your guess: a dog. Now run the next cell.")
    photograph(page, "prediction")
    assert "right" in shown(page, 4)
    assert "1 of 2 right." in shown(page, 5)


def test_without_a_guess_the_truth_is_shown(page):
    run_cell(page, 1)
    assert shown(page, 2).startswith("It is 17 steps.")
    assert "The slope is steep." in page.inner_text(f"{SHOWN} .jp-Notebook")
    assert shown(page, 5) == "No guess was made before its answer was shown."


def test_accessible_in_both_themes(page):
    run_cell(page, 1)
    run_cell(page, 3)
    group = control(page, 3).get_by_role("group", name="Predict. Which animal is it?")
    until(lambda: group.count() == 1, "the question as the name of the group")
    for theme in ("Light", "Dark"):
        set_theme(page, theme)
        found = Axe().run(page, f"{SHOWN} .vizlib-predict").response
        assert found["passes"]
        assert not [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")]
    set_theme(page, "Light")
