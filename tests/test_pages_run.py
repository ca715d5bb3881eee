"""The code that README and CONTRIBUTING print runs as it is printed, and the API pages name modules that there are."""

import importlib
import pkgutil
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

import vizlib
from vizlib import objectives, recipes, regularizers, render, widgets
from vizlib._validate import setting
from vizlib.objective import TERMS

ROOT = Path(__file__).parent.parent


def blocks(page, title):
    section = (ROOT / page).read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def shorter(code):
    """The same code with two steps."""
    assert "steps=256" in code
    return code.replace("steps=256", "steps=2")


def test_the_picture_in_ten_lines_and_the_diagnosis_run(capsys):
    ten, diagnosis = blocks("README.md", "A picture in ten lines")
    exec(shorter(ten), {})
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["0", "1"]
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    exec(diagnosis, {"my_module": module})


@pytest.mark.parametrize("number", [0, 1])
def test_the_regularizers_that_are_described_run(number):
    scope = {"dataclass": dataclass, "setting": setting, "torch": torch}
    scope |= {"View": regularizers.View, "Penalty": regularizers.Penalty}
    before = set(scope)
    exec(blocks("CONTRIBUTING.md", "A regularizer")[number], scope)
    (mine,) = (scope[name] for name in scope if name not in before and isinstance(scope[name], type))
    kept = render("cup", "one_network", size=32, steps=1, second_opinions=(), regularizers=(mine(0.5),))
    assert kept.images.isfinite().all()


def test_the_objective_that_is_described_runs(monkeypatch):
    monkeypatch.setitem(TERMS, "contrast", None)  # so that it is forgotten
    scope = {"term": objectives.term, "as_maps": objectives.as_maps}
    exec(blocks("CONTRIBUTING.md", "An objective")[0], scope)
    made = render(scope["contrast"]("block_3", 0, 1), "one_network", size=32, steps=2, second_opinions=())
    assert len(made.trace) == 2


def test_the_recipe_that_is_described_runs():
    scope = {"Recipe": recipes.Recipe, "r": regularizers, "BOTH": recipes.BOTH}
    mine = eval("{" + blocks("CONTRIBUTING.md", "A recipe")[0] + "}", scope)
    assert render("cup", mine["mine2026"], size=32, steps=1, second_opinions=()).images.isfinite().all()


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "api").glob("*.md")), ids=lambda page: page.stem)
def test_the_modules_of_the_api_pages_are_there(page):
    for name in re.findall(r"automodule:: (\S+)", page.read_text(encoding="utf-8")):
        importlib.import_module(name)


def test_every_module_of_the_core_and_every_control_is_on_an_api_page():
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "api").glob("*.md"))
    named = set(re.findall(r"automodule:: (\S+)", pages))
    inside = {module.name for module in pkgutil.walk_packages(vizlib.__path__, "vizlib.")}
    own_pages = {name for name in inside if name.split(".")[1] in ("teaching", "check", "widgets")}
    controls = [getattr(widgets, name) for name in widgets.__all__]
    assert not [one for one in controls if f"{one.__module__}.{one.__name__}" not in pages]
    named |= {"vizlib.regularizers"}  # its names are those of its modules
    assert not {name for name in inside - own_pages - named if not name.split(".")[1].startswith("_")}
