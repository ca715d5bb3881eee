"""What an answer did, as plain data: it can be sent from the process that ran the answer to one that judges it."""

import json
from dataclasses import dataclass, field, fields, is_dataclass

import numpy as np
import safetensors.numpy
import torch
from safetensors import SafetensorError

LARGEST = 50_000_000  # bytes of a stored outcome; those of this course have some thousands


@dataclass
class Value:
    """Something that an answer returned, or that it left behind.

    Attributes:
        kind: "tensor", "list" (a tuple is one too), "float", "int", "bool", "None" or the name of another type.
        data: an array for a tensor (None if it has no numbers here), a list of values, or the number.
        shape, dtype, device, requires_grad, graph: of a tensor; ``graph`` is whether it remembers where it came from.
        argument: the name of the argument that it is, or None.
    """

    kind: str
    data: object = None
    shape: list = field(default_factory=list)
    dtype: str = ""
    device: str = ""
    requires_grad: bool = False
    graph: bool = False
    argument: str | None = None

    @classmethod
    def of(cls, thing, arguments=()):
        """Describe ``thing``; ``arguments`` maps names to what it may be identical with."""
        name = next((name for name, given in dict(arguments).items() if given is thing), None)
        if issubclass(type(thing), torch.Tensor):
            with torch._C.DisableTorchFunctionSubclass():  # a subclass may answer as it likes
                return _of_tensor(thing, name)
        if type(thing) in (list, tuple):
            return cls("list", [cls.of(item) for item in thing])
        if type(thing) is int:  # beyond 64 bits it could hardly be written down
            return cls("int", min(max(thing, -(2**63)), 2**63 - 1))
        if thing is None or type(thing) in (bool, float):
            return cls(type(thing).__name__ if thing is not None else "None", thing)
        return cls(type(thing).__name__, argument=name)

    @property
    def plain(self):
        """The numbers: a tensor, a list of plain values, a number or None."""
        if self.kind == "tensor" and self.data is not None:
            return torch.from_numpy(self.data)
        return [item.plain for item in self.data] if self.kind == "list" else self.data


def _of_tensor(thing, name):
    """As :meth:`Value.of`. The attributes are those of PyTorch, also if a subclass has its own."""
    plain = torch.Tensor.detach(thing).as_subclass(torch.Tensor)
    numbers = plain.float() if plain.dtype == torch.bfloat16 else plain.resolve_conj().resolve_neg()
    try:
        data = numbers.cpu().numpy().copy() if plain.device.type != "meta" else None
    except (TypeError, RuntimeError):  # sparse, nested, quantized …
        return Value(f"tensor of {plain.dtype} in {plain.layout}")
    wants, graph = (getattr(torch.Tensor, each).__get__(thing) for each in ("requires_grad", "grad_fn"))
    where = str(plain.dtype), str(plain.device)
    return Value("tensor", data, list(plain.shape), *where, wants, graph is not None, name)


@dataclass
class Call:
    """One call of an answer.

    Attributes:
        result: what it returned; None if it raised.
        error: the type and the text of what it raised, and the line of the answer as it stands on a card; or None.
        after: what it changed, as it is afterwards: from ``"argument.kind"``, e.g. ``"image.grad"`` or
            ``"model.mode"``, to a value. ``"global.random"`` and ``"global.settings"`` are what everybody shares.
        gradients: from the name of an argument to the gradient of the result with respect to it, None if cut off.
        log: how the answer called the networks and functions that it was given, one dict of numbers a call.
        given: the arguments by name. They stay where they are and are not stored.
    """

    result: Value | None = None
    error: list | None = None
    after: dict = field(default_factory=dict)
    gradients: dict = field(default_factory=dict)
    log: list = field(default_factory=list)
    given: dict = field(default_factory=dict)


@dataclass
class Outcome:
    """All calls of an answer.

    Attributes:
        calls: in order; they end early if one had to be stopped.
        rejected: name, sentence and hint of a card if it could not be called at all, or None.
        printed: what it printed, cut at the end.
        seconds: of CPU time.
    """

    calls: list = field(default_factory=list)
    rejected: list | None = None
    printed: str = ""
    seconds: float = 0.0

    def to_bytes(self) -> bytes:
        """JSON in a line, then the arrays as safetensors."""
        arrays: dict[str, np.ndarray] = {}
        text = json.dumps(_pack(self, arrays))
        return b"\n".join([text.encode(), safetensors.numpy.save(arrays)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Outcome":
        """Read what :meth:`to_bytes` wrote, by whomever.

        Raises:
            ValueError: anything else than an outcome of a reasonable size.
        """
        if len(data) > LARGEST:
            raise ValueError(f"An outcome has at most {LARGEST} bytes, but this one has {len(data)}.")
        text, _, raw = data.partition(b"\n")
        try:
            outcome = _unpack(json.loads(text), safetensors.numpy.load(raw))
        except (LookupError, TypeError, RecursionError, AttributeError, UnicodeDecodeError, SafetensorError) as error:
            raise ValueError(f"This is no outcome: {error}") from None
        if not isinstance(outcome, cls) or not all(isinstance(call, Call) for call in outcome.calls):
            raise ValueError("This is no outcome.")
        return outcome


_CLASSES = {"Value": Value, "Call": Call, "Outcome": Outcome}


def _pack(thing, arrays):
    if isinstance(thing, np.ndarray):
        pairs = thing.dtype == np.complex128  # which safetensors does not know
        arrays[name := str(len(arrays))] = np.stack([thing.real, thing.imag]) if pairs else np.array(thing, order="C")
        return {"array": [name, pairs]}
    if is_dataclass(thing):
        parts = {part.name: _pack(getattr(thing, part.name), arrays) for part in fields(thing) if part.name != "given"}
        return {type(thing).__name__: parts}
    if isinstance(thing, dict):
        return {"dict": {name: _pack(value, arrays) for name, value in thing.items()}}
    return [_pack(item, arrays) for item in thing] if isinstance(thing, list) else thing


def _unpack(thing, arrays):
    if isinstance(thing, list):
        return [_unpack(item, arrays) for item in thing]
    if not isinstance(thing, dict):
        return thing
    ((kind, parts),) = thing.items()
    if kind == "dict":
        return {name: _unpack(value, arrays) for name, value in parts.items()}
    if kind == "array":
        name, pairs = parts
        return arrays[name][0] + 1j * arrays[name][1] if pairs else arrays[name]
    return _CLASSES[kind](**{name: _unpack(value, arrays) for name, value in parts.items()})
