"""The site: every link inside leads somewhere, nothing is fetched from elsewhere, and everybody can read it."""

import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

import vizlib
from tests.lab import ROOT, photograph

pytestmark = pytest.mark.slow
LARGEST = 3_000_000
# Of the words of code one of each colour is enough: axe takes 11 s for all of a page, also where they are excluded.
THIN = """() => {
    const met = new Set();
    for (const word of document.querySelectorAll(".highlight span:not(:has(*)), .sig span:not(:has(*))")) {
        const colours = [word, word.parentElement, word.closest(".highlight, .sig").parentElement];
        const kind = colours.map(one => one.className).join("/");
        if (met.has(kind)) word.remove();
        met.add(kind);
    }
}"""


class Page(HTMLParser):
    """What a page points to, what can be pointed to in it, and its pictures."""

    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.ids, self.loads, self.pictures = path, [], set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and "stylesheet" in given.get("rel", "") or tag in ("script", "img", "iframe", "source"):
            self.loads.append(given.get("href") or given.get("src") or "")
        if tag == "img":
            self.pictures.append(given)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site: the one that `make site` has just built, or one built here in the same way."""
    if folder := os.environ.get("SITE"):
        return Path(folder).resolve()
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs", "-d", folder / "doctrees", "."]
    done = subprocess.run([*build, folder / "html"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.fixture(scope="session")
def pages(site):
    pages = {path: Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}
    assert {"index.html", "README.html"} <= {path.name for path in pages}
    return pages


def test_every_link_inside_leads_somewhere(site, pages):
    broken = []
    for path, page in pages.items():
        for link in page.links + page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            known = pages.get(target)
            there = target.is_relative_to(site) and target.exists()
            if not there or (parts.fragment and known and unquote(parts.fragment) not in known.ids):
                broken.append((path.name, link))
    assert not broken


def test_nothing_is_loaded_from_elsewhere(pages):
    for path, page in pages.items():
        assert not [url for url in page.loads if urlsplit(url).netloc], path.name


def test_every_picture_has_a_text_alternative_or_says_that_it_needs_none(site, pages):
    for path, page in pages.items():
        for picture in page.pictures:
            # What a script fills in has its alternative from the script; its own test looks at it.
            assert len(picture.get("alt") or "") > 4 or "src" not in picture, (path.name, str(picture)[:200])


def test_pages_are_light(pages):
    assert [path.name for path in pages if path.stat().st_size > LARGEST] == []


def test_all_notebooks_and_sheets_are_there_without_a_solution(site, pages):
    for notebook in [*ROOT.glob("notebooks/**/*.ipynb"), *ROOT.glob("exercises/*/*.ipynb")]:
        page = (site / notebook.relative_to(ROOT)).with_suffix(".html")
        assert page in pages
        text = page.read_text(encoding="utf-8")
        assert "SOLUTION" not in text
        if "exercises" in page.parts:
            assert "NotImplementedError" in text
    assert [path.relative_to(site).as_posix() for path in site.rglob("solutions/*")] == ["solutions/README.html"]


def test_a_control_is_shown_as_it_was(site):
    for stem, words in (("02_update_the_pixels", "Run this cell, and those above it, to use the control."),):
        text = (site / f"notebooks/{stem}.html").read_text(encoding="utf-8")
        assert words in text
        assert "widget-view" not in text


def public_names():
    """Every function and class of the library without an underscore; the controls and checks have a page by hand."""
    for module in pkgutil.walk_packages(vizlib.__path__, "vizlib."):
        part = module.name.split(".")[1]
        if part.startswith("_") or part in ("teaching", "check", "widgets"):
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            mine = getattr(value, "__module__", None) == module.name
            if mine and not name.startswith("_") and (inspect.isclass(value) or inspect.isroutine(value)):
                yield f"{module.name}.{name}"


def test_every_public_name_has_its_place(pages):
    ids = set().union(*(page.ids for path, page in pages.items() if "api" in path.parts))
    names = set(public_names())
    assert len(names) > 80
    assert not names - ids
    from vizlib import check, widgets

    assert {f"vizlib.check.{name}" for name in ("picture", "solution", "solved", "CheckFailed")} <= ids
    assert {
        f"{kind.__module__}.{kind.__name__}" for kind in (getattr(widgets, name) for name in widgets.__all__)
    } <= ids
    assert check.__all__


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_and_alone(site, pages, browser, scheme):
    page = browser.new_page(color_scheme=scheme)
    asked, severe = [], {}
    page.on("request", lambda request: asked.append(request.url))
    options = {"resultTypes": ["violations"], "preload": False}  # style sheets of others: there are none
    if scheme == "dark":  # only colours differ
        options["runOnly"] = {"type": "rule", "values": ["color-contrast"]}
    chosen = list(pages)
    if scheme == "dark":  # the theme is the same everywhere; what differs is in the notebooks
        chosen = [path for path in pages if "notebooks" in path.parts or path.name == "index.html"]
    for path in chosen:
        page.goto(path.as_uri())
        # The colours of the scheme come in over some tenths of a second; until then they are neither's.
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished)).then(() => true)")
        if path.name in ("index.html", "01_update_the_weights.html"):
            photograph(page, f"site_{path.stem}_{scheme}")
        page.evaluate(THIN)
        found = Axe().run(page, options=options).response
        for one in found["violations"]:
            if one["impact"] in ("serious", "critical"):
                severe[path.name, one["id"]] = [node["html"][:200] for node in one["nodes"][:3]]
    page.close()
    assert len(asked) >= len(chosen) > 9
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    assert not severe
