import json

import pytest
import torch

from vizlib import hooks
from vizlib.objectives import Objective, class_score


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
