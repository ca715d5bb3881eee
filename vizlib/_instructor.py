"""The commands that an instructor runs: ``vizlib grade 02_update_the_pixels`` and what comes before and after it.

What they do is in :mod:`vizlib.teaching`, which students do not have.
"""

import os
import sys
from pathlib import Path

ASSIGNMENT = "of the assignment, e.g. 02_update_the_pixels"
OPTIONS = {"roster": ["canvas", "moodle"], "column": ["canvas"], "without_sandbox": ["gradescope"]}


def _grade_arguments(add):
    add("name", help=ASSIGNMENT)
    add("--jobs", type=int, help="submissions at a time; one a core if left out")
    add("--student", action="append", help="grade only this one; may be given again")


def _grade(given):
    from vizlib.teaching.grading import grade
    from vizlib.teaching.grading.sandbox import sealable

    jobs = _jobs(given)
    if not sealable():
        print("not sealed: bubblewrap (bwrap) is missing or may not run, so submissions see what you see.")
    grade(Path.cwd(), given.name, jobs, given.student)


def _jobs(given):
    jobs = (os.cpu_count() or 1) if given.jobs is None else given.jobs
    if jobs < 1:
        raise ValueError(f"--jobs is at least 1, not {jobs}.")
    return jobs


def _export_arguments(add):
    add("name", help=ASSIGNMENT)
    add("--gradescope", dest="to", action="store_const", const="gradescope", help="the zip of an autograder")
    add("--canvas", dest="to", action="store_const", const="canvas", help="a CSV for Canvas, Grades → Import")
    add("--moodle", dest="to", action="store_const", const="moodle", help="a CSV for Moodle, the cards as feedback")
    add("--json", dest="to", action="store_const", const="json", help="a file for each student")
    add("--roster", type=Path, metavar="CSV", help="the table that Canvas or Moodle gives, to be filled")
    add("--column", help="the assignment's title in Canvas, if it is not NAME")
    add("--without-sandbox", action="store_true", help="on Gradescope, grade also where none is allowed")
    add("-o", "--output", type=Path, help="where to; a place in grading/exports if left out")
    add("--jobs", type=int, help="submissions at a time, if there are any to grade; one a core if left out")


def _export(given):
    from vizlib import _files
    from vizlib.teaching.export import gradescope, results, tables

    if given.to is None:
        raise ValueError("Say where to: --gradescope, --canvas, --moodle or --json.")
    for option, formats in OPTIONS.items():
        if getattr(given, option) and given.to not in formats:
            raise ValueError(f"--{option.replace('_', '-')} is for {' and '.join(f'--{name}' for name in formats)}.")
    suffix = {"gradescope": "-gradescope.zip", "canvas": "-canvas.csv", "moodle": "-moodle.csv", "json": ""}[given.to]
    output = given.output or Path("grading", "exports", f"{given.name}{suffix}")
    if given.to == "gradescope":
        print(f"written to {gradescope.autograder(Path.cwd(), given.name, output, given.without_sandbox)}")
        return
    found, lacking = results.results(Path.cwd(), given.name, _jobs(given)), []
    if given.to == "json":
        results.write_json(found, output)
    else:
        more = {"column": given.column} if given.to == "canvas" else {}
        table, lacking = getattr(tables, given.to)(found, given.roster, **more)
        output.parent.mkdir(parents=True, exist_ok=True)
        _files.write(output, table)
    print(f"written to {output}")
    if lacking:
        print(f"in no row of {given.roster}: {', '.join(lacking)}", file=sys.stderr)


def _questions_arguments(add):
    add("name", help=ASSIGNMENT)
    add("--jobs", type=int, help="submissions at a time; one a core if left out")
    add("--student", action="append", help="only on this one's code; may be given again")


def _questions(given):
    from vizlib.teaching.questions import questions

    print(f"written to {questions(Path.cwd(), given.name, _jobs(given), given.student)}")


def _report(given):
    from vizlib.teaching.grading.report import report

    print(f"written to {report(Path.cwd(), given.name)}")


def _handout(given):
    from vizlib.teaching.handout import handout

    print(f"written to {handout(Path.cwd(), given.output)}")


def _live(given):
    from vizlib.teaching.stage import live

    return live.make(given.lessons)


COMMANDS = {
    "grade": ("find the verdicts on all submissions of an assignment", _grade_arguments, _grade),
    "export": ("points and cards for Gradescope, Canvas, Moodle, or as JSON", _export_arguments, _export),
    "questions": ("questions on each student's own code, for a talk and a quiz", _questions_arguments, _questions),
    "report": ("the class on a page: who solved what, and where to look", lambda add: add("name"), _report),
    "handout": (
        "a zip for students, without the solved notebooks",
        lambda add: add("-o", "--output", type=Path, default=Path("build/handout.zip")),
        _handout,
    ),
    "live": (
        "starters, the instructor's pages and the store of slow cells",
        lambda add: add("lessons", nargs="*", help="numbers, e.g. 02 03; all if left out"),
        _live,
    ),
}
