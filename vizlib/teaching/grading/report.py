"""The class on a page: what was solved, which cards were shown, and where a person should look."""

from collections import Counter
from html import escape
from pathlib import Path

from vizlib.teaching.grading.course import Assignment, write
from vizlib.teaching.grading import verdicts
from vizlib.teaching.grading.untrusted import text

STYLE = """body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top; padding: .2em 1em .2em 0; }
tr { border-top: 1px solid #ccc; } .number { text-align: right; }"""
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
    """The page as HTML.

    Args:
        graded: for each student the submission and a dict from exercises to verdicts.
    """
    found = {text(one.student, 200): each for one, each in graded if not one.nothing}
    lacking = [text(one.student, 200) for one, _ in graded if one.nothing]
    every = [verdict for each in found.values() for verdict in each.values()]
    open_ones = sum(not verdict["sealed"] for verdict in every)
    parts = [f"<p>Students: {len(graded)}. Of them {len(found)} handed in.</p>"]
    if lacking:
        parts.append(f"<p>Nothing came from {escape(', '.join(lacking))}.</p>")
    if open_ones:
        parts.append(f"<p><strong>{open_ones} answers ran not sealed</strong>: bubblewrap was missing.</p>")
    parts += ["<h2>Exercises</h2>", table(["exercise", "solved", "cards", "seconds, median"], exercises(found))]
    looks = [(student, where, why) for student, each in found.items() for where, why in reasons(each)]
    looks += [(text(one.student, 200), "the files", why) for one, _ in graded for why in one.look]
    parts.append("<h2>A person should look</h2>")
    parts.append(table(["student", "where", "why"], looks) if looks else "<p>Nowhere.</p>")
    said = [(text(one.student, 200), why) for one, _ in graded for why in one.said]
    if said:
        parts += ["<h2>Found under another name</h2>", table(["student", "what"], said)]
    slow = sorted(
        (
            (verdict["seconds"], student, exercise)
            for student, each in found.items()
            for exercise, verdict in each.items()
        ),
        reverse=True,
    )[:SLOWEST]
    parts += [
        "<h2>The slowest answers</h2>",
        table(["CPU seconds", "student", "exercise"], [(f"{seconds:.2f}", *rest) for seconds, *rest in slow]),
    ]
    title = escape(f"{name}: the class")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{title}</h1>{"".join(parts)}</body></html>\n'


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


def table(head, rows) -> str:
    """An HTML table; what is in it comes from students, so it is escaped."""
    lines = ["".join(f"<th>{escape(str(cell))}</th>" for cell in head)]
    lines += ["".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
