"""The course in a real JupyterLab in a real browser."""

import pytest

from tests.lab import open_notebook

pytestmark = pytest.mark.browser


def test_the_first_cell_of_the_course_shows_a_picture_with_a_text_alternative(lab, page):
    open_notebook(page, lab, "00_start_here")
    page.click(".jp-CodeCell .cm-content >> nth=0")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(
        "import vizlib\nfrom vizlib.plotting import show_images\n"
        "result = vizlib.render('dumbbell', steps=3, size=64)\nshow_images(result.images, ['a title'], alt='fresh from the kernel')"
    )
    page.keyboard.press("Shift+Enter")
    picture = page.get_by_role("img", name="fresh from the kernel")
    picture.wait_for(timeout=120_000)
    assert picture.evaluate("image => image.complete && image.naturalWidth > 50")


def test_stored_pictures_are_shown_and_named_without_running(lab, page):
    open_notebook(page, lab, "02_update_the_pixels")
    first = page.get_by_role("img", name="A smudge")
    first.scroll_into_view_if_needed(timeout=60_000)
    assert first.evaluate("image => image.complete && image.naturalWidth > 50")


def test_a_mistake_is_one_sentence_in_the_notebook(lab, page):
    open_notebook(page, lab, "00_start_here")
    page.click(".jp-CodeCell .cm-content >> nth=0")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("import vizlib\nvizlib.render('dumbel')")
    page.keyboard.press("Shift+Enter")
    page.get_by_text("There is no class 'dumbel'; the nearest: 'dumbbell'").first.wait_for(timeout=120_000)
