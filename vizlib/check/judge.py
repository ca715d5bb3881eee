"""Compare what an answer did with what the reference did, and find the card that says what is wrong."""

from dataclasses import dataclass, field

import torch

from vizlib.check import messages
from vizlib.check.outcome import Call, Outcome, Value
from vizlib.check.surroundings import usual
from vizlib.check.verdict import CheckBroken, Verdict


@dataclass
class Fault:
    """The first thing that differs. ``kind``: error, type, value, cut, gradient, dtype, state, effect or promise."""

    kind: str
    card: tuple
    details: list = field(default_factory=list)


@usual()
def judge(exercise, outcome: Outcome, seed: int) -> Verdict:
    """The verdict on an answer, from its outcome alone.

    Args:
        exercise: what was to be done.
        outcome: what :func:`vizlib.check.observe.observe` wrote down with the same seed.
        seed: which inputs it was.

    Raises:
        CheckBroken: the reference fails, so nothing can be said of any answer.
    """
    if outcome.rejected is not None:
        return Verdict(exercise.name, *outcome.rejected)
    right = exercise.outcome(exercise.reference, seed)
    expected = exercise.raises and exercise.raises.__name__
    for kind, text, _ in filter(None, (call.error for call in right.calls)):
        if kind != expected:
            raise CheckBroken(exercise.name, f"its own solution raises {kind}: {text}")
    fault = _first_fault(exercise, outcome, right)
    if fault is None:
        return Verdict(exercise.name)
    printed = [f"    {line}" for line in outcome.printed.splitlines()[-5:]]
    details = fault.details + (["Your function printed:", *printed] if printed else [])
    return Verdict(exercise.name, *_explain(exercise, fault, outcome, right, seed), details)


def _first_fault(exercise, outcome, right):
    calls = list(zip(outcome.calls, right.calls, strict=False))
    for got, wanted in calls:
        if fault := _fault_of(exercise, got, wanted):
            return fault
    if len(outcome.calls) != len(right.calls):
        return Fault("error", messages.card("not finished"))
    for got, wanted in calls:
        for effect in (effect for effect in _effects(exercise, got) if effect not in wanted.after):
            name, _, kind = effect.rpartition(".")
            return Fault("effect", messages.card(messages.EFFECTS[kind], name=name))
    for bug in exercise.bugs:
        if bug.forbid is not None and bug.forbid(outcome.calls, right.calls):
            return Fault("promise", bug.card)
    if any(got.result and got.result.graph and not wanted.result.graph for got, wanted in calls):
        return Fault("promise", messages.card("the graph is kept"))
    return None


def _fault_of(exercise, got: Call, wanted: Call):
    """What differs in one call, or None."""
    if got.error and not (wanted.error and got.error[0] == wanted.error[0]):
        return Fault("error", messages.error(*got.error[:2]), got.error[2])
    if wanted.error:
        return None if got.error else Fault("error", messages.card("swallows an error"))
    both = messages.both(wanted.result, got.result)
    if card := messages.wrong_type(got.result, wanted.result):
        return Fault("type", card, both)
    if not exercise.same(got, wanted):
        if None in [gradient for name, gradient in got.gradients.items() if wanted.gradients.get(name)]:
            return Fault("cut", messages.card("the gradient is cut off"))
        if not close(got.result, wanted.result, exercise.tolerance):
            return Fault("value", messages.wrong_value(got.result, wanted.result), both)
        return Fault("gradient", messages.card("another gradient"))
    if card := messages.wrong_dtype(got.result, wanted.result):
        return Fault("dtype", card)
    for name in _effects(exercise, wanted):
        if name not in got.after:
            return Fault("state", messages.card("nothing changes", name=name))
        if not close(got.after[name], wanted.after[name], exercise.tolerance):
            card = messages.card("changes it wrongly", name=name)
            return Fault("state", card, messages.both(wanted.after[name], got.after[name]))
    return None


def _explain(exercise, fault, outcome, right, seed):
    """The card of the first bug that the answer has; what is said of any answer if none fits."""
    if fault.kind in ("cut", "dtype", "promise") or fault.card == messages.card("not written yet"):
        return fault.card
    found = []
    for bug in exercise.bugs:
        if bug.card is None:
            continue
        predicates = {"error": bug.when, "type": bug.when, "effect": bug.forbid}
        if _holds(predicates.get(fault.kind, bug.when or bug.forbid), outcome, right):
            return bug.card
        for variant in exercise.variants(bug):
            other = exercise.outcome(variant, seed)
            if alike(exercise, outcome, other):
                calls = zip(outcome.calls, other.calls, strict=True)
                if all(_effects(exercise, a) == _effects(exercise, b) for a, b in calls):
                    return bug.card
                found.append(bug.card)
    return found[0] if found and fault.kind != "effect" else fault.card


def _holds(predicate, outcome, right):
    """Whether a predicate holds; of an answer for which it makes no sense, it does not."""
    try:
        return predicate is not None and bool(predicate(outcome.calls, right.calls))
    except Exception:  # one that is misspelt is found by tests/test_check_authors.py, not by a reader
        return False


def _effects(exercise, call: Call) -> list:
    return [name for name in call.after if name not in exercise.may_change]


def alike(exercise, one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes have the same values, gradients, errors and changed states at every call."""
    if other.rejected or len(one.calls) != len(other.calls):
        return False
    return all(_alike(exercise, a, b) for a, b in zip(one.calls, other.calls, strict=True))


def _alike(exercise, a, b):
    if a.error or b.error:
        return bool(a.error and b.error and a.error[:2] == b.error[:2])
    states = [name for name in _effects(exercise, a) if name in b.after and not name.startswith("global")]
    return exercise.same(a, b) and all(close(a.after[name], b.after[name], exercise.tolerance) for name in states)


def same_values(exercise, a: Call, b: Call) -> bool:
    """Whether two calls gave the same result and the same gradients, up to rounding."""
    names = a.gradients.keys() | b.gradients.keys()
    return close(a.result, b.result, exercise.tolerance) and all(
        close(a.gradients.get(name), b.gradients.get(name), exercise.tolerance) for name in names
    )


def close(got: Value | None, wanted: Value | None, tolerance: float = 1e-4) -> bool:
    """Whether two values have the same numbers, up to rounding. Numbers that are whole or True must be equal."""
    if got is None or wanted is None:
        return got is wanted
    if got.kind == wanted.kind == "list":
        return len(got.data) == len(wanted.data) and all(
            close(a, b, tolerance) for a, b in zip(got.data, wanted.data, strict=True)
        )
    if not {got.kind, wanted.kind} <= {"tensor", "float", "int", "bool"}:
        return got.kind == wanted.kind and got.argument == wanted.argument
    if wanted.kind in ("int", "bool"):
        return got.kind == wanted.kind and got.data == wanted.data
    if got.shape != wanted.shape or got.device != wanted.device or (got.data is None or wanted.data is None):
        return False
    a, b = (torch.as_tensor(value.data).double() for value in (got, wanted))
    finite = b[b.isfinite()].abs()
    scale = max(finite.max().item() if finite.numel() else 0.0, 1e-3)
    return torch.allclose(a, b, rtol=tolerance, atol=tolerance * scale / 10, equal_nan=True)
