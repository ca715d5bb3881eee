"""Find the notebook of an assignment among all that a student handed in; whatever else is there is said.

A notebook is known by its cells, which have the IDs of the released ones. So its name, its folder and a zip around it
do not matter.
"""

import functools
import itertools
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import nbformat

from vizlib.teaching.grading.untrusted import files, helpers, members, notebooks, read, text

ALL = 200_000_000  # bytes that are read of all the files of a student
MOST = 10_000  # files of a student that are looked at
OF_PROGRAMS = {
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    "__MACOSX",
    "__pycache__",
    "timestamp.txt",
}  # the last is nbgrader's
NOTHING = "nothing was handed in"


@dataclass
class HandedIn:
    """What there is of a student for an assignment.

    Attributes:
        notebook: the one that counts, or None.
        data: its bytes, if it does not lie where nbgrader looks; else None.
        problem: why there is no notebook, or "".
        said: what is good to know.
        look: why a person should look, though there is a notebook.
        files: what lies beside the notebook and is there when it runs: from the name to the bytes.
    """

    notebook: nbformat.NotebookNode | None = None
    data: bytes | None = None
    problem: str = ""
    said: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def take(self, folder, others, names):
        """Say what else there is than notebooks of these names, which are the same.

        What helps one of them is there when it runs; a person looks at the rest.
        """
        left = others
        for name in names:
            found, home = helpers(folder, others, name), PurePosixPath(name).parent
            self.files = found | self.files
            left = [other for other in left if _from(home, other) not in found]
        if self.files:
            self.said.append(f"with it, and there when it ran, {_listed(sorted(self.files))}")
        if left:
            self.look.insert(0, f"there is also {_listed(left)}")


def _from(home, path):
    return PurePosixPath(path).relative_to(home).as_posix() if PurePosixPath(path).is_relative_to(home) else None


@dataclass
class Candidate:
    """A notebook of the assignment that does not lie where nbgrader looks."""

    name: str
    data: bytes
    notebook: nbformat.NotebookNode

    @property
    def stored_by_jupyter(self):
        return ".ipynb_checkpoints" in PurePosixPath(self.name).parts


def find(folder: Path, name: str, exercises: Path) -> HandedIn:
    """Look through a student's folder.

    Args:
        folder: of the student.
        name: of the assignment.
        exercises: folder of all assignments as released.
    """
    if not folder.is_dir():
        return HandedIn(problem="it lies in no folder of a student")
    exact = Path(name, f"{name}.ipynb")
    there = os.path.lexists(folder / exact)
    candidates, others, left = [], [], ALL
    released, owner = _released(exercises)
    for path in itertools.islice(files(folder), MOST):
        if path == exact or OF_PROGRAMS & set(path.parts) or (there and path in released):
            continue
        found = [Candidate(*one) for one in notebooks(folder, path, left)]
        left -= sum(len(one.data) for one in found)
        owners = {owner.get(grade_id(cell)) for one in found for cell in one.notebook.cells} - {None}
        candidates += [one for one in found if any(owner.get(grade_id(cell)) == name for cell in one.notebook.cells)]
        if found and any(len(PurePosixPath(one.name).parts) > len(path.parts) for one in found):  # a zip
            read_ = {one.name for one in found}
            inside = [f"{path.as_posix()}/{member}" for member in members(folder / path)]
            others += [one for one in inside if one not in read_ and not OF_PROGRAMS & set(PurePosixPath(one).parts)]
        of_another = path in released or {*path.parts[:1]} & ({*owner.values()} - {name})
        if not owners and not of_another:
            others.append(path.as_posix())
    if there:
        return _exact(folder, exact, candidates, others)
    return _elsewhere(folder, exact, candidates, others)


def leads_elsewhere(folder: Path, path: Path) -> bool:
    """Whether a file of a student, or a folder on the way to it, is a link."""
    return (folder / path).resolve() != folder.resolve() / path


def _exact(folder, path, candidates, others):
    """What is to be said of the file that nbgrader sees, if there may be others."""
    result = HandedIn()
    try:
        if leads_elsewhere(folder, path):
            raise ValueError("it is a link")
        result.notebook = read(folder / path)
        own = _content(result.notebook)
    except Exception as error:
        also = [one.name for one in candidates] + others
        why = f"the file cannot be read: {type(error).__name__}: {text(error, 200)}"
        return HandedIn(problem=why + (f"; there is also {_listed(also)}" if also else ""))
    for one in candidates:
        if _content(one.notebook) == own:
            result.said += [] if one.stored_by_jupyter else [f"also handed in as {_listed([one.name])}"]
        elif one.stored_by_jupyter:
            result.said.append(f"{_listed([one.name])}, which Jupyter stored, has other answers")
        else:
            result.look.append(f"there is also {_listed([one.name])} with other answers")
    same = [one.name for one in candidates if _content(one.notebook) == own]
    result.take(folder, others, [path.as_posix(), *same])
    return result


def _elsewhere(folder, exact, candidates, others):
    """What counts if there is nothing that nbgrader sees."""
    counting = [one for one in candidates if not one.stored_by_jupyter] or candidates
    if counting and all(_content(one.notebook) == _content(counting[0].notebook) for one in counting):
        result = HandedIn(counting[0].notebook, counting[0].data, "", [f"handed in as {_listed([counting[0].name])}"])
        result.take(folder, others, [one.name for one in counting])
        return result
    if counting:
        names = _listed([one.name for one in counting])
        way_out = f"put the one that counts at {exact.as_posix()}"
        return HandedIn(problem=f"there are notebooks with different answers, {names}; {way_out}")
    if others:
        return HandedIn(problem=f"there is no notebook of {exact.stem}, but {_listed(others)}")
    if os.path.lexists(folder / exact.parent):
        return HandedIn(problem=f"the folder {exact.stem} is empty")
    return HandedIn(problem=NOTHING)


@functools.cache
def _released(exercises):
    """The files of all assignments, as ``NAME/NAME.ipynb``, and for the ID of each check its assignment."""
    paths, owner = {path.relative_to(exercises) for path in exercises.glob("*/*")}, {}
    for path in exercises.glob("*/*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        owner |= {grade_id(cell): path.stem for cell in cells if graded(cell)}
    return paths, owner


def nbgrader(cell) -> dict:
    """What nbgrader keeps with a cell."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def grade_id(cell) -> str | None:
    """The ID of a cell."""
    found = nbgrader(cell).get("grade_id")
    return found if isinstance(found, str) else None


def graded(cell) -> bool:
    """Whether a released cell is a check."""
    return bool(nbgrader(cell).get("grade") and nbgrader(cell).get("locked"))


def _content(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def _listed(names):
    shown = ", ".join(f"'{text(name, 200)}'" for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
