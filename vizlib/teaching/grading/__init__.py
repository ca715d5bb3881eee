"""Find the verdicts on all submissions of an assignment, in parallel, and keep them.

What a submission does is observed in a sandbox; the verdict is made here, from plain data. What is missing or broken is
no points. A verdict is kept under the submission, the exercise and the version of its check, so a second call makes
those that are missing, and a mended check makes its own again.
"""

import json
from pathlib import Path

from tqdm.auto import tqdm

from vizlib.teaching.grading.course import Assignment, read_json, write
from vizlib.teaching.grading.pool import Pool
from vizlib.teaching.grading.sandbox import sealable
from vizlib.teaching.grading.submission import Submission
from vizlib.teaching.grading.untrusted import frames, printed, text


def grade(root: Path, name: str, jobs: int = 1, students=None, say=tqdm.write) -> dict[str, dict]:
    """Grade what has no verdict yet.

    Args:
        root: folder of the course.
        name: of the assignment.
        jobs: submissions that run at a time; each takes one core and about 1 GB.
        students: whose; everybody's if left out.
        say: gets a line for each student who has a folder.

    Returns:
        For each student the verdicts: from the exercise to a dict, see :func:`verdict`.

    Raises:
        ValueError: no such assignment or student, or nobody handed in anything.
        RuntimeError: the solution does not get full marks here, so that nobody would.
    """
    assignment = Assignment(root, name)
    unknown = sorted(set(students or ()) - set(assignment.students))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} handed in nothing for {name}.")
    if not assignment.students:
        raise ValueError(f"Nobody handed in anything: there is nothing in {assignment.root / 'grading' / 'submitted'}.")
    submissions = [assignment.place(student) for student in students or assignment.students]
    versions = assignment.versions()
    with Graders(assignment, versions, jobs) as graders:
        if any(missing(assignment, submission, versions) for submission in submissions):
            _control(assignment, versions, graders)
        waiting = {}
        for submission in submissions:  # those who handed in the same wait for one of them
            waiting.setdefault(submission.key, submission)
        graders.grade([s for s in waiting.values() if missing(assignment, s, versions)])
        for submission in submissions:
            say(status(submission, verdicts(assignment, submission, versions)))
    return {submission.student: verdicts(assignment, submission, versions) for submission in submissions}


def _control(assignment, versions, graders):
    """Make sure that the solution gets full marks in this sandbox, with these inputs."""
    solution = assignment.solution()
    if missing(assignment, solution, versions):
        graders.grade([solution])
    found = verdicts(assignment, solution, versions)
    wrong = [f"{name} ({v['name'] or v['look']})" for name, v in found.items() if not v["right"]]
    if wrong or solution.problem:
        raise RuntimeError(
            f"Nothing is graded: the solution of {assignment.name} does not get full marks on this machine. "
            f"{solution.problem or 'Wrong: ' + ', '.join(wrong)}."
        )


def missing(assignment: Assignment, submission: Submission, versions) -> list[str]:
    """The exercises of a submission that have no verdict."""
    folder = assignment.folder(submission)
    return [name for name in submission.checks if read_json(folder / f"{name}-{versions[name]}.json") is None]


def verdicts(assignment: Assignment, submission: Submission, versions) -> dict[str, dict]:
    """The verdicts on a submission, one for each exercise of the assignment."""
    folder, found = assignment.folder(submission), {}
    for name in assignment.exercises:
        kept = read_json(folder / f"{name}-{versions[name]}.json") if name in submission.checks else None
        lost = submission.problem or ("there is no verdict" if name in submission.checks else "its check cell is gone")
        found[name] = kept or verdict(name, look=lost)
    return found


