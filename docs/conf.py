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
exclude_patterns = [".*", "build", "grading", "screenshots", "tests", "vizlib", "docs/index.md"]
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
html_extra_path = ["extra"]  # the atlas of a hundred classes
html_copy_source = False
html_domain_indices = False  # the index of all names has what the one of modules has
html_show_sphinx = False
html_theme_options = {"show_toc_level": 2, "use_download_button": False, "use_fullscreen_button": False}
html_math_renderer = "mathml"


def contents(app, name, source):
    """The table of contents stands in a file of its own, since the README is also read where it would be noise."""
    if name == root_doc:
        source[0] += (ROOT / "docs/index.md").read_text(encoding="utf-8")


def without_claims(app, name, source):
    """Cells that only claim something for the tests are hidden in JupyterLab, and here."""
    if str(app.env.doc2path(name)).endswith(".ipynb"):
        notebook = json.loads(source[0])
        cells = notebook["cells"]
        notebook["cells"] = [cell for cell in cells if "claim" not in cell["metadata"].get("tags", [])]
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
    app.connect("source-read", without_claims)
    app.connect("build-finished", start_page)
    draw = [(lambda self, node, display=display: mathml(self, node, display), None) for display in ("inline", "block")]
    app.add_html_math_renderer("mathml", *draw)
