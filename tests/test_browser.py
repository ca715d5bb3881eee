"""The course in a real JupyterLab in a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab on a copy of the notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--port-retries=0",
         "--IdentityProvider.token=", "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
         f"--ServerApp.root_dir={folder}"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=5)
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail("JupyterLab did not start within two minutes")
        yield address
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, request):
    page = browser.new_page(viewport={"width": 1100, "height": 1500})
    yield page
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{request.node.name}.png")
    page.close()


def open_notebook(page, lab, name):
    page.goto(f"{lab}/lab/tree/notebooks/{name}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)


def test_the_first_cell_of_the_course_shows_a_picture_with_a_text_alternative(lab, page):
    open_notebook(page, lab, "00_start_here")
    page.click(".jp-CodeCell .cm-content >> nth=0")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(
        "from vizlib.plotting import show_images\nfrom vizlib.render import render\n"
        "result = render('dumbbell', steps=3, size=64)\nshow_images([result.image], ['a title'], alt='fresh from the kernel')"
    )
    page.keyboard.press("Shift+Enter")
    picture = page.get_by_role("img", name="fresh from the kernel")
    picture.wait_for(timeout=120_000)
    assert picture.evaluate("image => image.complete && image.naturalWidth > 50")


def test_stored_pictures_are_shown_and_named_without_running(lab, page):
    open_notebook(page, lab, "02_update_the_pixels")
    first = page.get_by_role("img", name="A uniformly grey square")
    first.scroll_into_view_if_needed(timeout=60_000)
    assert first.evaluate("image => image.complete && image.naturalWidth > 50")


def test_a_mistake_is_one_sentence_in_the_notebook(lab, page):
    open_notebook(page, lab, "00_start_here")
    page.click(".jp-CodeCell .cm-content >> nth=0")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("from vizlib.render import render\nrender('dumbel')")
    page.keyboard.press("Shift+Enter")
    page.get_by_text("There is no class 'dumbel'; the nearest: 'dumbbell'").first.wait_for(timeout=120_000)
