"""What nbgrader runs in place of its own ``Execute``: it writes the verdicts into the notebook.

nbgrader reads points from outputs: an error is none, and a check cell without any output would be full marks. So every
cell that nbgrader grades gets an output here, and the output of a check comes from the verdict alone.
"""

import html
import os
from pathlib import Path

from nbformat.v4 import new_markdown_cell, new_output
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from vizlib.teaching.grading import grade, missing, verdicts
from vizlib.teaching.grading.cards import card
from vizlib.teaching.grading.course import Assignment, read_json
from vizlib.teaching.grading.handed_in import leads_elsewhere

LONGEST = 20_000  # characters of an output
RED, PLAIN = "\x1b[1;31m", "\x1b[0m"


class RestoreCells(NbGraderPreprocessor):
    """Undoes what a student did to the kinds and the metadata of cells, before nbgrader looks at them."""

    def preprocess(self, notebook, resources):
        given, courses = resources["nbgrader"], CourseDirectory(config=self.config)
        folder = Path(courses.format_path(courses.submitted_directory, given["student"], "."))
        if leads_elsewhere(folder, Path(given["assignment"], f"{given['notebook']}.ipynb")):
            raise ValueError("What was handed in is a link. It could show a solution in the feedback.")
        return Assignment(Path(courses.root), given["assignment"]).restored(notebook), resources


class WriteVerdicts(NbGraderPreprocessor):
    """Writes what :func:`vizlib.teaching.grading.grade` found; what it has not found yet, it finds now,
    for the whole class.
    """

    def preprocess(self, notebook, resources):
        given = resources["nbgrader"]
        root, student = Path(CourseDirectory(config=self.config).root), given["student"]
        assignment = Assignment(root, given["assignment"])
        submission, versions = assignment.submission(student), assignment.versions()
        if missing(assignment, submission, versions):
            grade(root, assignment.name, os.cpu_count(), say=self.log.info)
        found = verdicts(assignment, submission, versions)
        ran = read_json(assignment.folder(submission) / "cells.json") or {}
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells):
            if utils.is_grade(cell):
                name = str(cell.metadata.nbgrader.get("grade_id")).removeprefix("check_")
                cell.outputs = outputs(found.get(name) or {"exercise": name, "look": "there is no check of this name"})
            else:
                cell.outputs = list(_printed(ran.get(str(number)) or {"text": "", "error": None}))
        from vizlib.check.values import course_key, values_of  # not before it is needed: it loads torch

        lines = [f"Values of {student}: {values_of(student, course_key(root))}.", *submission.of_the_files]
        notebook.cells.insert(0, new_markdown_cell(f"<pre>{html.escape(chr(10).join(lines), quote=False)}</pre>"))
        return notebook, resources


def outputs(verdict: dict) -> list:
    """The output of a check cell: a line, a card, or that a person should look."""
    lines = card(verdict)
    if verdict.get("right"):
        return [new_output("stream", name="stdout", text=f"{lines[0]}\n")]
    lines = "\n".join(lines)[:LONGEST].split("\n")
    return [_error("CheckFailed", "\n".join(lines), [f"{RED}{lines[0]}{PLAIN}", *lines[1:]])]


def _printed(ran):
    if ran["text"]:
        yield new_output("stream", name="stdout", text=ran["text"][:LONGEST])
    if ran["error"]:
        kind, text = ran["error"]
        yield _error(kind, text, [f"{RED}{kind}{PLAIN}: {text[:LONGEST]}"])


def _error(kind, text, lines):
    return new_output("error", ename=kind, evalue=text, traceback=lines)
