"""``make demo-class``: a class of simulated submissions in ``build/demo-class``, graded, reported, exported and asked about."""

import argparse
import itertools
import shutil
import subprocess
import sys
import time

import nbformat

from tests.test_nbgrader import FORGERIES, QUICK, ROOT, Course, rename, wrong_answer
from vizlib.check.exercise import EXERCISES

SUBMISSIONS = 60
FOLDER = ROOT / "build" / "demo-class"
ODD = ("right", "copied", "blank", "renamed", "broken", "forged")  # one of each, beside the mixed ones
ASKED = ("right", "copied", "renamed")  # questions are made of what passed
STEPS = {
    "grade in the sandbox": ["grade", QUICK],
    "the report": ["report", QUICK],
    "for Canvas": ["export", QUICK, "--canvas"],
    "for Moodle": ["export", QUICK, "--moodle"],
    "for Gradescope": ["export", QUICK, "--gradescope"],
    "as JSON": ["export", QUICK, "--json"],
    "questions for three": ["questions", QUICK, *(f"--student={student}" for student in ASKED)],
}


def make_class(folder, submissions=SUBMISSIONS):
    """A course with submissions made of right, wrong and blank answers, no two of them alike."""
    folder.mkdir(parents=True)
    course = Course(folder)
    names = [name for name, exercise in EXERCISES.items() if exercise.sheet == QUICK]
    right = {name: exercise.source() for name, exercise in EXERCISES.items()}
    wrong = {name: wrong_answer(EXERCISES[name])[1] for name in names}
    # Each 11th: with a multiple of 3 the last answer would be the same in all.
    mixes = itertools.islice(itertools.product("rwb", repeat=len(names)), 7, None, 11)
    for number, mix in enumerate(itertools.islice(mixes, submissions)):
        answers = {
            name: right[name] if kind == "r" else wrong[name]
            for name, kind in zip(names, mix, strict=True)
            if kind != "b"
        }
        note = nbformat.v4.new_code_cell(f"student = {number}")
        course.submit(f"s{number:02}", QUICK, answers, change=lambda sheet, note=note: sheet.cells.insert(0, note))
    for name in ("pyproject.toml", "constraints.txt"):  # Gradescope's zip takes them along
        shutil.copy(ROOT / name, folder)
    return course


def hand_in_the_odd_ones(course):
    """A solved sheet, the same from a neighbour, a blank one, another name, a file that is no notebook, forged points."""
    for student in ("right", "copied"):
        course.submit(student, QUICK, source="solutions")
    course.submit("blank", QUICK)
    rename(course, "renamed", "homework (1).ipynb")
    course.submit("forged", QUICK, change=FORGERIES["points-by-hand"])
    course.submit("broken", QUICK)
    (course.folder / "grading" / "submitted" / "broken" / QUICK / f"{QUICK}.ipynb").write_text("no JSON")


def timed(course, *command):
    start = time.perf_counter()
    subprocess.run(command, cwd=course.folder, env=course.environment, check=True, capture_output=True)
    return time.perf_counter() - start


def make_demo(folder, submissions=SUBMISSIONS):
    """Make the class anew, and run on it what an instructor runs; says what took how long, and what lies where."""
    shutil.rmtree(folder, ignore_errors=True)
    start = time.perf_counter()
    course = make_class(folder, submissions - len(ODD))
    hand_in_the_odd_ones(course)
    print(f"{time.perf_counter() - start:7.1f} s  {submissions} simulated submissions of {QUICK}", flush=True)
    for what, command in STEPS.items():
        seconds = timed(course, sys.executable, "-m", "vizlib", *command)
        print(f"{seconds:7.1f} s  {what}", flush=True)
    print(f"{time.perf_counter() - start:7.1f} s  all of it\n\nLook at these:")
    for part in ("submitted", "reports", "exports", "questions/" + QUICK):
        print(*sorted(map(str, (folder / "grading" / part).glob("[!s]*"))), sep="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.demo_class", description="A class to look at.")
    parser.add_argument("--submissions", type=int, default=SUBMISSIONS, metavar="N", help=f"{len(ODD)} or more")
    given = parser.parse_args()
    if given.submissions < len(ODD):
        parser.error(f"{len(ODD)} submissions are of those who hand in something odd.")
    make_demo(FOLDER, given.submissions)
