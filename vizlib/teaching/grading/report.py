"""The class on a page: what was solved, which cards were shown, and where a person should look."""

from collections import Counter
from pathlib import Path

import jinja2

from vizlib.teaching.grading import verdicts
from vizlib.teaching.grading.course import Assignment, write
from vizlib.teaching.grading.untrusted import text

SLOWEST = 5


def report(root: Path, name: str) -> Path:
    """Write the page of an assignment from the verdicts that there are.

    Returns:
        The file, ``grading/reports/NAME.html``.
    """
    assignment = Assignment(root, name)
    versions = assignment.versions()
    submissions = [assignment.submission(student) for student in assignment.students]
    path = assignment.root / "grading" / "reports" / f"{name}.html"
    write(path, page(name, [(one, verdicts(assignment, one, versions)) for one in submissions]))
    return path


def page(name: str, graded: list) -> str:
    """The page as HTML; what comes from students is escaped.

    Args:
        graded: for each student the submission and a dict from exercises to verdicts.
    """
    found = {text(one.student, 200): each for one, each in graded if not one.nothing}
    every = [
        (verdict["seconds"], student, exercise, verdict["sealed"])
        for student, each in found.items()
        for exercise, verdict in each.items()
    ]
    looks = [(student, where, why) for student, each in found.items() for where, why in reasons(each)]
    source = (Path(__file__).parent / "report.html").read_text(encoding="utf-8")
    return jinja2.Template(source, autoescape=True, trim_blocks=True, keep_trailing_newline=True).render(
        name=name,
        students=len(graded),
        handed_in=len(found),
        lacking=[text(one.student, 200) for one, _ in graded if one.nothing],
        not_sealed=sum(not sealed for *_, sealed in every),
        exercises=list(exercises(found)),
        looks=looks + [(text(one.student, 200), "the files", why) for one, _ in graded for why in one.look],
        said=[(text(one.student, 200), why) for one, _ in graded for why in one.said],
        slowest=[(f"{seconds:.2f}", *who) for seconds, *who, _ in sorted(every, reverse=True)[:SLOWEST]],
    )


def exercises(found):
    """A row for each exercise: how many solved it, which cards how often."""
    for name in next(iter(found.values()), ()):
        each = [one[name] for one in found.values()]
        solved = sum(verdict["right"] for verdict in each)
        cards = Counter(verdict["name"] for verdict in each if verdict["name"]).most_common()
        seconds = sorted(verdict["seconds"] for verdict in each)[len(each) // 2]
        shown = ", ".join(f"{card} ({count})" for card, count in cards)
        yield name, f"{solved} of {len(each)} ({solved / len(each):.0%})", shown, f"{seconds:.2f}"


def reasons(each: dict):
    """Where a person should look in a submission, and why; what is the same everywhere is said once."""
    whys = Counter(verdict["look"] for verdict in each.values() if verdict["look"])
    for why, count in whys.items():
        where = [name for name, verdict in each.items() if verdict["look"] == why]
        yield "everywhere" if count == len(each) else ", ".join(where), why
    changed = sorted({name for verdict in each.values() for name in verdict["changed"]})
    if changed:
        yield "the notebook", f"it replaces {', '.join(changed)}"
