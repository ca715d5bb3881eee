"""What an author of an exercise may get wrong is found, and what they are told to write passes."""

import importlib.util
import re
import shutil
import textwrap
from pathlib import Path

import nbformat
import pytest
import torch

from tests import right_answers, test_check, test_check_sheets
from vizlib import __main__ as command
from vizlib import check
from vizlib.check import exercise as exercise_module
from vizlib.check import guard, recurring
from vizlib.check.catalogue import end_of_statement, read
from vizlib.check.exercise import EXERCISES, PRACTICE, Exercise
from vizlib.check.outcome import Call, Value
from vizlib.check.verdict import CheckBroken

ROOT = Path(__file__).parents[1]
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
        vague.informative_seed(5)


def plus_one(image):
    return image + 1


def test_inputs_that_do_not_fit_are_drawn_again_whenever_that_is_seen():
    def inputs(draw, limit=0.9):
        for _ in range(3):
            number = draw.uniform().item()
            yield (torch.tensor(number),)
            draw.require(number < limit)

    late = Exercise(plus_one, inputs)
    for seed in range(10):
        assert all(float(image) < 0.9 for (image,) in late.cases(seed))
        late(plus_one)
    never = Exercise(plus_one, lambda draw: inputs(draw, limit=0))
    with pytest.raises(CheckBroken, match="finds no inputs"):
        never(plus_one)


def test_inputs_that_fail_are_no_fault_of_an_answer():
    def inputs(draw):
        yield (draw.no_such_thing(),)

    with pytest.raises(CheckBroken, match="its inputs cannot be drawn .AttributeError: 'Draw' has no attribute"):
        Exercise(plus_one, inputs)(plus_one)


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


def section(page, title):
    return (ROOT / page).read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n\n## ")[0]


def blocks(text):
    """The blocks of code in Markdown, in order; a list in it may be indented."""
    return [textwrap.dedent(block) for block in re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


@pytest.fixture
def described(monkeypatch, tmp_path):
    """The exercise that CONTRIBUTING and the guide describe, as their command writes it, and its sheet in a notebook."""
    text = section("CONTRIBUTING.md", "An exercise")
    words = re.search(r"`python -m vizlib (check new (\w+) --sheet (\w+))`", text)
    asked, name, sheet = words.groups()
    path = tmp_path / "solutions" / sheet / f"{sheet}.ipynb"
    path.parent.mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / sheet / path.name, path)
    before = len(nbformat.read(path, as_version=4).cells)
    module = tmp_path / "vizlib" / "check" / f"sheet{sheet}" / f"{name}.py"
    module.parent.mkdir(parents=True)
    (tmp_path / "tests" / "right_answers").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert command.main(asked.split()) == 0
    assert module.read_text(encoding="utf-8") == blocks(text)[0]
    assert (tmp_path / "tests" / "right_answers" / f"{name}.txt").read_text(encoding="utf-8") == blocks(text)[1]
    monkeypatch.setattr(right_answers, "FOLDER", tmp_path / "tests" / "right_answers")
    guide = section("docs/instructors_guide.md", "An exercise of your own")
    written = [cell.source + "\n" for cell in nbformat.read(path, as_version=4).cells[before:]]
    number = re.search(r"Exercise \d+", written[0]).group()
    assert [written[0].replace(number, "Exercise 7"), *written[1:]] == blocks(guide)
    spec = importlib.util.spec_from_file_location(f"vizlib.check.sheet{sheet}.{name}", module)
    monkeypatch.setattr(exercise_module, "EXERCISES", dict(EXERCISES))
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    exercise = exercise_module.EXERCISES[name]
    monkeypatch.setattr(check, name, exercise, raising=False)
    nbformat.validate(nbformat.read(path, as_version=4))
    cells = test_check_sheets.cells_of(path)
    return exercise, (path, cells, {n: e for n, e in exercise_module.EXERCISES.items() if e.sheet == sheet})


def test_the_exercise_that_is_described_passes_what_is_asked_of_each(described, capfd):
    exercise, _ = described
    test_check.test_stub_is_not_written_yet(exercise, capfd)
    test_check.test_every_bug_earns_its_own_card(exercise)
    test_check.test_every_right_answer_passes(exercise)
    test_check.test_hints_are_there_and_differ(exercise)
    assert list(senseless(exercise)) == []
    assert exercise.informative_seed(2) < 10


def test_the_cells_that_are_described_pass_what_is_asked_of_each(described, capsys):
    exercise, (path, cells, exercises) = described
    assert exercise.name in exercises
    test_check_sheets.test_every_exercise_has_its_cells((path, cells, exercises))
    test_check_sheets.test_core_of_a_sheet_takes_an_hour_at_most((path, cells, exercises))
    new = path, cells, {exercise.name: exercise}
    test_check_sheets.test_hints_lead_from_a_question_to_the_solution_and_quote_the_checks(new)
    test_check_sheets.test_solution_is_right(new)
    test_check_sheets.test_broken_function_of_a_repair_has_its_flaws(new)
    test_check_sheets.test_no_notebook_gives_a_solution_away(new)
    picture = next(cell for cell in nbformat.read(path, as_version=4).cells if "check.picture(invert)" in cell.source)
    exec(picture.source, test_check_sheets.run(cells, exercise.name, f"check_{exercise.name}"))
    out = capsys.readouterr().out
    assert out.startswith(f"✓ {exercise.name} is right.\n")
    assert "No picture yet" not in out


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["new", "for", "--sheet", "x"], "'for' is no name of a function"),
        (["new", "pixel_step", "--sheet", "x"], "There is an exercise 'pixel_step' already"),
        (["new", "invert", "--sheet", "x"], "This is not the folder of the course"),
        (["show", "pixel_stp"], "There is no exercise 'pixel_stp'; the nearest: 'pixel_step'"),
    ],
)
def test_what_cannot_be_begun_or_shown_is_one_sentence(monkeypatch, tmp_path, capsys, asked, sentence):
    monkeypatch.chdir(tmp_path)
    assert command.main(["check", *asked]) == 1
    assert sentence in capsys.readouterr().err


def test_a_sheet_that_is_not_there_is_named(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert command.main(["check", "new", "invert", "--sheet", "04"]) == 1
    assert "There is no sheet '04'; the nearest: " in capsys.readouterr().err


@pytest.mark.parametrize("name", ["pixel_step", "repair_ascent", "total_variation"])
def test_every_wrong_answer_is_shown_as_code_with_its_card(capsys, name):
    assert command.main(["check", "show", name]) == 0
    out = capsys.readouterr().out
    assert "#" not in "".join(line for line in out.splitlines() if "return" in line)
    for bug in EXERCISES[name].bugs:
        assert f"✗ {name}: {bug.name}" in out
    assert out.count(f"def {name}(") >= len(EXERCISES[name].bugs)


def test_the_rest_of_a_statement_is_replaced_and_nothing_after_it():
    source = "def f(x):\n    y = [\n        x,\n    ]\n    return y; z = 1\n"
    for start, rest in (("y = [", "\n    return"), ("return", "; z = 1"), ("x,", "\n    return")):
        assert source[end_of_statement(source, source.index(start)) :].startswith(rest)


def test_a_comment_in_a_change_is_refused():
    with pytest.raises(ValueError, match="A change has no comment"):
        read("down: return → return 1 #")
