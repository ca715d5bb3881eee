"""The whole way with nbgrader itself: release, submit, grade, autograde, feedback, export."""

import csv
import html
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests import attacks
from vizlib.check.exercise import EXERCISES

ROOT = Path(__file__).parents[1]
NOTEBOOKS = {path.stem: [] for path in sorted(ROOT.glob("solutions/*/*.ipynb"))}
for name, exercise in EXERCISES.items():
    if exercise.sheet in NOTEBOOKS:
        NOTEBOOKS[exercise.sheet].append(name)
QUICK = "02_update_the_pixels"  # goes the whole way in `make test`, the others in `make test-all`
FORGERIES = {name: attack["change"] for name, attack in attacks.ATTACKS.items() if "change" in attack}


class Course:
    """A course of its own in a temporary folder, driven by commands."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=shutil.ignore_patterns(".*", "__pycache__"))
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        # A new gradebook needs alembic's command, which lies beside Python's.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
        self.run("nbgrader", "generate_assignment", "--assignment=0*", "--force", "--create")

    def run(self, *command, status=0):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def grade(self, notebook, status=0):
        self.run(sys.executable, "-m", "vizlib", "grade", notebook, "--jobs", "2")
        return self.run("nbgrader", "autograde", notebook, status=status)

    def submit(self, student, notebook, answers=None, source="exercises", change=lambda sheet: None):
        """Hand in a notebook, with the code of some cells replaced."""
        sheet = nbformat.read(self.folder / source / notebook / f"{notebook}.ipynb", as_version=4)
        for cell in sheet.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = (answers or {}).get(grade_id, cell.source)
        change(sheet)
        target = self.folder / "grading" / "submitted" / student / notebook
        target.mkdir(parents=True)
        nbformat.write(sheet, target / f"{notebook}.ipynb")

    def submit_all_kinds(self, notebook):
        self.submit("solution", notebook, source="solutions")
        self.submit("blank", notebook)
        for number, answers in enumerate(wrong_answers(notebook)):
            wrong = {name: source for name, (_, source) in answers.items()}
            self.submit(f"wrong{number}", notebook, wrong, source="solutions")

    def scores(self, student, notebook):
        """Points that the checks gave, and the most they give, for each exercise."""
        with Gradebook(f"sqlite:///{self.folder / 'grading' / 'gradebook.db'}") as book:
            graded = book.find_submission_notebook(notebook, notebook, student)
            checks = [grade for grade in graded.grades if grade.name.startswith("check_")]
            return {grade.name.removeprefix("check_"): (grade.auto_score, grade.max_score) for grade in checks}

    def total(self, student, notebook):
        with Gradebook(f"sqlite:///{self.folder / 'grading' / 'gradebook.db'}") as book:
            return book.find_submission(notebook, student).score

    def graded(self, student, notebook):
        return nbformat.read(
            self.folder / "grading" / "autograded" / student / notebook / f"{notebook}.ipynb", as_version=4
        )


def wrong_answers(notebook):
    """Two students: one is wrong in every other exercise, the other in the rest. Pairs of bugs and sources."""
    for parity in (0, 1):
        yield {name: wrong_answer(EXERCISES[name]) for name in NOTEBOOKS[notebook][parity::2]}


def wrong_answer(exercise):
    """The first bug that is an edit of the reference, with its card and as a reader would have typed it."""
    bug = next(bug for bug in exercise.bugs if bug.card and bug.edits)
    return bug, exercise.source(bug.edits[0])


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return Course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def course(released):
    released.submit_all_kinds(QUICK)
    for name, forgery in FORGERIES.items():
        released.submit(name, QUICK, change=forgery)
    loud = "print('x' * 50_000_000)"
    released.submit("loud", QUICK, change=lambda sheet: sheet.cells.insert(0, nbformat.v4.new_code_cell(loud)))
    rename(released, "renamed", "homework (1).ipynb")
    rename(released, "nowhere", f"../{QUICK}.ipynb")
    released.grade(QUICK)
    return released


def rename(course, student, name):
    """Hand in the solution under another name."""
    course.submit(student, QUICK, source="solutions")
    folder = course.folder / "grading" / "submitted" / student / QUICK
    (folder / f"{QUICK}.ipynb").rename(folder / name)


def test_exercises_are_what_nbgrader_makes_of_the_solutions(released):
    for notebook in NOTEBOOKS:
        path = Path("exercises") / notebook / f"{notebook}.ipynb"
        assert (ROOT / path).read_text() == (released.folder / path).read_text(), "Run `make exercises`."


def assert_points(course, notebook):
    scores = course.scores("solution", notebook)
    assert sorted(scores) == sorted(NOTEBOOKS[notebook])
    assert all(score == most > 0 for score, most in scores.values())
    assert course.total("blank", notebook) == 0
    for number, wrong in enumerate(wrong_answers(notebook)):
        for name, (score, most) in course.scores(f"wrong{number}", notebook).items():
            assert score == (0 if name in wrong else most), (number, name)


def test_right_answers_get_their_points_and_wrong_ones_none(course):
    assert_points(course, QUICK)


@pytest.mark.parametrize("student", ["renamed", "nowhere"])
def test_a_solution_of_another_name_has_its_points(course, student):
    scores = course.scores(student, QUICK)
    assert sorted(scores) == sorted(NOTEBOOKS[QUICK])
    assert all(score == most > 0 for score, most in scores.values())


@pytest.mark.slow
@pytest.mark.parametrize("notebook", [name for name in NOTEBOOKS if name != QUICK])
def test_so_it_is_in_every_notebook(released, notebook):
    released.submit_all_kinds(notebook)
    released.grade(notebook)
    assert_points(released, notebook)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_is_written_into_the_file_makes_no_points(course, forgery):
    assert all(score == 0 for score, _ in course.scores(forgery, QUICK).values())
    assert [most for _, most in course.scores(forgery, QUICK).values()] == [
        most for _, most in course.scores("solution", QUICK).values()
    ]


def test_an_answer_to_an_open_question_waits_for_a_person(course):
    with Gradebook(f"sqlite:///{course.folder / 'grading' / 'gradebook.db'}") as book:
        grades = book.find_submission_notebook(QUICK, QUICK, "solution").grades
        waiting = {grade.name for grade in grades if grade.needs_manual_grade}
        assert waiting == {grade.name for grade in grades if not grade.name.startswith("check_")} != set()


def test_feedback_shows_the_card(course):
    answers = next(wrong_answers(QUICK))
    course.run("nbgrader", "generate_feedback", QUICK)
    page = (course.folder / "grading" / "feedback" / "wrong0" / QUICK / f"{QUICK}.html").read_text()
    for name, (bug, _) in answers.items():
        assert f"✗ {name}: {bug.card[0]}".replace("'", "&#39;") in page
    assert "Traceback (most recent call last)" not in page
    renamed = (course.folder / "grading" / "feedback" / "renamed" / QUICK / f"{QUICK}.html").read_text()
    renamed = html.unescape(renamed)
    assert "Values of renamed: class " in renamed
    assert f"handed in as '{QUICK}/homework (1).ipynb'" in renamed
    loud = course.folder / "grading" / "feedback" / "loud" / QUICK / f"{QUICK}.html"
    blank = course.folder / "grading" / "feedback" / "blank" / QUICK / f"{QUICK}.html"
    assert loud.stat().st_size < blank.stat().st_size + 25_000


def test_blank_shows_a_card_for_each_check_and_no_other_error(course):
    cells = course.graded("blank", QUICK).cells
    errors = [output for cell in cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert len(errors) == len(NOTEBOOKS[QUICK])
    assert all(len(error.traceback) < 10 and "not written yet" in error.evalue for error in errors)


def test_grades_can_be_exported(course):
    course.run("nbgrader", "export", "--to", "grades.csv")
    with open(course.folder / "grades.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == QUICK]
    solved = {"solution", "renamed", "nowhere"}
    assert {row["student_id"] for row in rows} == {"blank", "wrong0", "wrong1", "loud", *solved, *FORGERIES}


@pytest.mark.slow
def test_autograde_alone_finds_the_verdicts_and_a_broken_file_stops_nobody_else(tmp_path):
    course = Course(tmp_path)
    course.submit("a", QUICK, source="solutions")
    course.submit("z", QUICK, source="solutions")
    broken = tmp_path / "grading" / "submitted" / "m" / QUICK
    broken.mkdir(parents=True)
    (broken / f"{QUICK}.ipynb").write_text("no JSON")
    linked = tmp_path / "grading" / "submitted" / "l" / QUICK
    linked.parent.mkdir()
    linked.symlink_to(tmp_path / "solutions" / QUICK)
    assert "There was an error processing assignment" in course.run("nbgrader", "autograde", QUICK, status=1)
    for student in "az":
        assert all(score == most for score, most in course.scores(student, QUICK).values())
    assert course.total("m", QUICK) == course.total("l", QUICK) == 0
    assert not (tmp_path / "grading" / "autograded" / "l" / QUICK).exists()
