"""Grading: honest answers get their points, attacks get none and change nobody else's, and a stop costs nothing."""

import ast
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
import torch

import vizlib
from tests.attacks import ACCIDENTS, ATTACKS, SPIES
from vizlib import check, models, plotting
from vizlib.attacks import project
from vizlib.check.borrowed import CLOSED, borrowed
from vizlib.check.exercise import EXERCISES, Exercise
from vizlib.check.observe import observe
from vizlib.teaching import grading
from vizlib.teaching.export import tables
from vizlib.teaching.export.results import results
from vizlib.teaching.grading import sandbox
from vizlib.teaching.grading.course import Assignment
from vizlib.teaching.grading.library import OPEN, module_of, stripped
from vizlib.teaching.grading.report import report
from vizlib.teaching.handout import handout

ROOT = Path(__file__).parents[1]
NAME = "02_update_the_pixels"
CHECKS = ["prepare", "pixel_gradient", "pixel_step", "ascend_until", "repair_ascent", "least_change"]
sealed = pytest.mark.skipif(not sandbox.sealable(), reason="needs bubblewrap")


# What a reader's own cells may have set, and an error that cannot be written down.
SWITCHED = """import torch, warnings
torch.set_grad_enabled(False)
torch.set_default_dtype(torch.float64)
torch.set_default_device("meta")
torch.use_deterministic_algorithms(True)
warnings.simplefilter("error")
class Broken(Exception):
    def __str__(self):
        raise OSError
raise Broken"""


class Course:
    """A course with one assignment in a temporary folder."""

    def __init__(self, folder):
        self.folder = folder
        for part in ("solutions", "exercises"):
            shutil.copytree(ROOT / part / NAME, folder / part / NAME, ignore=shutil.ignore_patterns(".*"))

    def notebook(self, part):
        return nbformat.read(self.folder / part / NAME / f"{NAME}.ipynb", as_version=4)

    def hand_in(self, student, answers=None, first="", solved=False, change=lambda notebook: None):
        """The released notebook or its solution, with the source of some cells replaced and a cell in front."""
        notebook = self.notebook("solutions" if solved else "exercises")
        for cell in notebook.cells:
            cell.source = (answers or {}).get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        if first:
            notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
        change(notebook)
        self.write(student, nbformat.writes(notebook))

    def write(self, student, text):
        target = self.folder / "grading" / "submitted" / student / NAME
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{NAME}.ipynb").write_text(text)

    def hand_in_honest_ones(self, *names):
        for name in names:
            self.hand_in(f"{name}-right", solved=True, first=f"# {name}")
            self.hand_in(f"{name}-wrong", wrong_answers(), solved=True, first=f"# {name}")
            self.hand_in(f"{name}-blank", first=f"# {name}")

    def grade(self, jobs=1):
        self.said = []
        return grading.grade(self.folder, NAME, jobs, say=self.said.append)

    def printed(self, student):
        """What a student's own cells printed, and their errors."""
        assignment = Assignment(self.folder, NAME)
        ran = json.loads((assignment.folder(assignment.submission(student)) / "cells.json").read_text())
        return "\n".join(f"{cell['text']}{cell['error'] or ''}" for cell in ran.values())

    def kept(self):
        return {path: path.stat().st_mtime_ns for path in self.folder.glob("grading/verdicts/*/*/*-*.json")}


def wrong_answers(names=CHECKS[::2]):
    """For some exercises the first wrong answer that has a card of its own and is a change of the reference."""
    return {name: EXERCISES[name].source(bug_of(name).edits[0]) for name in names}


def bug_of(name):
    return next(bug for bug in EXERCISES[name].bugs if bug.card and bug.edits)


