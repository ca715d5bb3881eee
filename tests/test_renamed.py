"""Names from before say what they are called now, and nothing of them is left."""

import importlib

import pytest
import torch

import vizlib
from vizlib import _renamed, attacks, models, opinions, recipes, regularizers, render
from vizlib._validate import setting
from vizlib.check.exercise import EXERCISES, exercise
from vizlib.check.sample import Draw
from vizlib.widgets.control import Control


@pytest.mark.parametrize("name", list(_renamed.SINCE["vizlib"]))
def test_a_module_that_moved_is_named(name):
    with pytest.raises(ImportError, match=f"'{name}' of vizlib is called .* now"):
        exec(f"from vizlib import {name}")
    now = _renamed.SINCE["vizlib"][name].split(" ")[0]
    if now.startswith("vizlib"):
        importlib.import_module(now)


def objects():
    rendering = vizlib.Rendering("cup", "simonyan2013", size=32, steps=1)
    yield "Rendering", rendering
    yield "Result", render("cup", "simonyan2013", size=32, steps=1, second_opinions=())
    yield "Classifier", models.get(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 64, 2)))
    yield "vizlib.regularizers", regularizers
    yield "vizlib.opinions", opinions
    yield "Exercise", next(iter(EXERCISES.values()))
    yield "Draw", Draw(0)


@pytest.mark.parametrize(("owner", "thing"), list(objects()), ids=lambda value: value if isinstance(value, str) else "")
def test_an_attribute_that_was_renamed_is_named(owner, thing):
    for name, now in _renamed.SINCE[owner].items():
        sentence = f"^'{name}' of {owner} is called '.*' now.$"
        with pytest.raises(ImportError if owner.startswith("vizlib") else AttributeError, match=sentence):
            getattr(thing, name)
        if owner.startswith("vizlib"):
            with pytest.raises(ImportError, match=sentence):
                exec(f"from {owner} import {name}")
        assert hasattr(thing, now) or not now.isidentifier() or now in vars(type(thing)).get("__annotations__", {})
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        thing.nonsense  # noqa: B018


@pytest.mark.parametrize(
    ("owner", "call"),
    [
        ("Recipe", lambda name: recipes.get("default", **{name: 0.5})),
        ("Attack", lambda name: attacks.pgd("efficientnet_lite0", torch.rand(3, 32, 32), 0, 2, 1, **{name: 1})),
        ("setting", lambda name: setting(**{name: 1})),
        ("exercise", lambda name: exercise(None, **{name: ()})),
    ],
)
def test_an_argument_that_was_renamed_is_named(owner, call):
    for name, now in _renamed.SINCE[owner].items():
        with pytest.raises(TypeError, match=f"^'{name}' of {owner} is called '{now}' now.$"):
            call(name)


@pytest.mark.parametrize("name", _renamed.SINCE["Control"])
def test_what_a_control_of_ones_own_calls_otherwise_now_is_named(name):
    with pytest.raises(AttributeError, match=f"'{name}' of Control is called '.*' now"):
        Control.__getattr__(None, name)
    assert hasattr(Control, _renamed.SINCE["Control"][name])
