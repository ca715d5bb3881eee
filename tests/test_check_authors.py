"""What an author of an exercise may get wrong is found, and what they are told to write passes."""

import pytest
import torch

from vizlib.check import guard, recurring
from vizlib.check.exercise import EXERCISES, PRACTICE, Exercise
from vizlib.check.outcome import Call, Value
from vizlib.check.verdict import CheckBroken

every = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@pytest.fixture(autouse=True)
def quick_and_apart(monkeypatch, tmp_path):
    monkeypatch.setattr(guard, "SECONDS", 1.0)
    monkeypatch.setenv("VIZLIB_HOME", str(tmp_path))


def test_a_grader_does_not_look_for_such_inputs_for_ever(monkeypatch):
    monkeypatch.setattr("vizlib.check.exercise.SEEDS", 3)
    vague = Exercise(plus_one, lambda draw: iter([(draw.uniform(2),)]))
    vague.answers("the same: It is the same. Is it?\n    image + 1 → 1 + image")
    with pytest.raises(CheckBroken, match="none of 3 draws .* answer 0 of “the same” gets a tick"):
        vague.telling(5)


def plus_one(image):
    return image + 1


def test_inputs_that_do_not_fit_are_drawn_again_whenever_that_is_seen():
    def inputs(draw, limit=0.9):
        for _ in range(3):
            number = draw.uniform().item()
            yield (torch.tensor(number),)
            draw.insist(number < limit)

    late = Exercise(plus_one, inputs)
    for seed in range(10):
        assert all(float(image) < 0.9 for (image,) in late.inputs(seed))
        late(plus_one)
    never = Exercise(plus_one, lambda draw: inputs(draw, limit=0))
    with pytest.raises(CheckBroken, match="finds no inputs"):
        never(plus_one)


def senseless(exercise, seed=PRACTICE):
    """What is wrong with the predicates of an exercise, a line for each."""
    right = exercise.outcome(exercise.reference, seed)
    for bug in exercise.bugs:
        for kind in ("when", "forbid"):
            predicate, held = getattr(bug, kind), False
            if predicate is None:
                continue
            for other in exercise.bugs:
                for answer in exercise.variants(other) if other.name != "does not come to an end" else ():
                    try:
                        holds = predicate(exercise.outcome(answer, seed).calls, right.calls)
                        held |= bool(holds) and other is bug
                    except NameError as error:
                        yield f"{bug.name}, {kind}: {error}"
                    except AttributeError as error:
                        if isinstance(error.obj, (Call, Value)):  # which has all its attributes, whatever the answer is
                            yield f"{bug.name}, {kind}: {error}"
                    except Exception:
                        continue  # it makes no sense of this answer
            if not held and predicate is not getattr(recurring.BUGS.get(bug.name), kind, None):
                yield f"{bug.name}, {kind}: it holds of none of its answers"


@every
def test_every_predicate_holds_of_an_answer_with_its_bug(exercise):
    assert list(senseless(exercise)) == []


@pytest.mark.parametrize(
    ("predicate", "says"),
    [
        ("got[0].reslut.data < 0", "'Call' object has no attribute 'reslut'"),
        ("got[0].result.dat < 0", "'Value' object has no attribute 'dat'"),
        ("gto[0].result.data < 0", "'gto' is not defined"),
        ("not got[0].result or got[0].result.kind == 'array'", "holds of none of its answers"),
    ],
)
def test_a_misspelt_predicate_is_found(predicate, says):
    exercise = Exercise(plus_one, lambda draw: iter([(draw.uniform(2),)]))
    exercise.answers(f"down: It is less. Than what?\n    when: {predicate}\n    + 1 → - 1")
    assert any(says in line for line in senseless(exercise))


