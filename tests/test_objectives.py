import json

import pytest
import torch

from vizlib import hooks
from vizlib.objectives import TERMS, Objective, channel, class_score, layer, neuron, term


@pytest.fixture(scope="module")
def seen(lite0):
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.no_grad(), hooks.record(lite0, lite0.layers) as activations:
        lite0(images)
    return activations


def test_a_class_score_is_the_logit_of_the_class_for_each_image(lite0, seen):
    assert torch.equal(class_score("dumbbell")(lite0, seen), seen["logits"][:, 543])
    assert class_score("dumbbell").layers == ("logits",)


def test_objectives_add_and_scale(lite0, seen):
    a, b = seen["logits"][:, 543], seen["logits"][:, 968]
    objective = 2 * class_score("dumbbell") - class_score("cup") * 0.5 + -class_score("cup")
    assert torch.allclose(objective(lite0, seen), 2 * a - 1.5 * b)


def test_an_objective_survives_being_stored(lite0, seen):
    objective = class_score("dumbbell") - 0.5 * class_score(968)
    stored = Objective.from_json(json.loads(json.dumps(objective.to_json())))
    assert stored == objective
    assert str(objective) == "class_score('dumbbell') -0.5 * class_score(968)"


def test_mistakes_are_named(lite0, seen):
    with pytest.raises(ValueError, match="no objective 'clas_score'; the nearest: 'class_score'"):
        Objective.from_json([[1.0, "clas_score", ["dumbbell"]]])
    with pytest.raises(TypeError, match="must be a number"):
        class_score("cup") * "2"
    with pytest.raises(TypeError):
        class_score("cup") + 1
    with pytest.raises(ValueError, match="nearest: 'dumbbell'"):
        class_score("dumbel")(lite0, seen)


@pytest.fixture
def registered():
    """What is registered in a test is forgotten after it."""
    before = dict(TERMS)
    yield
    TERMS.clear()
    TERMS.update(before)


@pytest.mark.parametrize(
    "make",
    [
        lambda: channel(torch.nn.Identity(), 1),
        lambda: layer(torch.nn.Identity()),
        lambda: channel("block_9", [1, 2]),
        lambda: neuron("block_9", 1, None, 2),
        lambda: class_score(torch.zeros(3)),
    ],
)
def test_what_could_not_be_stored_is_no_argument(make):
    with pytest.raises(
        TypeError, match=r"^The (layer|n|y|name) of \w+ must be (the name of a layer|a name or a whole n)"
    ):
        make()


def test_a_term_may_have_a_default(lite0, seen, registered):
    @term
    def contrast(model, activations, layer: str, n: int = 3, m: int = 1):
        return activations[layer][:, n].mean(dim=(1, 2)) - activations[layer][:, m].mean(dim=(1, 2))

    assert contrast("block_9").to_json() == [[1.0, "contrast", ["block_9", 3, 1]]]
    assert contrast("block_9") == contrast("block_9", m=1) == Objective.from_json(contrast("block_9").to_json())
    assert torch.equal(contrast("block_9")(lite0, seen), contrast("block_9", 3, 1)(lite0, seen))


POSTPONED = """
from __future__ import annotations
from dataclasses import dataclass
from vizlib.objectives import term
from vizlib._validate import Settings, setting

@term
def toward(model, activations, layer: str, vector: tuple):
    return activations[layer].sum()

@dataclass(frozen=True)
class Every(Settings):
    count: int = setting(1, 9)
    share: float = setting(0, 1)
"""


def test_postponed_annotations_mean_the_same(registered):
    names = {"__name__": __name__}
    exec(POSTPONED, names)
    assert names["toward"]("block_9", torch.tensor([1.0, 2.0])).terms == ((1.0, "toward", ("block_9", (1.0, 2.0))),)
    assert names["Every"](2, 1).count == 2
    with pytest.raises(TypeError, match="count of Every must be a whole number, not 2.5"):
        names["Every"](2.5, 0.5)