def assert_honest_ones_have_their_points(found, *names):
    for name in names:
        assert all(verdict["right"] for verdict in found[f"{name}-right"].values())
        for exercise, verdict in found[f"{name}-wrong"].items():
            assert verdict["right"] == (exercise not in CHECKS[::2])
            assert verdict["right"] or verdict["name"] == bug_of(exercise).card[0]
        assert all(verdict["name"] == "not written yet" for verdict in found[f"{name}-blank"].values())
        assert not any(
            verdict["look"] for kind in ("right", "wrong", "blank") for verdict in found[f"{name}-{kind}"].values()
        )


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"))
    course.hand_in_honest_ones("ada")
    course.hand_in("switched-right", solved=True, first=SWITCHED)
    course.hand_in("switched-wrong", wrong_answers(), solved=True, first=SWITCHED)
    course.write("zed", "no JSON")
    return course, course.grade()


def test_right_wrong_and_blank(honest):
    course, found = honest
    assert_honest_ones_have_their_points(found, "ada")
    assert course.said[1] == "ada-right: 6 of 6 right"


def test_what_a_notebook_has_set_for_everybody_changes_no_verdict(honest):
    course, found = honest
    for kind in ("right", "wrong"):
        for name in CHECKS:
            one, other = (found[f"{student}-{kind}"][name] for student in ("ada", "switched"))
            assert [one[part] for part in ("right", "name", "look")] == [
                other[part] for part in ("right", "name", "look")
            ]
    assert "(its text cannot be read)" in course.printed("switched-right")


def test_a_check_that_is_broken_is_no_verdict_on_anybody(monkeypatch):
    broken = Exercise(lambda image: image.no_such_thing, lambda draw: iter([(draw.uniform(2),)]))
    outcome = observe(lambda image: image, broken, 2).to_bytes()
    monkeypatch.setitem(EXERCISES, "broken", broken)
    grader = SimpleNamespace(seeds={"broken": 2})
    with pytest.raises(RuntimeError, match="does not work here: its own solution raises AttributeError"):
        grading.Graders._judge(grader, "broken", {}, outcome)


def test_a_file_that_is_no_notebook_is_for_a_person(honest):
    course, found = honest
    assert not any(verdict["right"] for verdict in found["zed"].values())
    assert course.said[-1].startswith("zed: a person should look, the file cannot be read")


def test_a_second_call_computes_nothing(honest, monkeypatch):
    course, found = honest
    before = course.kept()
    monkeypatch.setattr("vizlib.teaching.grading.pool.Sandbox", None)
    assert course.grade() == found
    assert course.kept() == before


def test_the_page_of_the_class_names_cards_and_escapes_what_students_write(honest):
    course, found = honest
    page = report(course.folder, NAME).read_text()
    assert "not written yet" in page
    assert "zed" in page
    assert bug_of("prepare").card[0] in page
    for sealed_or_not in ("not sealed",):
        assert (sealed_or_not in page) == (not sandbox.sealable())


def test_a_mended_check_grades_its_exercise_again(honest, monkeypatch, tmp_path):
    assignment = Assignment(honest[0].folder, NAME)
    before = assignment.versions()
    mended = tmp_path / "pixel_step.py"
    mended.write_text(module_of("pixel_step").read_text() + "\n")
    monkeypatch.setattr(
        "vizlib.teaching.grading.course.module_of", lambda name: mended if name == "pixel_step" else module_of(name)
    )
    after = assignment.versions()
    assert [name for name in before if before[name] != after[name]] == ["pixel_step"]


def test_the_seed_is_made_once_and_is_for_graders_only(honest):
    path = honest[0].folder / "grading" / "seed"
    assert path.stat().st_mode & 0o777 == 0o600
    assert Assignment(honest[0].folder, NAME).seed() == int(path.read_text())


