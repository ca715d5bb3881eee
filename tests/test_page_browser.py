"""The pages that compute on the visitor's own device, in a real browser that reaches nothing but the site's own server."""

import copy
import functools
import http.server
import os
import re
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from page import build, export, gradient
from tests import bench
from tests.lab import photograph, until
from vizlib import __main__ as command
from vizlib import _stored, data, models, recipes
from vizlib.channels import opened
from vizlib.opinions import opinion

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PAGES = ["emerge", "loops", "dalmatian", "channel"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm",
    }  # fmt: skip

    def log_message(self, *args):
        pass


class Isolated(Quiet):
    """With what a browser wants to hear before it lets a page have threads."""

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The pages of the site that `make site` has just built, or built here."""
    if site := os.environ.get("SITE"):
        return Path(site).resolve() / "live"
    folder = tmp_path_factory.mktemp("pages") / "live"
    build.main([str(folder)])
    return folder


@pytest.fixture(scope="session", params=[Quiet])
def address(request, folder):
    handler = functools.partial(request.param, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def page(browser, address):
    """A page of the size of a telephone; it fails if anything was asked of another host, or the script failed."""
    context = browser.new_context(viewport={"width": 390, "height": 900}, accept_downloads=True)
    page = context.new_page()
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong
    assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))]


def open_page(page, address, name, fragment=""):
    page.goto(f"{address}/{name}.html{fragment}")
    says(page, "Ready")
    return page


def says(page, beginning, seconds=120):
    until(lambda: page.inner_text("#said").startswith(beginning), beginning, seconds)


def steps(page):
    found = re.match(r"Step (\d+)", page.inner_text("#numbers"))
    return int(found[1]) if found else 0


def accessible(page):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response
        assert not [
            (one["id"], one["nodes"][0]["html"])
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", PAGES)
def test_accessible_and_narrow_enough(page, address, name):
    open_page(page, address, name)
    accessible(page)
    photograph(page, f"page_{name}")


ASK = """async ([image, target]) => {
    const settings = await (await fetch("settings.json")).json();
    const { Networks } = await import("./src/networks.js");
    const networks = new Networks(new URL("./", location).href, settings, () => {});
    const wanted = { target, against: 0.2, statistics: 0.3 };
    const { logits, gradient } = await networks.ask("efficientnet_lite0", Float32Array.from(image), wanted);
    return [[...logits], [...gradient]];
}"""


def test_the_gradient_in_the_browser_is_torchs(page, address):
    """With the weights in half precision that the page has, where a ReLU6 or two may fall the other way; the rounding
    itself changes more, 11 % of the length here, and noise of half a level in the photo 56 %."""
    target, image = 285, data.photo("chelsea", 160)
    open_page(page, address, "emerge")
    logits, found = map(torch.tensor, page.evaluate(ASK, [image.flatten().tolist(), target]))
    one_hot = torch.nn.functional.one_hot(torch.tensor([target]), 1000).float()
    climb = gradient.Climb(models.load("efficientnet_lite0", "cpu"))
    asked = image, one_hot, torch.tensor([[0.2]]), torch.tensor([[0.3]]), torch.zeros(1, sum(climb.channels))
    with torch.no_grad():
        exact = climb(*asked)[-1].flatten()
        halved = copy.deepcopy(climb)
        for tensor in (*halved.parameters(), *halved.buffers()):
            if tensor.numel() >= 64:  # as the export does
                tensor.copy_(tensor.half())
        expected, _, rounded = halved(*asked)
    torch.testing.assert_close(logits, expected[0], rtol=1e-3, atol=1e-3)
    assert (found - rounded.flatten()).norm() < 5e-3 * exact.norm()
    assert (found - exact).norm() < 0.25 * exact.norm()


@pytest.mark.parametrize("address", [Isolated], indirect=True)
@pytest.mark.skipif(os.cpu_count() == 1, reason="one core, one thread")
def test_threads_where_the_server_allows_them(page, address):
    open_page(page, address, "emerge")
    page.click("#start")
    until(lambda: steps(page) >= 1, "a step", 120)
    assert re.match(r"WebAssembly, [2-4] threads: \d", page.inner_text("#speed"))


def test_the_first_load_is_light(page, address):
    sizes = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    open_page(page, address, "emerge")
    assert sum(sizes) < 300_000


def test_what_the_pages_say_that_they_load_is_what_the_files_weigh(folder):
    climbers = [f"{name}.onnx" for name in export.CLIMBERS]
    for name, networks in {"emerge": climbers, "dalmatian": climbers, "channel": climbers[:1]}.items():
        said = re.search(r"loads about (\d+) MB \((\d+) where", (folder / f"{name}.html").read_text(encoding="utf-8"))
        for megabytes, kind in zip(said.groups(), ("", ".asyncify"), strict=True):
            files = *networks, f"runtime/ort-wasm-simd-threaded{kind}.wasm"
            assert abs(sum((folder / one).stat().st_size for one in files) / 1e6 - int(megabytes)) < 1


def test_a_picture_emerges_by_keyboard_alone_and_is_saved_with_what_made_it(page, address, tmp_path):
    open_page(page, address, "emerge", "#word=dalmatian&recipe=many+views%2C+two+networks&seed=3")
    assert page.input_value("#word") == "dalmatian"
    page.focus("#word")
    page.keyboard.press("Enter")
    until(lambda: steps(page) >= 3, "three steps", 120)
    page.focus("#stop")
    page.keyboard.press("Enter")
    says(page, "Stopped after")
    stopped = int(re.search(r"\d+", page.inner_text("#said"))[0])
    page.focus("#on")
    page.keyboard.press("Enter")
    until(lambda: steps(page) >= stopped + 2, "further steps")
    page.focus("#stop")
    page.keyboard.press("Space")
    says(page, "Stopped after")
    page.focus("#judge")
    page.keyboard.press("Enter")
    says(page, "The other network has answered")
    assert re.search(
        r"lite2, which did not make the picture, says: .*“dalmatian” is in place \d+", page.inner_text("#judged")
    )
    with page.expect_download() as download:
        page.focus("#save")
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "page.png")
    wish = _stored.wish(tmp_path / "page.png")
    assert (wish.seed, wish.recipe, wish.objectives[0].classes) == (3, recipes.get("default"), (251,))
    assert wish.steps >= stopped + 2
    with Image.open(tmp_path / "page.png") as picture:
        assert picture.size == wish.recipe.size
        assert np.asarray(picture.convert("RGB")).std() > 1
        assert "made in a web page" in picture.text["vizlib"]
    assert "word=dalmatian" in page.url
    accessible(page)
    assert command.main(["again", str(tmp_path / "page.png"), "-o", str(tmp_path / "again.png")]) == 0
    made = _stored.wish(tmp_path / "again.png")
    for what in ("objectives", "recipe", "seed", "steps"):
        assert getattr(made, what) == getattr(wish, what)


def test_a_load_in_the_middle_says_what_is_lost(page, address):
    open_page(page, address, "emerge")
    chosen = {"#word": "cup", "#seed": "5"}
    for field, value in chosen.items():
        page.fill(field, value)
    page.select_option("#recipe", "plain pixels")
    page.click("#start")
    until(lambda: steps(page) >= 1, "a step", 120)
    page.reload()
    says(page, "The page was loaded anew while “cup” was in the making")
    assert {field: page.input_value(field) for field in [*chosen, "#recipe"]} == chosen | {"#recipe": "plain pixels"}


def test_a_word_that_is_none_is_one_sentence_with_near_ones(page, address):
    open_page(page, address, "emerge")
    page.fill("#word", "dumbel")
    page.click("#start")
    says(page, "There is no word “dumbel” among the thousand; the nearest: dumbbell")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("WebAssembly.validate = () => false", "This browser has no WebAssembly with SIMD"),
        (
            "window.Worker = class { constructor() { setTimeout(() => this.onerror()) } postMessage() {} }",
            "The part of this page that computes did not start",
        ),
    ],
)
def test_a_browser_that_cannot_is_one_sentence(page, address, script, sentence):
    page.add_init_script(script)
    open_page(page, address, "emerge")
    page.click("#start")
    says(page, sentence)


def test_a_lost_connection_is_one_sentence(page, address):
    open_page(page, address, "emerge")
    page.context.route("**/*.onnx", lambda route: route.abort())
    page.click("#start")
    says(page, "The connection to the server was lost")
    page.context.unroute("**/*.onnx")
    page.click("#start")
    until(lambda: steps(page) >= 1, "a step once it is back", 120)


def test_weights_first_and_then_pixels(page, address):
    open_page(page, address, "loops")
    page.click("#train")
    says(page, "Done.")
    assert int(re.search(r"(\d+) of 400", page.inner_text("#trained"))[1]) > 320
    page.click("#climb")
    says(page, "Done.")
    assert re.search(r"P\(3\) = (more than 99|9\d)\s%", page.inner_text("#drawn"))
    assert [line.strip() for line in page.locator("mark").all_inner_texts()] == [
        *("// w ← w − η ∂L/∂w", "move(w, gradient, -η);"),
        *("// I ← I + η ∂S/∂I", "move([image], [gradient], +η);"),
    ]
    for width in (390, 1100):  # no line of the code is cut off
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("[...document.querySelectorAll('pre')].every(one => one.scrollWidth <= one.clientWidth)")
    page.focus("#image")
    page.keyboard.press("ArrowRight")
    says(page, "Row 4, column 5")


def test_a_photo_becomes_a_dalmatian_and_what_is_no_picture_is_refused(page, address, tmp_path):
    open_page(page, address, "dalmatian")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    page.set_input_files("#file", tmp_path / "broken.png")
    says(page, "broken.png cannot be read as a picture")
    page.click("#camera")
    says(page, "The camera was refused, or there is none")
    page.click("text=chelsea")
    says(page, "The photo chelsea is ready")
    page.click("#go")
    says(page, "Done.", 180)
    rows = page.locator("#table tr")
    until(lambda: "%" in rows.nth(4).locator("td").nth(1).inner_text(), "what is said of the JPEG", 120)
    said = [row.inner_text() for row in rows.all()]
    assert "cat" in said[1]
    assert "dalmatian" in said[2].split("\t")[1].split(";")[0]
    accessible(page)


def test_a_channel_and_the_next_by_arrow_key(page, address):
    open_page(page, address, "channel")
    page.click("#start")
    says(page, "Channel 3 of block_6.")
    page.focus("#picture")
    page.keyboard.press("ArrowRight")
    says(page, "Channel 4 of block_6.")
    page.click("#stop")
    accessible(page)


def test_of_ten_words_made_in_the_page_the_judge_names_nine(page, address, tmp_path):
    """Of the first ten classes that settings were chosen on, with the recipe `default`; it takes many minutes."""
    categories = models.categories()
    words = [one for one in bench.CHOOSING if categories.count(categories[one]) == 1][:10]
    named = 0
    open_page(page, address, "emerge")
    for word in words:
        page.fill("#word", str(word))
        page.click("#start")
        says(page, "Done after 260 steps", 900)
        with page.expect_download() as download:
            page.click("#save")
        download.value.save_as(tmp_path / f"{word}.png")
        named += opinion(opened(tmp_path / f"{word}.png"), word, "efficientnet_lite2").rank == 1
        until(lambda: page.is_enabled("#start"), "the next", 10)
    assert named >= 9
