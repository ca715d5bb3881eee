"""Figures, controls and printed text for the last row: 18 points on a projector of 1280×720 pixels."""

import textwrap

from IPython.display import Javascript, display
from matplotlib.figure import Figure
from matplotlib.text import Text

from vizlib import plotting

POINTS = 18
WIDE, HIGH = 11.0, 4.6  # inches at 100 pixels each: what a page of JupyterLab shows at 1280×720 in presentation mode

STYLE = """
.jp-OutputArea-output pre, .jp-RenderedHTMLCommon, .vizlib-control, .vizlib-control * { font-size: 24px !important; }
.jp-OutputArea-output pre { line-height: 1.25 !important; white-space: pre !important; overflow-x: auto; }
.jp-OutputArea-output, .jp-OutputArea-output *, .vizlib-control * { color: var(--jp-ui-font-color0, #000); }
.jp-Notebook .jp-CodeCell .cm-content { font-size: 19px !important; }
.jp-Notebook .jp-Cell-outputArea { max-height: 500px; overflow: auto; }
.jp-OutputArea-output img[src^='data:image/webp'] { min-width: 240px; max-height: 480px; width: auto; }
.jp-Notebook { --jp-cell-prompt-width: 40px; }
.jp-Notebook .jp-InputPrompt, .jp-Notebook .jp-OutputPrompt { font-size: 12px !important; padding: 0; }
"""


def projector(on: bool = True) -> None:
    """Make figures and text large, in high contrast, and outputs no higher than the page; ``False`` undoes it.

    Figures are drawn anew when their cells run again. Switch JupyterLab's own presentation mode on as well (View menu).
    """
    plotting.before_showing = enlarge if on else None
    code = "document.getElementById('vizlib-projector')?.remove();"
    if on:
        code += (
            "document.head.append(Object.assign(document.createElement('style'),"
            f"{{id: 'vizlib-projector', textContent: {STYLE!r}}}));"
        )
    display(Javascript(code))


def enlarge(figure: Figure) -> None:
    """Draw a figure as wide or as high as the page, no letter smaller than 18 points, lines twice as thick."""
    width, height = figure.get_size_inches()
    times = min(WIDE / width, HIGH / height)
    figure.set_size_inches(width * times, height * times)
    for text in figure.findobj(Text):
        text.set_fontsize(max(POINTS, text.get_fontsize()))
    for axes in figure.axes:
        axes.tick_params(labelsize=POINTS)  # ticks are made when they are drawn
        for line in axes.lines:
            line.set_linewidth(2 * line.get_linewidth())
        if place := axes.get_subplotspec():
            letters = int(72 * width * times / place.get_gridspec().ncols / (0.6 * POINTS))
            lines = axes.get_title().splitlines()
            axes.title.set_text("\n".join(textwrap.fill(line, max(letters, 4)) for line in lines))
