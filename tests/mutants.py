"""Change a function mechanically, one place at a time."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from vizlib.teaching.questions.places import is_docstring

SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.GtE: ast.Lt, ast.Lt: ast.GtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Or: ast.And,
}  # fmt: skip
METHODS = {
    "sum": "mean", "mean": "sum", "square": "abs", "abs": "square", "max": "min", "argmax": "argmin", "norm": "sum",
    "softmax": "log_softmax", "sign": "tanh", "round": "floor", "rfftfreq": "fftfreq", "log": "exp", "clone": "relu",
}  # fmt: skip
DROPPED = {"detach", "clone", "clamp", "clamp_min", "abs", "square", "sqrt", "sign", "round", "item", "sum", "mean",
           "requires_grad_", "eval", "float", "tolist"}  # fmt: skip


@dataclass
class Mutant:
    """A function with one change.

    Attributes:
        what: the change in a few words.
        source: the changed function.
    """

    what: str
    source: str


def mutants(function: ast.FunctionDef) -> Iterator[Mutant]:
    """All changes of a function that are known here; its arguments stay."""
    original = ast.unparse(function)
    for number, node in enumerate(_nodes(function)):
        for what, change in _changes(node):
            changed = copy.deepcopy(function)
            twin = _nodes(changed)[number]
            new = change(twin)
            if new is not twin:
                _Put(twin, new).visit(changed)
            source = ast.unparse(ast.fix_missing_locations(changed))
            if source != original:  # f(x, x) with its arguments swapped is
                yield Mutant(f"{what}: {ast.unparse(node).splitlines()[0]}", source)


def _nodes(function):
    left = set(ast.walk(function.args))
    return [node for node in ast.walk(function) if node not in left]


class _Put(ast.NodeTransformer):
    """Puts a node in the place of another."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else super().generic_visit(node)


def _set(**values):
    def change(node):
        for name, value in values.items():
            setattr(node, name, value)
        return node

    return change


def _changes(node):
    """Pairs of what is changed, and a function that changes a copy of the node and returns what takes its place."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in SWAPS:
        new = SWAPS[type(node.op)]
        yield f"{type(node.op).__name__} → {new.__name__}", _set(op=new())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        new = SWAPS[type(node.ops[0])]
        yield f"{type(node.ops[0]).__name__} → {new.__name__}", _set(ops=[new(), *node.ops[1:]])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "− → +", _set(op=ast.UAdd())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for delta in (1, -1):
            yield f"constant {delta:+}", _set(value=node.value + delta)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "not", _set(value=not node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _changes_of_call(node)
    if isinstance(node, ast.FunctionDef | ast.For | ast.While | ast.With | ast.Try):
        for line, statement in enumerate(node.body):
            if not isinstance(statement, ast.Return) and not is_docstring(statement):
                yield f"line {line} of the block dropped", _without_line(line)
    if isinstance(node, ast.Try) and node.finalbody:
        yield "without finally", _set(finalbody=[ast.Pass()])
    if isinstance(node, ast.With) and "no_grad" in ast.unparse(node.items[0]):
        grad = ast.withitem(ast.parse("torch.enable_grad()").body[0].value)
        yield "without no_grad", _set(items=[grad, *node.items[1:]])


def _changes_of_call(node):
    name, bare = node.func.attr, isinstance(node.func.value, ast.Name) and node.func.value.id in ("torch", "F")
    if name in METHODS:
        yield f"{name} → {METHODS[name]}", lambda n: _set(attr=METHODS[name])(n.func) and n
    if name in DROPPED and (not bare or node.args):
        yield f"without {name}()", lambda n: n.args[0] if bare else n.func.value
    for number, keyword in enumerate(node.keywords):
        yield f"without {keyword.arg}=", lambda n, k=number: n.keywords.pop(k) and n
    if len(node.args) == 2:
        yield "arguments swapped", lambda n: _set(args=n.args[::-1])(n)


def _without_line(line):
    return lambda node: _set(body=[*node.body[:line], ast.Pass(), *node.body[line + 1 :]])(node)
