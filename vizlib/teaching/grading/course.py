"""Where a course keeps what, and what there is to grade."""

import copy
import hashlib
import json
import secrets
from importlib.metadata import version
from pathlib import Path

import nbformat

from vizlib import _files
from vizlib.teaching.grading.handed_in import find, grade_id, graded, leads_elsewhere, nbgrader
from vizlib.teaching.grading.library import LIBRARY, OPEN, module_of
from vizlib.teaching.grading.submission import Submission
from vizlib.teaching.grading.untrusted import read, text


class Assignment:
    """An assignment of the course that lies in the folder ``root``, as nbgrader_config.py sets it out.

    Attributes:
        exercises: names of the exercises that have a check cell.
        points: from the exercise to what it gives.
        locked: source of the locked cells, as released.
    """

    def __init__(self, root: Path, name: str):
        self.root, self.name = Path(root).resolve(), name
        path = self.root / "exercises" / name / f"{name}.ipynb"
        if not path.exists():
            raise ValueError(f"There is no assignment {name}: {path} does not exist.")
        released = nbformat.read(path, as_version=4).cells
        self._released = {identity: cell for cell in released if (identity := grade_id(cell))}
        cells = [cell for cell in released if cell.cell_type == "code"]
        self.points = {
            grade_id(cell).removeprefix("check_"): nbgrader(cell)["points"] for cell in cells if graded(cell)
        }
        self.exercises = list(self.points)
        self._locked = {grade_id(cell): cell.source for cell in cells if nbgrader(cell).get("locked")}
        self.locked = [source for identity, source in self._locked.items() if identity[6:] not in self.exercises]
        self._drawing = {cell.source for cell in cells if "with check.picture(" in cell.source}

    @property
    def students(self) -> list[str]:
        """All who have a folder, whatever is in it; also a file that lies beside the folders."""
        submitted = self.root / "grading" / "submitted"
        return sorted(path.name for path in submitted.glob("*") if not path.name.startswith("."))

    def submission(self, student: str) -> Submission:
        """What a student handed in."""
        return self._handed_in(student)[0]

    def place(self, student: str) -> Submission:
        """What a student handed in; if it has another name, copied to where nbgrader looks. Nothing is replaced."""
        submission, data = self._handed_in(student)
        exact = Path(self.name, f"{self.name}.ipynb")
        folder = self.root / "grading" / "submitted" / student
        try:
            if data is not None and leads_elsewhere(folder, exact):
                raise OSError("its folder is a link")
            if data is not None:
                write(folder / exact, data.decode())
        except OSError as error:
            submission.look.append(f"nbgrader does not see it, for it cannot be copied to {exact.as_posix()}: {error}")
        return submission

    def solution(self) -> Submission:
        notebook = read(self.root / "solutions" / self.name / f"{self.name}.ipynb")
        return Submission("solution", self._cells(notebook))

    def _handed_in(self, student):
        """A submission, and the bytes of its notebook if that is not where nbgrader looks."""
        found = find(self.root / "grading" / "submitted" / student, self.name, self.root / "exercises")
        if found.problem:
            return Submission(student, problem=found.problem), None
        try:
            cells = self._cells(found.notebook)
            return Submission(student, cells, "", found.said, found.look, found.files), found.data
        except Exception as error:  # what is handed in can be broken in any way
            return Submission(student, problem=f"the file cannot be read: {text(error, 200)}"), None

    def _cells(self, notebook):
        return [self._cell(cell) for cell in self.restored(notebook).cells if cell.cell_type == "code"]

    def restored(self, notebook):
        """A notebook in which each cell is of the kind, and has the metadata for nbgrader, that it was released with.

        A cell that was not released has none, and of one that is there twice the last counts. nbgrader stops the whole
        class at metadata that it does not know.
        """
        seen, cells = set(), []
        for cell in reversed(notebook.cells):
            identity = grade_id(cell)
            cell.metadata.pop("nbgrader", None)
            if identity in self._released and identity not in seen:
                seen.add(identity)
                released = self._released[identity]
                if cell.cell_type != released.cell_type:
                    cell = type(released)({**copy.deepcopy(released), "source": cell.source})
                cell.metadata.nbgrader = copy.deepcopy(released.metadata.nbgrader)
            cells.insert(0, cell)
        notebook.cells = cells
        return notebook

    def _cell(self, cell):
        identity = grade_id(cell)
        if identity in self._locked:
            name = str(identity).removeprefix("check_")
            return {"check": name} if name in self.exercises else None
        return None if cell.source in self._drawing else {"source": str(cell.source)}

    def seed(self) -> int:
        """Which inputs the answers are tried on. Made once for a course, and for its graders only."""
        path = self.root / "grading" / "seed"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            write(path, str(secrets.randbelow(2**31 - 10**8)), 0o600)
        return int(path.read_text())

    def seeds(self, versions) -> dict[str, int]:
        """For each exercise the inputs that tell each known wrong answer from a right one; found once, then kept."""
        from vizlib.check.exercise import EXERCISES

        found = {}
        for name, version_ in versions.items():
            path = self.root / "grading" / "seeds" / f"{name}-{version_}.json"
            found[name] = read_json(path)
            if found[name] is None:
                found[name] = EXERCISES[name].informative_seed(self.seed())
                write(path, json.dumps(found[name]), 0o600)
        return found

    def versions(self) -> dict[str, str]:
        """A hash for each exercise of all that its verdict hangs on, but for the submission."""
        files = [*(LIBRARY / "check").glob("*.py"), *(LIBRARY / "teaching" / "grading" / "sealed").glob("*.py")]
        files += [LIBRARY / f"{name}.py" for name in OPEN]
        common = b"".join(path.read_bytes() for path in sorted(files))
        common += json.dumps([self.locked, self.seed(), version("torch")]).encode()
        return {name: hashlib.sha256(common + module_of(name).read_bytes()).hexdigest()[:16] for name in self.exercises}

    def folder(self, submission: Submission) -> Path:
        """Where the verdicts on a submission are."""
        return self.root / "grading" / "verdicts" / self.name / submission.key


def read_json(path: Path):
    """What a file of verdicts holds; None if it is not there or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file at once, or not at all; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _files.write(path, text, mode)
