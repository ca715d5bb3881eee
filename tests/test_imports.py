"""Arrows point down: what a module of the core imports stands below it in the diagram of docs/DESIGN.md."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab import ROOT

VIZLIB = ROOT / "vizlib"
DIAGRAM = re.search(r"```\n(__main__.*?)```", (ROOT / "docs/DESIGN.md").read_text("utf-8"), re.DOTALL).group(1)


def rows():
    """The rows of the diagram, from the top: a set of names each."""
    for line in DIAGRAM.strip().splitlines():
        names = re.split(r"  +", line.split("·")[0].strip())
        yield {name.strip("/") for part in names for name in part.split()}


HEIGHT = {name: -index for index, row in enumerate(rows()) for name in row}


def modules():
    return sorted(VIZLIB.rglob("*.py"))


def top(path):
    """What stands for a file in the diagram: itself, or the folder that it is in."""
    return path.relative_to(VIZLIB).parts[0].removesuffix(".py")


def imported(path):
    """The parts of vizlib that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "vizlib":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vizlib."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("vizlib."))


def test_the_diagram_has_every_module_and_no_other():
    there = {top(path) for path in modules()} - {"__init__"}
    assert set(HEIGHT) == there


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(VIZLIB)))
def test_arrows_point_down(path):
    name = top(path)
    if name == "__init__":
        return  # it names what is imported on use
    up = [other for other in imported(path) if other != name and other in HEIGHT and HEIGHT[other] >= HEIGHT[name]]
    assert not up, f"{name} imports {up}, which does not stand below it"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(VIZLIB)))
def test_a_module_fits_a_lecture_screen(path):
    assert len(path.read_text("utf-8").splitlines()) <= 200


def test_render_is_there_soon_after_torch_and_without_torchvision():
    code = "import torch, sys, vizlib; vizlib.render; print(sorted({'torchvision', 'sklearn', 'skimage'} & sys.modules.keys()))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(ROOT)
    ).stdout
    assert out.strip() == "[]"
