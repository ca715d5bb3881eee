"""What is made of a notebook for a live lesson, by nbconvert: the starter, and the instructor's page."""

import copy
import hashlib
import time
from pathlib import Path

import nbformat
from jinja2 import DictLoader
from nbconvert import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_code_cell, new_markdown_cell

from vizlib import _files
from vizlib.teaching.stage.lessons import cell_of
from vizlib.teaching.stage.mistakes import LINES, MISTAKES

ROUTES = (50, 90)  # minutes
FIRST = """from vizlib.teaching import stage

# stage.projector()             figures and text for the last row; stage.projector(False) undoes it
# stage.catch_up("{number}")       runs all that stands above that cell, fresh
# stage.made_before("{number}")    shows what is stored for it, should it be slow or fail"""
TEMPLATE = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block extra_css -%}<style>
.seconds { margin: 0 0 0 80px; color: #555; font-size: 13px; }
.celltag_instructor, .celltag_stage { background: #fff6d6; border-left: 6px solid #b58900; }
</style>{%- endblock -%}
{%- block codecell -%}{{ super() }}{%- if cell.metadata.seconds is defined -%}
<p class="seconds">{{ cell.metadata.seconds }}</p>
{%- endif -%}{%- endblock codecell -%}"""


def _tags(cell):
    return cell.metadata.get("tags", [])


class Route(Preprocessor):
    """Keeps the cells of a short lesson, those tagged ``route-50`` or ``route-90``."""

    def __init__(self, minutes, **settings):
        super().__init__(enabled=True, **settings)
        self._tag = f"route-{minutes}"

    def preprocess(self, nb, resources):
        nb.cells = [cell for cell in nb.cells if self._tag in _tags(cell)]
        return nb, resources


class Starter(Preprocessor):
    """Empties what an instructor types to its first comment; drops outputs, remarks, claims; puts ``stage`` on top."""

    def preprocess(self, nb, resources):
        nb.cells = [cell for cell in nb.cells if not {"instructor", "claim"} & {*_tags(cell)}]
        for cell in nb.cells:
            if "live" in _tags(cell):
                cell.source = cell.source.splitlines()[0]
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        last = next((number for cell in nb.cells[::-1] if (number := cell_of(cell).title[:5])), "00.01")
        nb.cells.insert(0, new_code_cell(FIRST.format(number=last), id="stage"))
        return nb, resources


class Page(Preprocessor):
    """Adds what an instructor says and how long each cell took; opens the remarks, shows the mistakes.

    Args:
        seconds: of each code cell, by its id.
        made: the outputs of the mistakes, by their number in ``MISTAKES``.
    """

    def __init__(self, seconds, made, **settings):
        super().__init__(enabled=True, **settings)
        self._seconds, self._made = seconds, made

    def preprocess(self, nb, resources):
        lesson = resources["metadata"]["name"][:2]
        opening, closing = LINES.get(lesson, ("", ""))
        cells = [_said(f"**To open with:** {opening}")] if opening else []
        cells += [_said("\n".join(f"- {line}" for line in self._routes(nb.cells)))]
        nb.cells = [cell for cell in nb.cells if "claim" not in _tags(cell)]
        for cell in nb.cells:
            if "instructor" in _tags(cell):
                cell.source = cell.source.replace("<details>", "<details open>")
            cells.append(cell)
            if cell.id in self._seconds:
                stored = ", ".join(cell_of(cell).stored)
                said = f"; catching up takes {stored} from the store" if stored else ""
                cell.metadata.seconds = f"{self._seconds[cell.id]:.1f} s{said}"
            cells += self._mistakes(cell_of(cell).title[:5])
        nb.cells = cells + ([_said(f"**To end with:** {closing}")] if closing else [])
        nb.metadata.pop("widgets", None)
        return nb, resources

    def _routes(self, cells):
        """For the whole lesson and each route: what is typed, how long it computes, and what is left out."""
        whole = [number for cell in cells if (number := cell_of(cell).title[:5])]
        for name in ("", *(f"route-{minutes}" for minutes in ROUTES)):
            kept = [cell for cell in cells if not name or name in _tags(cell)]
            typed = [cell for cell in kept if "live" in _tags(cell)]
            lines = sum(len(cell.source.splitlines()) for cell in typed)
            seconds = sum(self._seconds.get(cell.id, 0) for cell in kept)
            without = [number for number in whole if number not in {cell_of(cell).title[:5] for cell in typed}]
            yield (
                f"{name or 'whole lesson'}: {len(typed)} cells to type, {lines} lines, {seconds:.0f} s of computing"
                + (f"; without {', '.join(without)}" if without else "")
            )

    def _mistakes(self, cell):
        """The mistakes that can be typed in place of this cell."""
        for number, mistake in enumerate(MISTAKES):
            if mistake.cell == cell and number in self._made:
                yield _said(f"**A mistake on purpose, in place of {cell}: {mistake.name}.** {mistake.sentence}")
                yield new_code_cell(mistake.code, outputs=self._made[number], metadata={"tags": ["stage"]})
                drawn = f"<details><summary>what draws it</summary>\n\n```python\n{mistake.show}\n```\n\n</details>"
                yield _said(drawn)


def _said(text):
    return new_markdown_cell(text, metadata={"tags": ["stage"]})


def write_starters(path: Path, folder: Path) -> None:
    """Write the starter of a lesson, and one for each route; one in which somebody has typed keeps another name."""
    for suffix, first in (("", []), *((f".route-{minutes}", [Route(minutes)]) for minutes in ROUTES)):
        nb, resources = nbformat.read(path, 4), {}
        for preprocessor in (*first, Starter(enabled=True)):
            nb, resources = preprocessor.preprocess(nb, resources)
        nb.metadata.starter = _sources(nb)
        file = folder / f"{path.stem}{suffix}.ipynb"
        if file.exists() and (old := nbformat.read(file, 4)).metadata.get("starter") != _sources(old):
            file.rename(folder / f"{file.stem}.typed-{time.strftime('%Y-%m-%d-%H%M%S')}.ipynb")
        _files.write(file, nbformat.writes(nb) + "\n")


def _sources(nb):
    return hashlib.sha256("\0".join(cell.source for cell in nb.cells).encode()).hexdigest()


def write_page(path: Path, folder: Path, seconds: dict, made: dict) -> None:
    """Write the instructor's page of a lesson; it asks no other server for anything."""
    exporter = HTMLExporter(
        template_file="stage.html.j2", extra_loaders=[DictLoader({"stage.html.j2": TEMPLATE})], embed_images=True
    )
    nb, resources = nbformat.read(path, 4), {"metadata": {"name": path.stem}}
    nb, resources = Page(seconds, made).preprocess(copy.deepcopy(nb), resources)
    body, _ = exporter.from_notebook_node(nb, resources)
    _files.write(folder / f"{path.stem}.html", body)