def verdict(exercise: str, name="", sentence="", hint="", details=(), look="", **more) -> dict:
    """A verdict as it is kept.

    Keys:
        right: whether it gets the points.
        name, sentence, hint, details: of the card, "" if there is none.
        look: why a person should look, or "".
        changed: what of PyTorch, Python or the checks the submission replaced.
        seconds: CPU time of the answer.
        sealed: whether it ran in a sandbox.
    """
    card = {"exercise": exercise, "name": name, "sentence": sentence, "hint": hint, "details": list(details)}
    return {**card, "right": not name and not look, "look": look, "changed": [], "seconds": 0.0, "sealed": True, **more}


def status(submission: Submission, found: dict) -> str:
    """A line on a submission; a single one, though names of files and errors may have several."""
    if submission.problem:
        what = f"{'' if submission.nothing else 'a person should look, '}{submission.problem}"
        return text(f"{submission.student}: {what}", 2000).replace("\n", " ")
    looks = [f"{name}: {v['look']}" for name, v in found.items() if v["look"]]
    looks += sorted({f"it replaces {', '.join(v['changed'])}" for v in found.values() if v["changed"]})
    looks += submission.look
    right = sum(v["right"] for v in found.values())
    more = [f"a person should look ({'; '.join(looks)})"] if looks else []
    line = "; ".join([f"{submission.student}: {right} of {len(found)} right", *submission.said, *more])
    return text(line, 10_000).replace("\n", " ")


class Graders(Pool):
    """Sandboxes that share the work on one assignment, and judge what comes back."""

    def __init__(self, assignment, versions, jobs):
        super().__init__(assignment, jobs)
        self.versions, self.seeds = versions, assignment.seeds(versions)

    def grade(self, submissions):
        """Make and keep the verdicts that the submissions lack."""
        for submission, told in self.each(self._observe, submissions):
            self._keep(submission, *told)

    def _observe(self, submission):
        """What a submission does."""
        wanted = missing(self.assignment, submission, self.versions)
        return wanted, self.ask({**submission.to_run, "wanted": wanted, "seeds": self.seeds})

    def _keep(self, submission, wanted, told):
        """Judge, in this process, what came back; write it down."""
        cells, outcomes = {}, {}
        for header, payload in frames(told or b""):
            if isinstance(header.get("exercise"), str):
                outcomes.setdefault(header["exercise"], (header, payload))  # who writes twice is not believed twice
            elif header.get("cell") in range(len(submission.cells)):
                cells.setdefault(header["cell"], payload)
        folder = self.assignment.folder(submission)
        write(folder / "cells.json", json.dumps({number: printed(payload) for number, payload in cells.items()}))
        for name in wanted:
            found = self._judge(name, *outcomes.get(name, ({"problem": "nothing came back"}, b"")))
            write(folder / f"{name}-{self.versions[name]}.json", json.dumps(found, indent=1))

    def _judge(self, name, header, payload):
        from vizlib.check.exercise import EXERCISES
        from vizlib.check.judge import judge
        from vizlib.check.outcome import Outcome
        from vizlib.check.verdict import CheckBroken

        changed = header.get("changed")
        changed = [text(name, 100) for name in changed[:20]] if isinstance(changed, list) else []
        more = {"changed": changed, "sealed": sealable()}
        if header.get("problem") == "undefined":
            return verdict(name, *(part.format(name=name) for part in UNDEFINED), **more)
        if header.get("problem"):
            return verdict(name, look=text(header["problem"], 200), **more)
        try:
            outcome = Outcome.from_bytes(payload)
            card = judge(EXERCISES[name], outcome, self.seeds[name])
            more["seconds"] = min(float(outcome.seconds), 1e6)
            parts = [text(part, 2000) for part in (card.name, card.sentence, card.hint)]
            return verdict(name, *parts, [text(line, 500) for line in card.details[:20]], **more)
        except CheckBroken:  # nobody's fault: no verdict is kept, and the same command goes on when it is mended
            raise
        except Exception as error:  # it was written by the submission: it can be anything
            return verdict(name, look=f"what came back cannot be judged ({type(error).__name__})", **more)


UNDEFINED = (
    "not defined",
    "When its check comes, there is nothing called {name}.",
    "Does the cell above run without an error, and is the line with def as it was given?",
)
