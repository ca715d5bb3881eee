"""The whole way with nbgrader itself: release, submit, autograde, feedback, export."""

import csv
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from vizlib.check.exercise import EXERCISES

ROOT = Path(__file__).parents[1]
NOTEBOOKS = {}
for name, exercise in EXERCISES.items():
    NOTEBOOKS.setdefault(exercise.sheet, []).append(name)
# The one solution that is handed in whole here. Of the others every cell is handed in too, beside wrong answers.
WHOLE = "02_update_the_pixels"


class Course:
    """A course of its own in a temporary folder, driven by nbgrader's commands."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=shutil.ignore_patterns(".*", "__pycache__"))
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        # A new gradebook needs alembic's command, which lies beside Python's.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        # One thread: the networks are small, and the kernel of one notebook often runs beside other tests.
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    def nbgrader(self, *command):
        done = subprocess.run(
            ["nbgrader", *command], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def submit(self, student, notebook, answers=None, source="exercises", pictures=True):
        """Hand in a notebook, with the code of some cells replaced."""
        sheet = nbformat.read(self.folder / source / notebook / f"{notebook}.ipynb", as_version=4)
        for cell in sheet.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = (answers or {}).get(grade_id, cell.source)
        if not pictures:
            sheet.cells = [cell for cell in sheet.cells if not cell.source.startswith("with check.picture")]
        target = self.folder / "grading" / "submitted" / student / notebook
        target.mkdir(parents=True)
        nbformat.write(sheet, target / f"{notebook}.ipynb")

    def scores(self, student, notebook):
        """Points that the checks gave, and the most they give, for each exercise."""
        with Gradebook(f"sqlite:///{self.folder / 'grading' / 'gradebook.db'}") as book:
            graded = book.find_submission_notebook(notebook, notebook, student)
            checks = [grade for grade in graded.grades if grade.name.startswith("check_")]
            return {grade.name.removeprefix("check_"): (grade.auto_score, grade.max_score) for grade in checks}

    def total(self, student, notebook):
        with Gradebook(f"sqlite:///{self.folder / 'grading' / 'gradebook.db'}") as book:
            return book.find_submission(notebook, student).score


def solutions(notebook):
    """The code of each exercise's solution."""
    sheet = nbformat.read(ROOT / "solutions" / notebook / f"{notebook}.ipynb", as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in sheet.cells}
    return {exercise: cells[exercise] for exercise in NOTEBOOKS[notebook]}


def wrong_answers(notebook):
    """Two students: one is wrong in every other exercise, the other in the rest. Pairs of names and sources."""
    for parity in (0, 1):
        yield {name: wrong_answer(EXERCISES[name]) for name in NOTEBOOKS[notebook][parity::2]}


def wrong_answer(exercise):
    """The first bug that is an edit of the reference, with its card and as a reader would have typed it."""
    bug = next(bug for bug in exercise.bugs if bug.card and bug.edits)
    return bug, exercise.source(bug.edits[0])


def hand_in_wrong_answers(course, notebook):
    for number, answers in enumerate(wrong_answers(notebook)):
        wrong = {name: source for name, (_, source) in answers.items()}
        course.submit(f"wrong{number}", notebook, {**solutions(notebook), **wrong}, pictures=False)


def grade(notebook, folder):
    """Release a notebook, hand in answers to it and grade them."""
    folder.mkdir()
    course = Course(folder)
    course.nbgrader("generate_assignment", notebook, "--force", "--create")
    if notebook == WHOLE:
        course.submit("solution", notebook, source="solutions")
    course.submit("blank", notebook)
    hand_in_wrong_answers(course, notebook)
    course.nbgrader("autograde", notebook, "--create")
    return course


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """One for each notebook, so that two can be graded at a time."""
    folder = tmp_path_factory.mktemp("courses")
    with ThreadPoolExecutor(2) as pool:
        graded = pool.map(lambda notebook: grade(notebook, folder / notebook), NOTEBOOKS)
        return dict(zip(NOTEBOOKS, graded, strict=True))


def test_exercises_are_what_nbgrader_makes_of_the_solutions(courses):
    for notebook, course in courses.items():
        path = Path("exercises") / notebook / f"{notebook}.ipynb"
        assert (ROOT / path).read_text() == (course.folder / path).read_text(), "Run `make exercises`."


def assert_full_marks(course, notebook):
    scores = course.scores("solution", notebook)
    assert sorted(scores) == sorted(NOTEBOOKS[notebook])
    assert all(score == most > 0 for score, most in scores.values())


def test_solution_gets_full_marks(courses):
    assert_full_marks(courses[WHOLE], WHOLE)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_blank_gets_nothing(courses, notebook):
    assert courses[notebook].total("blank", notebook) == 0


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_wrong_answers_cost_their_own_points_only(courses, notebook):
    for number, wrong in enumerate(wrong_answers(notebook)):
        for name, (score, most) in courses[notebook].scores(f"wrong{number}", notebook).items():
            assert (score < most) if name in wrong else (score == most), (number, name)


def test_feedback_shows_the_card(courses):
    course, answers = courses[WHOLE], next(wrong_answers(WHOLE))
    course.nbgrader("generate_feedback", WHOLE)
    page = (course.folder / "grading" / "feedback" / "wrong0" / WHOLE / f"{WHOLE}.html").read_text()
    for name, (bug, _) in answers.items():
        assert f"✗ {name}: {bug.name}".replace("'", "&#39;") in page
    assert "Traceback (most recent call last)" not in page


def test_blank_shows_a_card_for_each_check_and_no_other_error(courses):
    blank = courses[WHOLE].folder / "grading" / "autograded" / "blank" / WHOLE / f"{WHOLE}.ipynb"
    outputs = [output for cell in nbformat.read(blank, as_version=4).cells for output in cell.get("outputs", [])]
    errors = [output for output in outputs if output.output_type == "error"]
    assert len(errors) == len(NOTEBOOKS[WHOLE])
    assert all(len(error.traceback) < 10 and "not written yet" in error.evalue for error in errors)


def test_grades_can_be_exported(courses):
    courses[WHOLE].nbgrader("export", "--to", "grades.csv")
    with open(courses[WHOLE].folder / "grades.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["assignment"], row["student_id"]) for row in rows} == {
        (WHOLE, student) for student in ("blank", "solution", "wrong0", "wrong1")
    }