@pytest.mark.parametrize("name", EXERCISES)
def test_what_travels_has_inputs_but_no_answer(name):
    code = stripped(module_of(name).read_text(), name)
    scope = {"__name__": "vizlib.check.sheet00.copy"}
    travelled = dict(EXERCISES)
    try:
        exec(compile(code, "copy", "exec"), scope)
    finally:
        EXERCISES.update(travelled)
    copy, exercise = scope[name], EXERCISES[name]
    assert (copy.signature, copy.gradient_to, copy.bugs) == (exercise.signature, exercise.gradient_to, [])
    with pytest.raises(NotImplementedError):
        copy.reference(*[None] * len(copy.signature.parameters))
    for ours, theirs in zip(exercise.cases(7), copy.cases(7), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert type(a).__name__ == type(b).__name__
            assert not isinstance(a, torch.Tensor) or torch.equal(a, b)


@pytest.mark.slow
@sealed
def test_attacks_get_no_points_and_change_nobody_elses(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "ANSWER", 60)
    course = Course(tmp_path)
    course.hand_in_honest_ones("a", "m", "z")
    attackers = {name: f"{'bny'[number % 3]}-{name}" for number, name in enumerate(ATTACKS)}  # between honest ones
    for name, student in attackers.items():
        course.hand_in(student, **ATTACKS[name])
    for name, (first, _) in SPIES.items():
        course.hand_in(f"n-{name}", first=first)
    gradebook = tmp_path / "grading" / "gradebook.db"
    gradebook.write_text("points")
    outside = set(Path("/tmp").iterdir())
    found = course.grade(jobs=2)
    assert_honest_ones_have_their_points(found, "a", "m", "z")
    lines = dict(line.split(": ", 1) for line in course.said)
    for student in attackers.values():
        verdicts = found[student]
        assert not any(verdict["right"] for verdict in verdicts.values()), student
        assert "right" not in lines[student] or lines[student].startswith("0 of 6 right")
        assert all(verdict["name"] or verdict["look"] for verdict in verdicts.values()), student
    points = {one.student: one for one in results(tmp_path, NAME)}
    for table in (tables.canvas(list(points.values())), tables.moodle(list(points.values()))):
        rows = {row[0]: row for row in csv.reader(table[0].splitlines())}
        assert all({"0", "0.00"} & set(rows[student]) for student in attackers.values())
    assert not any(points[student].score for student in attackers.values())
    page = report(tmp_path, NAME).read_text()
    for name in ("patched-check", "patched-torch", "ends-the-process", "kills-all", "forks", "huge-outcome-by-hand"):
        assert attackers[name] in page
    assert "<script>alert" not in page
    for name, (_, seen) in SPIES.items():
        assert seen in course.printed(f"n-{name}"), (name, course.printed(f"n-{name}"))
    assert gradebook.read_text() == "points"
    assert not {path for path in set(Path("/tmp").iterdir()) - outside if "attack" in path.name}


@pytest.mark.slow
@sealed
def test_accidents_cost_their_own_points_only(tmp_path):
    course = Course(tmp_path)
    course.hand_in_honest_ones("a", "z")
    for name, (accident, _) in ACCIDENTS.items():
        course.hand_in(f"m-{name}", solved=True, **accident)
    found = course.grade(jobs=2)
    assert_honest_ones_have_their_points(found, "a", "z")
    for name, (_, lost) in ACCIDENTS.items():
        verdicts = found[f"m-{name}"]
        assert [exercise for exercise, verdict in verdicts.items() if not verdict["right"]] == lost, (name, verdicts)
        assert len(course.printed(f"m-{name}")) < 50_000


@pytest.mark.slow
def test_killed_half_way_it_goes_on_where_it_was(tmp_path):
    course = Course(tmp_path)
    for number in range(10):
        course.hand_in(f"student{number}", wrong_answers(CHECKS[: number % 3]), solved=True, first=f"# {number}")
    command = [sys.executable, "-m", "vizlib", "grade", NAME, "--jobs", "1"]
    process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    wait_for(lambda: len(course.kept()) > 20 or process.poll() is not None)
    inside = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = course.kept()
    assert 20 < len(before) < 66
    if sandbox.sealable():
        wait_for(lambda: not any(child.is_running() and child.status() != "zombie" for child in inside))
    found = course.grade()
    after = course.kept()
    assert before.items() <= after.items()  # none was made again
    assert len(after) == 66  # ten submissions and the solution, six exercises
    for number in range(10):
        assert [v["right"] for v in found[f"student{number}"].values()] == [n >= number % 3 for n in range(6)]


def wait_for(state):
    while not state():
        time.sleep(0.05)


STARTS = """
import os, subprocess, sys
from vizlib.teaching.grading import sandbox
print(sandbox.sealable(), sys.prefix, flush=True)
if sys.argv[2] == "whole":
    box = sandbox.Sandbox(["import torch"], ["prepare"], sys.argv[1])
    print(box.ask({"cells": [{"source": "print(torch.ones(3).sum())"}], "wanted": [], "seeds": {}}))
    box.close()
else:
    inside = "import glob, numpy, sys; print(sys.prefix, numpy.ones(3).sum(), glob.glob('*', root_dir=sys.argv[1], include_hidden=True))"
    subprocess.run([*sandbox._bwrap(sys.argv[1]), sys.executable, "-c", inside, sys.argv[1]])
"""


@sealed
@pytest.mark.parametrize(
    ("course", "venv", "link", "seen"),
    [
        ("course", ".venv", None, []),
        ("course", "course/.venv", None, [".venv"]),
        ("course", "course/.venv", "course/link", [".venv", "link"]),
        ("course", "elsewhere/.venv", "link", []),
        (".venv/course", ".venv", None, []),
        (".venv/lib/course", ".venv", ".venv/lib/link", []),
    ],
)
def test_python_may_lie_anywhere_and_the_course_is_hidden(course, venv, link, seen):
    done, used = started_from(course, venv, link, "a part")
    assert done.stdout.splitlines()[0] == f"True {used}", done.stderr
    prefix, numbers, files = done.stdout.splitlines()[1].split(" ", 2)
    assert (prefix, numbers, sorted(ast.literal_eval(files))) == (str(used), "3.0", seen)


@pytest.mark.slow
@sealed
def test_a_whole_sandbox_starts_with_python_in_tmp():
    done, _ = started_from("course", ".venv", None, "whole")
    assert "tensor(3.)" in done.stdout, done.stderr


def started_from(course, venv, link, how):
    """What STARTS prints with a Python of its own, in a folder of /tmp."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        root, used = Path(folder, course), Path(folder, link or venv)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", Path(folder, venv)], check=True)
        (packages,) = Path(folder, venv).glob("lib/python*/site-packages")
        (packages / "real.pth").write_text(str(Path(torch.__file__).parents[1]))
        root.mkdir(parents=True, exist_ok=True)
        (root / "secret.py").write_text(STARTS)
        if link:
            used.symlink_to(Path(folder, venv))
        run = [used / "bin" / "python", root / "secret.py", root, how]
        return subprocess.run(run, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True), used


@sealed
def test_bubblewrap_may_lie_anywhere_in_the_path(tmp_path, monkeypatch):
    shutil.copy(shutil.which("bwrap"), tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert sandbox.sealable.__wrapped__()
    asked = []
    monkeypatch.setattr(sandbox.subprocess, "Popen", lambda command, **more: asked.append(command) or 1 / 0)
    box = sandbox.Sandbox([], ["prepare"], tmp_path)
    with pytest.raises(ZeroDivisionError):
        box.ask({})
    box.close()
    assert asked[0][0] == str(tmp_path / "bwrap")


@pytest.mark.slow
def test_without_a_sandbox_it_grades_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "sealable", lambda: False)
    monkeypatch.setattr(grading, "sealable", lambda: False)
    course = Course(tmp_path)
    course.hand_in_honest_ones("a")
    found = course.grade()
    assert_honest_ones_have_their_points(found, "a")
    assert "not sealed" in report(tmp_path, NAME).read_text()


def test_unless_the_solution_has_full_marks_nobody_is_graded(tmp_path):
    course = Course(tmp_path)
    course.hand_in_honest_ones("a")
    broken = course.notebook("exercises")
    nbformat.write(broken, tmp_path / "solutions" / NAME / f"{NAME}.ipynb")
    with pytest.raises(RuntimeError, match="Nothing is graded: the solution .* prepare \\(not written yet\\)"):
        course.grade()


def test_mistakes_get_a_sentence(tmp_path):
    course = Course(tmp_path)
    with pytest.raises(ValueError, match="There is no assignment 09_nothing"):
        grading.grade(tmp_path, "09_nothing")
    with pytest.raises(ValueError, match="nobody handed in nothing"):
        grading.grade(course.folder, NAME, students=["nobody"])
    with pytest.raises(ValueError, match="Nobody handed in anything: there is nothing in .*submitted"):
        grading.grade(course.folder, NAME)


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handout")
    with zipfile.ZipFile(handout(ROOT, folder / "handout.zip")) as archive:
        archive.extractall(folder)
    return folder / "update-the-pixels"


def answers():
    """What stands in the solutions and not in the exercises: for each code cell and each open question its text."""
    found = {}
    for path in ROOT.glob("solutions/*/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if "### BEGIN SOLUTION" in cell.source:
                text = cell.source.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0]
                found[cell.metadata.nbgrader.grade_id] = " ".join(text.split())
    return found


def places(folder, known):
    """For each answer the files of a folder that have it."""
    found = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        text = path.read_bytes().decode(errors="replace")
        if path.suffix == ".ipynb":
            text = " ".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
        text = " ".join(text.split())
        for name, answer in known.items():
            if answer in text:
                found.setdefault(name, set()).add(path.relative_to(folder).as_posix())
    return found


def test_the_handout_has_answers_only_where_the_checks_need_them(handed_out):
    parts = {part for path in handed_out.rglob("*") for part in path.relative_to(handed_out).parts}
    assert not parts & {"solutions", "tests", "teaching", "grading", "nbgrader_config.py", "__pycache__"}
    known = answers()
    assert places(ROOT / "solutions", known).keys() == known.keys()  # so they would be found
    found = places(handed_out, known)
    assert found.keys() <= EXERCISES.keys()  # no answer to an open question
    assert all(path.startswith("vizlib/check/") for paths in found.values() for path in paths), found


def test_the_handout_has_what_make_lab_needs(handed_out):
    folder = handed_out
    said = subprocess.run(["make", "-n", "lab"], cwd=folder, capture_output=True, text=True, check=True).stdout
    needed = [word for word in said.split() if word.endswith((".txt", ".py", ".ipynb"))]
    assert "requirements.txt" in needed
    assert all((folder / name.removeprefix("--config=")).exists() for name in needed)
    ask = "import vizlib; from vizlib import check; print(vizlib.__file__)"
    ask += "; check.pixel_step(check.pixel_step.reference); check.solution('pixel_step'); check.solution('why_logit')"
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", ask], cwd=folder, env=environment, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert lines[:2] == [str(folder / "vizlib" / "__init__.py"), "✓ pixel_step is right."], done.stderr
    assert [line[:27] for line in lines[2:]] == ["There is no solution of pix", "There is no solution of why"]


def pixel_step_by_a_helper(image, gradient, lr):
    return _helper(image, gradient)


def _helper(image, gradient):
    return [project(image, one, 8) for one in gradient]


def pixel_step_by_import(image, gradient, lr):
    from vizlib.regularizers import penalties

    return penalties


def pixel_step_by_its_address(image, gradient, lr):
    return vizlib.hooks.record(image, gradient)


def pixel_step_of_ones_own(image, gradient, lr):
    plotting.show(models.digit_net())
    return torch.relu(image)


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (pixel_step_by_a_helper, "vizlib.attacks"),
        (pixel_step_by_import, "vizlib.regularizers"),
        (pixel_step_by_its_address, "vizlib.hooks"),
        (pixel_step_of_ones_own, None),
    ],
)
def test_an_answer_that_is_taken_from_the_library_is_told_so(answer, part):
    assert borrowed(answer) == part
    if part:
        with pytest.raises(check.CheckFailed, match=f"borrowed\nYour function uses {part}"):
            check.pixel_step(answer)


def test_every_part_of_the_library_is_open_or_closed_to_answers():
    assert {"render", "rendering", "attacks", "regularizers", "widgets", "teaching", "resume"} <= CLOSED
    assert not {*OPEN, "check", "classifier", "_validate"} & CLOSED
