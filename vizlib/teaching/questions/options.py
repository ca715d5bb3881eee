"""What calls return, as an option says it, and whether two of them are told apart."""

from vizlib.check.judge import close
from vizlib.check.outcome import Call, Value

APART = 0.05  # by how much numbers of two options differ at least, relative to their size


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
