"""Change every solution mechanically, one place at a time, and see whether its check notices.

Run it by hand: ``python -m tests.check_mutants``. A mutant counts as caught if its check fails. Survivors that behave
like the solution, for the reason given in EQUIVALENT, do not count; all others are listed.
"""

import ast
import copy
import re
import sys
from pathlib import Path

import nbformat

from vizlib import check
from vizlib.check import guard
from vizlib.check.exercise import EXERCISES

ROOT = Path(__file__).parents[1]
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
# Mutants that behave as the solution does, by exercise and what was changed: a pattern, and why.
EQUIVALENT = {
    r"without no_grad": "it only takes longer",
    r"constant -1: 0": "the first of one is also the last of one",
    r"(gradient|until|fgsm|step|pgd) \| (without clone|without detach)": "a copy, or a cut, more than is needed here",
    r"(fgsm|pgd) \| clone → relu": "an image in [0, 1] has nothing below 0",
    r"(fgsm|pgd) \| without reduction": "the sign of a mean is the sign of a sum",
    r"(repair_ascent|receptive_field) \| without (clone|detach)": "a copy, or a cut, more than is needed here",
    r"receptive_field \| clone → relu": "which pixels are seen does not depend on their values in a smooth network",
    r"(repair_pgd|project_l2) \| (without clamp_min|constant -1: 1e-12)": "a change of zero: inf, cut to 1, times 0",
    r"least_change \| constant \+1: 1.0": "beyond the other image it stays sure",
    r"prepare \| without device": "only to be seen on a machine with two devices",
    r"transfer \| arguments swapped: torch.zeros": "the table is square",
    r"(neuron_image|most_active) \| mean → sum": "a length and a ranking do not change with a factor",
    r"class_image \| (without clamp_min|constant -1: 1e-12)": "only for a gradient of zero, of which nothing is asked",
    r"ascend_until \| constant \+1: 1": "the loop is left before its last turn",
    r"jitter \| without tolist": "roll takes tensors too",
    r"survives_saving \| without dim": "there is one image",
}


def mutants(source):
    """Pairs of a description and the changed source."""
    tree = ast.parse(source)
    nodes = [node for node in ast.walk(tree.body[0]) if node not in ast.walk(tree.body[0].args)]
    for number, node in enumerate(nodes):
        for what, change in _changes(node):
            changed = copy.deepcopy(tree)
            twin = [n for n in ast.walk(changed.body[0]) if n not in ast.walk(changed.body[0].args)][number]
            change(twin)
            line = ast.unparse(node).splitlines()[0]
            yield f"{what}: {line}", ast.unparse(ast.fix_missing_locations(changed))


def _changes(node):
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in SWAPS:
        new = SWAPS[type(node.op)]
        yield f"{type(node.op).__name__} → {new.__name__}", lambda n: setattr(n, "op", new())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        new = SWAPS[type(node.ops[0])]
        yield f"{type(node.ops[0]).__name__} → {new.__name__}", lambda n: setattr(n, "ops", [new()])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "− → +", lambda n: setattr(n, "op", ast.UAdd())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for delta in (1, -1):
            yield f"constant {delta:+}", lambda n, d=delta: setattr(n, "value", n.value + d)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "not", lambda n: setattr(n, "value", not n.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name in METHODS:
            yield f"{name} → {METHODS[name]}", lambda n: setattr(n.func, "attr", METHODS[name])
        if name in DROPPED:
            yield f"without {name}()", _drop_call
        for keyword in range(len(node.keywords)):
            yield f"without {node.keywords[keyword].arg}=", lambda n, k=keyword: n.keywords.pop(k)
        if len(node.args) == 2:
            yield "arguments swapped", lambda n: n.args.reverse()
    if isinstance(node, ast.FunctionDef | ast.For | ast.With | ast.Try):
        for line in range(len(node.body)):
            if not isinstance(node.body[line], ast.Return) and not _is_docstring(node.body[line]):
                yield f"line {line} of the block dropped", lambda n, i=line: n.body.__setitem__(i, ast.Pass())
    if isinstance(node, ast.Try):
        yield "without finally", lambda n: setattr(n, "finalbody", [ast.Pass()])
    if isinstance(node, ast.With) and "no_grad" in ast.unparse(node.items[0]):
        yield (
            "without no_grad",
            lambda n: setattr(n.items[0], "context_expr", ast.parse("torch.enable_grad()").body[0].value),
        )


def _drop_call(node):
    inner = node.func.value
    if isinstance(inner, ast.Name) and inner.id in ("torch", "F"):
        inner = node.args[0]
    node.func, node.args, node.keywords = ast.parse("(lambda same: same)").body[0].value, [inner], []


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def survives(exercise, source, imports):
    """Whether a mutant passes its check."""
    scope = {}
    try:
        exec(imports, scope)
        exec(source, scope)
        with guard.isolated():
            getattr(check, exercise)(scope[exercise])
    except (check.CheckFailed, SyntaxError):
        return False
    return True


def main(only=""):
    guard.SECONDS = 1.0
    caught, equivalent, survivors = 0, [], []
    for sheet in sorted({exercise.sheet for exercise in EXERCISES.values()}):
        notebook = nbformat.read(ROOT / "solutions" / sheet / f"{sheet}.ipynb", as_version=4)
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
        for exercise in (name for name, one in EXERCISES.items() if one.sheet == sheet and only in name):
            for what, source in mutants(cells[exercise]):
                if not survives(exercise, source, cells["imports"]):
                    caught += 1
                    continue
                key = f"{exercise} | {what}"
                reason = next((why for pattern, why in EQUIVALENT.items() if re.search(pattern, key)), None)
                (equivalent if reason else survivors).append((key, reason))
    for key, reason in equivalent:
        print(f"behaves the same   {key}   ({reason})")
    for key, _ in survivors:
        print(f"SURVIVES           {key}")
    share = caught / (caught + len(survivors))
    print(f"{caught} caught, {len(survivors)} survive ({share:.1%} caught), {len(equivalent)} behave the same")
    return share >= 0.97


if __name__ == "__main__":
    sys.exit(not main(*sys.argv[1:]))
