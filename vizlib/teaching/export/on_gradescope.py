"""What ``run_autograder`` calls in Gradescope's container: grade the one submission, and write ``results.json``."""

import json
import shutil
import sys
from pathlib import Path

from vizlib.teaching.export.results import Result, results
from vizlib.teaching.grading.cards import card
from vizlib.teaching.grading.course import write
from vizlib.teaching.grading.sandbox import sealable

REFUSED = (
    "Nothing was graded: bubblewrap may not shut off a process in this container, so a submission could read the "
    "solution and write its own points. If you want that, export once more with --without-sandbox."
)
UNFINISHED = {"score": 0, "output": "A person should look: the grading of this submission did not come to an end."}


def main(place: Path = Path("/autograder")) -> int:
    """Grade what lies in ``submission``; returns the exit status.

    If nothing can be graded, there is no ``results.json``, and Gradescope shows the instructor what is printed: that is
    nobody's fault, and nobody gets 0 points for it.
    """
    settings = json.loads((place / "source" / "settings.json").read_text())
    course, target = place / "source" / "course", place / "results" / "results.json"
    target.unlink(missing_ok=True)
    if not sealable() and not settings["without_sandbox"]:
        print(REFUSED)
        return 1
    submitted = course / "grading" / "submitted"
    shutil.rmtree(submitted, ignore_errors=True)
    shutil.copytree(place / "submission", submitted / "student", symlinks=True)
    write(target, json.dumps(UNFINISHED))  # it stays if what follows has to be ended
    try:
        (found,) = results(course, settings["assignment"])
    except (RuntimeError, ValueError) as error:
        target.unlink()
        print(error)
        return 1
    write(target, json.dumps(as_results(found), ensure_ascii=False))
    print(f"{found.score:g} of {found.best:g}" + ("" if sealable() else ", not sealed"))
    return 0


def as_results(found: Result) -> dict:
    """A result in the form that Gradescope reads."""
    tests = [
        {
            "name": name,
            "score": found.points[name] if verdict["right"] else 0,
            "max_score": found.points[name],
            "status": "passed" if verdict["right"] else "failed",
            "output": "\n".join(card(verdict)),
            "visibility": "visible",
        }
        for name, verdict in found.verdicts.items()
    ]
    return {"score": found.score, "output": "\n".join(found.submission.of_the_files), "tests": tests}


if __name__ == "__main__":
    sys.exit(main())
