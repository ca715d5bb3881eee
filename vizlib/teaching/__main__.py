"""The command line: ``python -m vizlib.teaching grade NAME``, run in the folder of the course."""

import argparse
import os
import sys
from pathlib import Path

from vizlib._console import forgive


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 1 after a mistake, 130 after an interrupt."""
    forgive()
    parser = argparse.ArgumentParser(prog="python -m vizlib.teaching", description="What an instructor runs.")
    commands = parser.add_subparsers(dest="command", required=True)
    grade = commands.add_parser("grade", help="find the verdicts on all submissions of an assignment")
    grade.add_argument("name", help="of the assignment, e.g. 02_update_the_pixels")
    grade.add_argument("--jobs", type=int, default=os.cpu_count(), help="submissions at a time; one a core if left out")
    grade.add_argument("--student", action="append", help="grade only this one; may be given again")
    report = commands.add_parser("report", help="the class on a page: who solved what, and where to look")
    report.add_argument("name", help="of the assignment")
    handout = commands.add_parser("handout", help="a zip for students, without the solved notebooks")
    handout.add_argument("-o", "--output", type=Path, default=Path("build/handout.zip"))
    given = parser.parse_args(arguments)
    try:
        COMMANDS[given.command](given)
    except (ValueError, OSError, RuntimeError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was found is kept: the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def _grade(given):
    from vizlib.teaching.grading import grade
    from vizlib.teaching.grading.sandbox import sealable

    if given.jobs < 1:
        raise ValueError(f"--jobs is at least 1, not {given.jobs}.")
    if not sealable():
        print("not sealed: bubblewrap (bwrap) is missing or may not run, so submissions see what you see.")
    grade(Path.cwd(), given.name, given.jobs, given.student)


def _report(given):
    from vizlib.teaching.grading.report import report

    print(f"written to {report(Path.cwd(), given.name)}")


def _handout(given):
    from vizlib.teaching.handout import handout

    print(f"written to {handout(Path.cwd(), given.output)}")


COMMANDS = {"grade": _grade, "report": _report, "handout": _handout}

if __name__ == "__main__":
    sys.exit(main())
