"""Change every solution mechanically, one place at a time, and see whether its check notices.

Run it by hand: ``python -m tests.check_mutants``. A mutant counts as caught if its check fails. Survivors that behave
like the solution, for the reason given in EQUIVALENT, do not count; all others are listed.
"""

import re
import sys
from pathlib import Path

import nbformat

from tests.mutants import mutants
from vizlib import check
from vizlib.check import guard
from vizlib.check.exercise import EXERCISES
from vizlib.teaching.questions.changes import find

ROOT = Path(__file__).parents[1]
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
    r"(neuron_image|most_active) \| mean → sum": "a length and a ranking do not change with a factor",
    r"class_image \| (without clamp_min|constant -1: 1e-12)": "only for a gradient of zero, of which nothing is asked",
    r"ascend_until \| constant \+1: 1": "the loop is left before its last turn",
    r"jitter \| without tolist": "roll takes tensors too",
    r"survives_saving \| without dim": "there is one image",
    r"sparse_code \| without dim": "topk takes the last axis by itself",
    r"invert_layer \| without (clone|detach\(\): images)": "a copy, or a cut, more than is needed here",
    r"(invert_layer|repair_deletion|hardened_step) \| clone → relu": "an image in [0, 1] has nothing below 0",
    r"repair_deletion \| without tolist": "a slice takes a tensor of one number",
    r"certificate \| constant \+1: 1": "an image less epsilon is never above 1",
    r"repair_worst_margin \| arguments swapped: torch.minimum": "the smaller of two, in any order",
}


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
            for mutant in mutants(find(cells[exercise], exercise)):
                if not survives(exercise, mutant.source, cells["imports"]):
                    caught += 1
                    continue
                key = f"{exercise} | {mutant.what}"
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
