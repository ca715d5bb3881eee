"""What each student has for an assignment, in one place for all formats; and as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path

from vizlib.teaching.grading import grade
from vizlib.teaching.grading.cards import card
from vizlib.teaching.grading.course import Assignment, write
from vizlib.teaching.grading.submission import Submission


@dataclass
class Result:
    """A student's points and cards.

    Attributes:
        assignment: its name.
        points: from the exercise to what it can give.
        verdicts: from the exercise to its verdict, see :func:`vizlib.teaching.grading.verdict`.
    """

    assignment: str
    submission: Submission
    points: dict[str, float]
    verdicts: dict[str, dict]

    @property
    def student(self) -> str:
        return self.submission.student

    @property
    def score(self) -> float:
        """The points that this student has."""
        return sum(self.points[name] for name, verdict in self.verdicts.items() if verdict["right"])

    @property
    def best(self) -> float:
        """The points that one can have."""
        return sum(self.points.values())

    @property
    def feedback(self) -> str:
        """Points, files and cards as text."""
        parts = [f"{self.score:g} of {self.best:g} points for the checks of {self.assignment}."]
        parts += self.submission.of_the_files
        parts += ["\n".join(card(verdict)) for verdict in self.verdicts.values()]
        return "\n\n".join(parts)


def results(root: Path, name: str, jobs: int = 1) -> list[Result]:
    """Those of all students; what has no verdict yet is graded first.

    Raises:
        ValueError, RuntimeError: as :func:`vizlib.teaching.grading.grade`.
    """
    found, course = grade(root, name, jobs, say=lambda line: None), Assignment(root, name)
    return [Result(name, course.submission(student), course.points, each) for student, each in found.items()]


def write_json(found: list[Result], folder: Path) -> Path:
    """A file for each student, ``STUDENT.json``; returns the folder."""
    for one in found:
        exercises = [
            {
                "exercise": name,
                "points": one.points[name] if verdict["right"] else 0,
                "possible": one.points[name],
                "right": verdict["right"],
                "card": card(verdict),
                "sealed": verdict["sealed"],
            }
            for name, verdict in one.verdicts.items()
        ]
        content = {
            "student": one.student,
            "assignment": one.assignment,
            "points": one.score,
            "possible": one.best,
            "files": one.submission.of_the_files,
            "exercises": exercises,
        }
        write(folder / f"{one.student}.json", json.dumps(content, indent=1, ensure_ascii=False))
    return folder
