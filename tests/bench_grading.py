"""What grading costs, and what comes after it: tables of ``tests/bench.py``."""

import contextlib
import io
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from nbgrader.api import Gradebook

from tests.demo_class import SUBMISSIONS, make_class, timed
from tests.test_nbgrader import QUICK
from vizlib.check.exercise import EXERCISES

SAMPLE = int(os.environ.get("SAMPLE", 6))  # of them, graded by a kernel as well: that takes long


def checks():
    """CPU seconds of each check on a right answer, as a reader's own notebook runs it."""
    seconds = {}
    for name, exercise in EXERCISES.items():
        times = []
        for _ in range(4):
            start = time.process_time()
            with contextlib.redirect_stdout(io.StringIO()):
                exercise(exercise.reference)
            times.append(time.process_time() - start)
        seconds[name] = statistics.median(times[1:])  # the first one also observes the reference
    for name, value in sorted(seconds.items(), key=lambda pair: -pair[1]):
        print(f"{value:8.3f} s  {name}")
    print(f"{statistics.median(seconds.values()):8.3f} s  median of {len(seconds)} checks")


def grading():
    """A class of 60, graded as the course does it and, in part, by nbgrader's own way in a kernel; the points of both."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (make_class(Path(folder) / name) for name in ("ours", "theirs"))
        students = sorted(path.name for path in (ours.folder / "grading" / "submitted").iterdir())
        sample = students[:: max(1, len(students) // SAMPLE)]
        jobs = str(os.cpu_count())
        found = timed(ours, sys.executable, "-m", "vizlib", "grade", QUICK, "--jobs", jobs)
        written = timed(ours, "nbgrader", "autograde", QUICK)
        config = ours.folder / "nbgrader_config.py"
        in_a_kernel = config.read_text().partition("c.Autograde.autograde_preprocessors")[0]
        (theirs.folder / "nbgrader_config.py").write_text(in_a_kernel)
        for student in set(students) - set(sample):
            (theirs.folder / "grading" / "submitted" / student).rename(theirs.folder / student)
        kernels = timed(theirs, "nbgrader", "autograde", QUICK)
        alike = [points(ours, student) == points(theirs, student) for student in sample]
    new, old = found + written, kernels * len(students) / len(sample)
    print(f"{len(students)} submissions of {QUICK}, {jobs} cores")
    print(f"{new:8.1f} s  vizlib.teaching grade ({found:.1f} s) and nbgrader autograde ({written:.1f} s)")
    print(f"{kernels:8.1f} s  nbgrader autograde in a kernel, {len(sample)} of them: {old:.0f} s for all")
    print(f"{old / new:8.1f}    times as fast; the same points for {sum(alike)} of {len(alike)}")


def teaching():
    """A class of 60: seconds to grade it, to ask about it, and to export it in each format."""
    with tempfile.TemporaryDirectory() as folder:
        course = make_class(Path(folder) / "course")
        jobs = ["--jobs", str(os.cpu_count())]
        steps = [["grade", QUICK, *jobs], ["questions", QUICK, *jobs]]
        steps += [["export", QUICK, f"--{to}"] for to in ("canvas", "moodle", "json", "gradescope")]
        everything = 0
        for step in steps:
            seconds = timed(course, sys.executable, "-m", "vizlib", *step)
            everything += seconds
            print(f"{seconds:8.1f} s  {' '.join(step)}")
        print(f"{everything:8.1f} s  for {SUBMISSIONS} submissions, {os.cpu_count()} cores")


def points(course, student):
    with Gradebook(f"sqlite:///{course.folder / 'grading' / 'gradebook.db'}") as book:
        graded = book.find_submission_notebook(QUICK, QUICK, student)
        return {grade.name: grade.auto_score for grade in graded.grades}


if __name__ == "__main__":
    {"checks": checks, "grading": grading, "teaching": teaching}[sys.argv[1]]()
