"""The CSV files that Canvas and Moodle import.

Both know students by numbers of their own. So each is written into the table that the system itself gives (its
*roster* here): Canvas by Grades → Export, Moodle by Download grading worksheet. Its rows stay as they are; a student's
folder has to have the name that one of its columns has. Without a roster there is a table with the folders' names.
Where one writes 1,5, tables have semicolons between the columns: a roster is filled with what it came with. Points are
written 1.5 all the same, which Canvas reads in both.
"""

import csv
import html
import io
import re
from pathlib import Path

from vizlib.teaching.export.results import Result

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POSSIBLE = "    Points Possible"  # as Canvas writes it
LOGINS = {"canvas": ("SIS Login ID", "SIS User ID", "ID"), "moodle": ("ID number", "Username", "Email address")}


def canvas(found: list[Result], roster: Path | None = None, column: str | None = None) -> tuple[str, list[str]]:
    """The table for Canvas, Grades → Import.

    Args:
        found: points of all students.
        roster: what Canvas exports; its students and no others are in the table.
        column: title of the assignment there, with or without the number that Canvas puts behind it; if left out, the
            name of ours.

    Returns:
        The table, and the students who are not in the roster.

    Raises:
        ValueError: the roster is none of Canvas, lacks the assignment, or has other points or students twice.
    """
    name, best = column or found[0].assignment, found[0].best
    if roster is None:
        rows = [[one.student, "", "", one.student, "", f"{one.score:g}"] for one in found]
        return _csv([[*CANVAS, name], [POSSIBLE, "", "", "", "", f"{best:g}"], *rows]), []
    delimiter, head, rows = _read(roster, ("ID", "Section"), "Canvas")
    own, others = head[: head.index("Section") + 1], head[head.index("Section") + 1 :]
    title = next((each for each in others if re.fullmatch(rf"{re.escape(name)}( \(\d+\))?", each)), None)
    if title is None:  # Canvas would make a new assignment, beside the one that is meant
        numbered = [repr(each) for each in others if re.fullmatch(r".* \(\d+\)", each)]
        raise ValueError(
            f"{str(roster)!r} has no assignment {name!r}. It has {', '.join(numbered) or 'none'}. "
            f"Name one of these with --column, or make it in Canvas, for {best:g} points, and take its table again."
        )
    limits = [row for row in rows if row[head[0]].strip() == POSSIBLE.strip()]  # "Student", or "LastName"
    students = [row for row in rows if row not in limits and row["ID"].strip()]
    _same_best(best, next((row.get(title) for row in limits), None), "Canvas")
    matched, lacking = _matched(found, students, LOGINS["canvas"])
    table = [[*own, title], [POSSIBLE, *[""] * (len(own) - 1), f"{best:g}"]]
    table += [[*(row[each] for each in own), f"{one.score:g}" if one else row[title]] for row, one in matched]
    return _csv(table, delimiter), lacking


def moodle(found: list[Result], roster: Path | None = None) -> tuple[str, list[str]]:
    """The table for Moodle: its grading worksheet, filled; without one, a table for Grades → Import → CSV file.

    Args, returns and raises as :func:`canvas`. Cards stand in the column of the feedback, as HTML, which Moodle shows.
    """
    name, best = found[0].assignment, found[0].best
    if roster is None:
        rows = [[one.student, f"{one.score:.2f}", _html(one.feedback)] for one in found]
        return _csv([["ID number", name, f"{name} feedback"], *rows]), []
    delimiter, head, rows = _read(roster, ("Identifier", "Grade"), "Moodle, in English,")
    said = next((title for title in head if title.startswith("Feedback")), None)
    for row in rows:
        _same_best(best, row.get("Maximum Grade"), "Moodle")
    matched, lacking = _matched(found, rows, LOGINS["moodle"])
    for row, one in matched:
        if one:
            row["Grade"] = f"{one.score:.2f}"
            if said:
                row[said] = _html(one.feedback)
    return _csv([head, *([row[title] for title in head] for row in rows)], delimiter), lacking


def _read(path, needed, whose):
    """What stands between the columns of a table, their titles, and its rows as dicts."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
        heads = {each: next(csv.reader(io.StringIO(text, newline=""), delimiter=each), []) for each in ",;"}
        delimiter = max(heads, key=lambda each: len(set(needed) & set(heads[each])))
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="", strict=True)
        rows, head = list(reader), list(reader.fieldnames or [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{str(path)!r} is no table in UTF-8 with commas or semicolons: {error}.") from None
    missing = [title for title in needed if title not in head]
    if missing:
        raise ValueError(f"{str(path)!r} is no table of {whose}: it has no column {', '.join(missing)}.")
    return delimiter, head, [{title: row[title] for title in head} for row in rows]


def _matched(found, rows, columns):
    """Each row with the result of its student or None, and the students who have no row."""
    waiting, pairs = {one.student.casefold(): one for one in found}, []
    for row in rows:
        names = {row.get(title, "").strip().casefold() for title in columns} - {""}
        both = names & {one.student.casefold() for one in found}
        if len(both) > 1:
            raise ValueError(f"One row of the roster fits several students: {', '.join(sorted(both))}.")
        if both - waiting.keys():
            raise ValueError(f"Several rows of the roster fit {both.pop()}.")
        pairs.append((row, waiting.pop(both.pop()) if both else None))
    return pairs, [one.student for one in waiting.values()]


def _same_best(ours, theirs, system):
    """Refuse points that would be read on another scale."""
    theirs = (theirs or "").replace(",", ".")
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", theirs) and float(theirs) != ours:
        raise ValueError(
            f"{system} gives at most {float(theirs):g} points, but the checks give {ours:g}. "
            f"Set the points of the assignment in {system} to {ours:g}, and take its table again."
        )


def _html(lines):
    return html.escape(lines).replace("\n", "<br>")


def _csv(rows, delimiter=","):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return file.getvalue()
