"""The exercise notebooks fit the exercises, and no notebook gives an exercise away."""

import ast
import inspect
import re
from pathlib import Path

import nbformat
import pytest

from vizlib import check
from vizlib.check import messages
from vizlib.check.exercise import EXERCISES, PRACTICE
from vizlib.check.judge import judge
from vizlib.check.observe import observe

ROOT = Path(__file__).parents[1]
SHEETS = sorted({exercise.sheet for exercise in EXERCISES.values()} & {path.name for path in ROOT.glob("solutions/*")})
# What notebooks 01 to 03 write out by hand on purpose, so that the loop can be seen.
WRITTEN_OUT = {"train_step", "ascend_until", "class_image"}


def cells_of(path):
    notebook = nbformat.read(path, as_version=4)
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


@pytest.fixture(params=SHEETS)
def sheet(request):
    path = ROOT / "solutions" / request.param / f"{request.param}.ipynb"
    return path, cells_of(path), {n: e for n, e in EXERCISES.items() if e.sheet == request.param}


def run(cells, *names):
    scope = {}
    for name in ("imports", *names):
        exec(cells[name].source, scope)
    return scope


def test_every_exercise_has_its_cells(sheet):
    path, cells, exercises = sheet
    assert {name for name in cells if f"check_{name}" in cells} == exercises.keys()
    for name, exercise in exercises.items():
        assert cells[f"check_{name}"].metadata.nbgrader.points > 0
        assert cells[f"check_{name}"].metadata.nbgrader.locked
        assert re.search(
            rf"●.? ?.* · \d+ minutes · {'extra' if exercise.extra else 'core'} · ", cells[f"card_{name}"].source
        )
        assert cells[f"card_{name}"].source.count("$$") == 2
    assert "No picture yet" not in path.read_text()


def test_core_of_a_sheet_takes_an_hour_at_most(sheet):
    path, cells, _ = sheet
    cards = [cell.source for name, cell in cells.items() if name.startswith("card_")]
    assert sum(int(re.search(r"(\d+) minutes", card)[1]) for card in cards if " · core · " in card) <= 60


def test_hints_lead_from_a_question_to_the_solution_and_quote_the_checks(sheet):
    _, cells, exercises = sheet
    for name, exercise in exercises.items():
        hints = cells[f"hints_{name}"].source
        assert hints.count("<details>") == hints.count("</details>") >= 3
        assert f"check.solution({name})" in hints
        said = " ".join(
            [*(part for bug in exercise.bugs for part in bug.card or ()), *messages.ERRORS, *general_cards()]
        )
        for quoted in re.findall(r"“(.+?)”", "".join(re.findall(r"<summary>.*</summary>", hints))):
            assert quoted in said, f"{name}: no card says “{quoted}”; a hint quotes a card, without what is filled in"


def general_cards():
    """What is said of any answer, with the parts that are filled in."""
    texts = [text for card in messages.CARDS.values() for text in card]
    kinds = "It should return a plain Python float, It should return True or False, returns nothing "
    return [*texts, kinds, "things, but it returned one tensor.", "The shape should be"]


def test_every_open_question_has_a_model_answer(sheet):
    _, cells, _ = sheet
    questions = [name.removeprefix("ask_") for name in cells if name.startswith("ask_")]
    assert questions
    for name in questions:
        assert cells[name].metadata.nbgrader.points > 0
        assert len(cells[name].source.split("### BEGIN SOLUTION")[1]) > 200
        assert f'check.solution("{name}")' in cells[f"ask_{name}"].source


def test_solution_is_right(sheet):
    _, cells, exercises = sheet
    for name, exercise in exercises.items():
        answer = run(cells, name)[name]
        assert inspect.signature(answer) == exercise.signature
        found = judge(exercise, observe(answer, exercise, PRACTICE), PRACTICE)
        assert found.right, (found.title, found.lines)


def test_broken_function_of_a_repair_has_its_flaws(sheet):
    _, cells, exercises = sheet
    for name, exercise in exercises.items():
        flaws = [bug.name for bug in exercise.bugs if bug.flaw]
        assert (f"broken_{name}" in cells) == bool(flaws)
        if flaws:
            scope = run(cells, f"broken_{name}")
            broken = next(value for key, value in scope.items() if key.startswith("broken_"))
            assert len(flaws) == 3
            assert judge(exercise, observe(broken, exercise, PRACTICE), PRACTICE).name in flaws


def test_solution_and_model_answer_are_found_above_the_notebook(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(ROOT / "exercises" / "02_update_the_pixels")
    check.solution("pixel_step")
    check.solution("why_logit")
    out = capsys.readouterr().out
    assert "image.detach() + lr * gradient" in out
    assert "To look for" in out
    assert "BEGIN SOLUTION" not in out
    monkeypatch.chdir(tmp_path)
    check.solution("pixel_step")
    assert "There is no solution of pixel_step here" in capsys.readouterr().out


def shape_of(statements):
    """A syntax tree up to the names in it."""
    names = {}

    class Rename(ast.NodeTransformer):
        def visit_Name(self, node):
            return ast.Name(names.setdefault(node.id, f"name{len(names)}"), node.ctx)

    return [ast.dump(Rename().visit(statement)) for statement in ast.parse(ast.unparse(statements)).body]


def blocks(tree):
    """All lists of statements in a tree."""
    for node in ast.walk(tree):
        for part in ("body", "orelse", "finalbody"):
            if isinstance(getattr(node, part, None), list):
                yield getattr(node, part)


def stands_in(body, code):
    """Whether statements stand in code, whatever the names."""
    wanted, count = shape_of(ast.Module(body, [])), len(body)
    return any(
        shape_of(ast.Module(block[n : n + count], [])) == wanted
        for block in blocks(code)
        for n in range(len(block) - count + 1)
    )


def test_copy_is_found_whatever_its_names():
    body = ast.parse("a = 1\nb = a + 2\nfor c in b:\n    print(c)").body
    assert stands_in(
        body, ast.parse("def f():\n    x = 1\n    y = x + 2\n    for z in y:\n        print(z)\n    return y")
    )
    assert not stands_in(body, ast.parse("x = 1\ny = x - 2\nfor z in y:\n    print(z)"))


def test_no_notebook_gives_a_solution_away(sheet):
    _, cells, exercises = sheet
    lessons = [
        cell.source
        for path in ROOT.glob("notebooks/*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    ]
    code = ast.parse("\n".join(source for source in lessons if not source.lstrip().startswith(("%", "!"))))
    for name in exercises.keys() - WRITTEN_OUT:
        body = ast.parse(cells[name].source).body[0].body[1:]
        statements = sum(isinstance(node, ast.stmt) for part in body for node in ast.walk(part))
        assert statements <= 3 or not stands_in(body, code), name
