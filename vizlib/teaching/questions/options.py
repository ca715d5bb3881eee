"""The options of a question: what calls return, as text, and no two of them alike."""

import itertools
from difflib import SequenceMatcher

from vizlib.check.judge import close
from vizlib.check.outcome import Call, Value

OPTIONS = 4
MOST = 9  # results among which the options are chosen
APART = 0.05  # by how much numbers of two options differ at least, relative to their size


def options(right, others, dice):
    """Options in order, and the index of the right one; None if fewer than three are apart.

    An error is never right: it would be guessed. So it is an option only if there are too few others. Wrong results
    come from changes of the right one, and so it would be the one that is most like all others. So which place it has
    in that order is thrown, too.
    """
    known = [right]
    for other in sorted(dice.sample(others, len(others)), key=lambda call: call.error is not None):
        if not (other.error and len(known) >= OPTIONS - 1) and all(apart(other, each) for each in known):
            known.append(other)
    if len(known) < 3:
        return None
    texts = [shown(call) for call in known[:MOST]]
    like = [[SequenceMatcher(None, one, other).ratio() for other in texts] for one in texts]
    sets = list(itertools.combinations(range(1, len(texts)), min(OPTIONS, len(texts)) - 1))
    place = dice.randrange(len(sets[0]) + 1)
    taken = min(dice.sample(sets, len(sets)), key=lambda some: abs(_place(0, some, like) - place))
    order = dice.sample([0, *taken], len(taken) + 1)
    return [texts[number] for number in order], order.index(0)


def _place(number, others, like):
    """How many of some texts are more like the rest than this one is."""
    some = [number, *others]
    likeness = {one: sum(like[one][other] for other in some) for one in some}
    return sum(likeness[other] > likeness[number] for other in others)


def apart(one: Call, other: Call) -> bool:
    """Whether two calls return what nobody would take for the same, rounding included."""
    if shown(one) == shown(other):
        return False
    both = one.result and other.result
    return not (both and _form(one.result) == _form(other.result) and close(one.result, other.result, APART))


def same(one: Call, other: Call) -> bool:
    """Whether two calls return the same."""
    if one.error or other.error:
        return shown(one) == shown(other)
    return _form(one.result) == _form(other.result) and close(one.result, other.result)


def _form(value):
    if value.kind == "list":
        return [_form(item) for item in value.data]
    return value.kind, value.shape, value.dtype, value.requires_grad


def shown(call: Call) -> str:
    """What a call returns, as an option says it."""
    if call.error:
        kind = str(call.error[0])
        return "It does not come to an end." if kind == "Endless" else f"It raises {kind}."
    return _text(call.result)


def _text(value: Value) -> str:
    if value.kind == "list":
        return f"[{', '.join(map(_text, value.data))}]"
    if value.kind == "float":
        return _number(value.data)
    if value.kind != "tensor":
        return str(value.data) if value.kind in ("int", "bool", "None") else f"something of the type {value.kind}"
    if value.data is None or value.data.size > 12:
        numbers = sorted({_number(number) for number in ([] if value.data is None else value.data.ravel().tolist())})
        inside = f"of shape {tuple(value.shape)}" + (f", each number {numbers[0]}" if len(numbers) == 1 else "")
    else:
        inside = _nested(value.data.tolist())
    more = ["" if value.dtype == "torch.float32" else value.dtype, "requires_grad=True" if value.requires_grad else ""]
    return f"tensor({', '.join([inside, *filter(None, more)])})"


def _nested(data):
    return f"[{', '.join(map(_nested, data))}]" if isinstance(data, list) else _number(data)


def _number(number):
    if isinstance(number, complex):
        return f"{_number(number.real)} + {_number(number.imag)}i"
    if isinstance(number, bool):
        return str(number)
    return "0" if abs(float(number)) < 1e-4 else f"{float(number):.3g}"
