"""Questions on a student's own functions, for a talk and for a quiz.

``vizlib questions 02_update_the_pixels`` asks about each function that passed. It runs, in the sandbox, that function
and changes of it on calls that one can follow by hand; see :mod:`vizlib.teaching.questions.ask`.
"""

import random
from pathlib import Path

from vizlib import _files
from vizlib.teaching.grading import grade
from vizlib.teaching.grading.course import Assignment
from vizlib.teaching.grading.pool import Pool
from vizlib.teaching.grading.submission import Submission
from vizlib.teaching.grading.untrusted import frames, text
from vizlib.teaching.questions import formats

ALL = 200  # functions and changes of them of which a submission may tell


def questions(root: Path, name: str, jobs: int = 1, students=None, say=print) -> Path:
    """Write the questions of an assignment.

    Args:
        root: folder of the course.
        name: of the assignment.
        jobs: submissions that run at a time.
        students: whose; everybody's if left out, and then the quiz is written, too.
        say: gets a line for each student.

    Returns:
        The folder, ``grading/questions/NAME``: ``STUDENT.html`` for a talk, and for a quiz ``NAME.gift.txt`` and
        ``NAME.qti.zip``, with a category or a test for each student, without what can be guessed.

    Raises:
        ValueError, RuntimeError: as :func:`vizlib.teaching.grading.grade`.
    """
    verdicts, assignment = grade(root, name, jobs, students, say=lambda line: None), Assignment(root, name)
    passed = {student: [name for name, each in found.items() if each["right"]] for student, found in verdicts.items()}
    submissions, made = [assignment.submission(student) for student in passed], {}
    folder = assignment.root / "grading" / "questions" / name
    folder.mkdir(parents=True, exist_ok=True)
    with Pool(assignment, jobs) as pool:
        for submission, found in pool.each(_Asker(assignment, passed, pool), submissions):
            made[submission.student] = _made(*found)
    quiz = {}
    for student in passed:
        each, lacking = made[student]
        asked = [question for question in each if question.in_quiz]
        functions = f"{len(passed[student]) - len(lacking)} functions"
        say(f"{text(student, 200)}: {len(each)} questions on {functions}, {len(asked)} of them for a quiz, too")
        if asked:
            quiz[text(student, 200)] = asked
        for exercise, why in lacking.items():
            say(f"  none on {exercise}: {why}")
        _files.write(folder / f"{student}.html", formats.page(text(student, 200), name, each, lacking))
    if not students:  # else the quiz of the class would be lost
        _files.write(folder / f"{name}.gift.txt", formats.gift(name, quiz))
        _files.write(folder / f"{name}.qti.zip", formats.qti(name, quiz))
    return folder


class _Asker:
    """Runs what is to be asked about, of one submission after the other."""

    def __init__(self, assignment, passed, pool):
        self.assignment, self.passed, self.pool, self.seed = assignment, passed, pool, assignment.seed()

    def __call__(self, submission: Submission):
        """Pairs of what was to be run and what came back, why there is nothing to run, and the dice of this student."""
        from vizlib.teaching.questions.asked import NoQuestion, asked
        from vizlib.teaching.questions.calls import drawn

        dice, wanted, lacking = random.Random(f"{self.seed} {self.assignment.name} {submission.student}"), {}, {}
        for name in self.passed[submission.student]:
            place = submission.cells.index({"check": name})
            cells = [cell["source"] for cell in submission.cells[:place] if cell and "source" in cell]
            number = 1 + self.assignment.exercises.index(name)
            try:
                wanted[name] = asked(name, number, cells, drawn(name, dice), dice)
            except NoQuestion as why:
                lacking[name] = str(why)
        tried = {name: {"calls": one.calls, "sources": one.sources} for name, one in wanted.items()}
        told = tried and self.pool.ask({**submission.to_run, "wanted": [], "seeds": {}, "tried": tried})
        came = {}
        for header, payload in frames(told or b""):
            if header.get("tried") in wanted:
                came.setdefault(header["tried"], payload)  # who writes twice is not believed twice
        return [(one, _outcomes(came.get(name, b""))) for name, one in wanted.items()], lacking, dice


def _outcomes(told):
    """The calls of each function that was run; None where they make no sense."""
    from vizlib.check.outcome import Outcome

    found = {}
    for header, payload in frames(told):
        if header.get("number") in range(ALL) and header["number"] not in found:
            try:
                found[header["number"]] = Outcome.from_bytes(payload).calls
            except Exception:  # it was written by the submission: it can be anything
                found[header["number"]] = None
    return [found.get(number) for number in range(1 + max(found, default=-1))]


def _made(ran, lacking, dice):
    """The questions on all functions of a student, and of each function that has none, why."""
    from vizlib.teaching.questions.ask import NoQuestion, ask_about

    made = []
    for one, outcomes in ran:
        try:
            made += ask_about(one, outcomes, dice)
        except NoQuestion as why:
            lacking[one.name] = str(why)
        except Exception:  # outcomes have the form of outcomes, but what is in them may be anything
            lacking[one.name] = "what its calls returned makes no sense: look at it"
    return made, lacking
