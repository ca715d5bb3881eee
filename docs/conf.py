"""The site: ``make site``. Pages are the course's own files; the source folder of Sphinx is the repository."""

import json
import shutil
from pathlib import Path

from latex2mathml.converter import convert

ROOT = Path(__file__).parents[1]

project = "Update the pixels"
author = ""
project_copyright = ""
root_doc = "README"
# Of the solutions only the page that says how to work with them.
include_patterns = ["*.md", "notebooks/**.ipynb", "exercises/**.ipynb", "docs/**.md", "solutions/README.md"]
exclude_patterns = [".*", "AGENTS.md", "build", "grading", "page", "screenshots", "tests", "vizlib", "docs/index.md"]
suppress_warnings = ["misc.highlighting_failure"]  # an ellipsis in an example is no Python
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

nb_execution_mode = "off"
# A control is shown as it is stored beside its live view: pictures with text alternatives, and tables. So no page
# needs the scripts of widgets.
nb_mime_priority_overrides = [("html", "text/html", 0)]
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "undoc-members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_use_ivar = True

html_theme = "sphinx_book_theme"
html_title = "Update the pixels"
# The atlas of a hundred classes, and the pages that compute on the visitor's own device.
html_extra_path = ["extra", "../build/extra"]
html_copy_source = False
html_domain_indices = False  # the index of all names has what the one of modules has
html_show_sphinx = False
html_theme_options = {"show_toc_level": 2, "use_download_button": False, "use_fullscreen_button": False}
html_math_renderer = "mathml"


LIVE = """
```{raw} html
<iframe src="live/emerge.html" title="Watch it emerge: a page that makes a picture on your own device"
style="width: 100%; height: 46rem; border: 1px solid #888"></iframe>
```
"""


def contents(app, name, source):
    """The table of contents stands in a file of its own, since the README is also read where it would be noise. The
    start page opens with the loop itself."""
    if name == root_doc:
        title, rest = source[0].split("\n", 1)
        source[0] = title + "\n" + LIVE + rest + (ROOT / "docs/index.md").read_text(encoding="utf-8")


# The page that runs the same idea on the visitor's own device, for the notebooks that have one.
RUNS = {
    "01": ("loops", "The same loop in your browser"), "02": ("loops", "The same two loops in your browser"),
    "03": ("emerge", "Watch a class image emerge in your browser"), "04": ("emerge", "Compare recipes in your browser"),
    "05": ("channel", "Fire a channel in your browser"), "06": ("dalmatian", "Change a photo of yours in your browser"),
}  # fmt: skip


def notebooks(app, name, source):
    """Cells that only claim something for the tests are hidden in JupyterLab, and here; and a page that runs the same
    idea stands behind the title."""
    path = Path(app.env.doc2path(name))
    if path.suffix == ".ipynb":
        notebook = json.loads(source[0])
        cells = notebook["cells"]
        notebook["cells"] = [cell for cell in cells if "claim" not in cell["metadata"].get("tags", [])]
        for cell in notebook["cells"]:
            for file, kinds in cell.get("attachments", {}).items():  # MyST-NB does not know attachments
                (kind, pixels), *_ = kinds.items()
                text = "".join(cell["source"])
                cell["source"] = text.replace(f"(attachment:{file})", f"(data:{kind};base64,{''.join(pixels)})")
        if path.parent.name == "notebooks" and path.stem[:2] in RUNS:
            page, words = RUNS[path.stem[:2]]
            link = f'<p><a href="../live/{page}.html">{words}</a>, with nothing installed.</p>'
            text = "".join(notebook["cells"][0]["source"]).split("\n", 1)
            notebook["cells"][0]["source"] = "\n\n".join([text[0], link, *text[1:]])
        source[0] = json.dumps(notebook)


def mathml(translator, node, display):
    """Formulas as MathML: browsers draw it, and screen readers read it, without a script."""
    formula = convert(node.astext().replace(r"\arg\max", r"\operatorname{argmax}"), display=display)
    translator.body.append(f"<p>{formula}</p>" if display == "block" else formula)
    from docutils.nodes import SkipNode

    raise SkipNode


def start_page(app, error):
    """The README is the page that a server shows for the folder."""
    if error is None:
        shutil.copy(Path(app.outdir, "README.html"), Path(app.outdir, "index.html"))


def setup(app):
    app.connect("source-read", contents)
    app.connect("source-read", notebooks)
    app.connect("build-finished", start_page)
    draw = [(lambda self, node, display=display: mathml(self, node, display), None) for display in ("inline", "block")]
    app.add_html_math_renderer("mathml", *draw)
