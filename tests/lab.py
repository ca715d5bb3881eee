"""A JupyterLab of our own, and a notebook in it as a reader handles it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"  # the notebook whose tab is in front


def until(condition, what, seconds=60):
    """Wait for a condition, and give what it gave; asks more often than Playwright's own `expect`."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.03)
    return result


@contextmanager
def serve(folder):
    """The address of a JupyterLab, set up as `make lab` does it, on a copy of the course's notebooks in this folder."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--port-retries=0",
         f"--config={ROOT}/.jupyter/lab_config.py", "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True",
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
            raise TimeoutError("JupyterLab did not start within two minutes")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def find_browser():
    """A Chromium or Chrome on the path; None leaves it to Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def photograph(page, name):
    """Keep a screenshot where a person can look at it."""
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")


def write_notebook(path, cells):
    """A new notebook with these code cells."""
    path.parent.mkdir(exist_ok=True)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def open_notebook(page, lab, name):
    """Open ``notebooks/NAME.ipynb``."""
    page.goto(f"{lab}/lab/tree/notebooks/{name}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    # The keys of a notebook that is shown do nothing before all of this.
    page.evaluate("jupyterapp.restored")
    page.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext")
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.ready")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=90_000)


def open_beside(page, name):
    """Open or show a further notebook in the same JupyterLab; it shares the kernel of the one that was shown."""
    page.evaluate(
        """async path => {
            const { id } = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const panel = await jupyterapp.commands.execute("docmanager:open", { path, kernel: { id } });
            await panel.context.ready;
            await panel.sessionContext.ready;
        }""",
        f"notebooks/{name}.ipynb",
    )


def run_cell(page, index):
    """Run a cell, and give the place of it when it is done."""
    cell = page.locator(f"{SHOWN} .jp-CodeCell").nth(index)
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    until(lambda: prompt.inner_text() not in (before, "[*]:"), f"the end of cell {index}", seconds=120)
    return cell


def printed(page, index):
    """Run a cell, and give what it prints."""
    output = run_cell(page, index).locator(".jp-OutputArea-output[data-mime-type*=stdout]")
    return until(lambda: output.count() and output.inner_text().strip(), f"what cell {index} prints")


def set_theme(page, theme):
    """``"Light"`` or ``"Dark"``."""
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", f"JupyterLab {theme}")
    page.wait_for_selector(f"body[data-jp-theme-name='JupyterLab {theme}']", state="attached")
