"""For authors: what an exercise knows, as code; and a new one, which passes the tests as it is.

``vizlib check show pixel_step``, ``vizlib check new invert --sheet 04_make_it_look_like_an_image``. What ``new``
writes stands in ``example/``, and in CONTRIBUTING and the instructor's guide.
"""

import inspect
import json
import keyword
import re
import textwrap
import uuid
from pathlib import Path

from vizlib import _files, _validate
from vizlib.check.exercise import EXERCISES, PRACTICE
from vizlib.check.judge import judge

EXAMPLE = Path(__file__).parent / "example"
# The cells of an exercise, in order: file, kind, ID; the answer alone is no locked cell, the check alone has points.
CELLS = (
    ("1_card.md", "markdown", "card_{name}"),
    ("2_answer.txt", "code", "{name}"),
    ("3_check.txt", "code", "check_{name}"),
    ("4_picture.txt", "code", None),
    ("5_hints.md", "markdown", "hints_{name}"),
)


def show(name: str) -> str:
    """Each known wrong answer of an exercise as the code that it stands for, under the card that it earns.

    Raises:
        ValueError: there is no such exercise.
    """
    exercise = EXERCISES[_validate.choice(name, EXERCISES, "exercise")]
    parts = [exercise.source()]
    for bug in exercise.bugs:
        for answer, edits in zip(exercise.variants(bug), [*bug.edits, *[None] * 99], strict=False):
            source = exercise.source(edits) if edits else f"{bug.name}:\n{_source(answer, exercise)}"
            if bug.name == "does not come to an end":
                card = [f"✗ {name}: {bug.name}"]
            else:
                verdict = judge(exercise, exercise.outcome(answer, PRACTICE), PRACTICE)
                card = [verdict.title, f"  {verdict.sentence}", f"  Hint: {verdict.hint}"]
            parts.append("\n".join([*card, "", textwrap.indent(source.rstrip(), "    ")]))
    return "\n\n".join(parts)


def _source(answer, exercise):
    try:
        return textwrap.dedent(inspect.getsource(answer))
    except OSError:  # several flaws of a repair at once
        return f"several flaws of {exercise.name} at once"


def new(root: Path, name: str, sheet: str) -> str:
    """Begin an exercise: its module, its five cells at the end of the sheet's notebook, and another right answer.

    Args:
        root: the folder of the course.
        name: of the function that students are to write.
        sheet: e.g. ``"04_make_it_look_like_an_image"``.

    Returns:
        What to do next.

    Raises:
        ValueError: the name is no name of a function, or is taken; there is no such sheet.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is no name of a function.")
    if name in EXERCISES:
        raise ValueError(f"There is an exercise {name!r} already, in sheet {EXERCISES[name].sheet}.")
    sheets = [path.parent.name for path in sorted(root.glob("solutions/*/*.ipynb"))]
    if not sheets:
        raise ValueError(f"This is not the folder of the course: {str(root)!r} has no solutions.")
    _validate.choice(sheet, sheets, "sheet")
    module = root / "vizlib" / "check" / f"sheet{sheet}" / f"{name}.py"
    path = root / "solutions" / sheet / f"{sheet}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    number = 1 + sum("".join(cell["source"]).startswith("## Exercise ") for cell in notebook["cells"])
    notebook["cells"] += [_cell(*one, name, number) for one in CELLS]
    _files.write(module, _example("invert.txt", name))
    _files.write(root / "tests" / "right_answers" / f"{name}.txt", _example("6_right.txt", name))
    _files.write(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    return (
        f"Begun: {module.relative_to(root)}, tests/right_answers/{name}.txt, five cells in {path.name}: an example.\n"
        f"Write your own, run the notebook from top to bottom, then: make exercises, make test."
    )


def _example(file, name):
    return re.sub(r"\binvert\b", name, (EXAMPLE / file).read_text(encoding="utf-8"))


def _cell(file, kind, identity, name, number):
    source = re.sub(r"Exercise \d+", f"Exercise {number}", _example(file, name)).rstrip("\n")
    cell = {"cell_type": kind, "id": uuid.uuid4().hex[:8], "metadata": {}, "source": source.splitlines(keepends=True)}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    if identity:
        identity = identity.format(name=name)
        cell["id"] = identity.replace("_", "-")
        tests, answer = identity.startswith("check_"), identity == name
        nbgrader = {"grade": tests, "grade_id": identity, "locked": not answer, "schema_version": 3, "solution": answer}
        cell["metadata"]["nbgrader"] = nbgrader | {"task": False} | ({"points": 1} if tests else {})
    return cell
