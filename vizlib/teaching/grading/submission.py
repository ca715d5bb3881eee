"""What there is to grade of a student, and what is said of it."""

import base64
import hashlib
import json
from dataclasses import dataclass, field

from vizlib.teaching.grading.handed_in import NOTHING
from vizlib.teaching.grading.untrusted import text


@dataclass
class Submission:
    """What a student handed in.

    Attributes:
        cells: the code cells in order: ``{"source": …}`` of the student's own, ``{"check": exercise}``, or None for a
            cell that is not run again: one that is locked, or one that only draws and was left as it was released.
        key: a hash of the cells, and of the files.
        files: what lies beside the notebook: from the name to the bytes.
        problem: why there are none, or "".
        said: what is good to know of the files, e.g. that the notebook had another name.
        look: why a person should look at the files, though there are cells.
    """

    student: str
    cells: list = field(default_factory=list)
    problem: str = ""
    said: list = field(default_factory=list)
    look: list = field(default_factory=list)
    files: dict = field(default_factory=dict)

    @property
    def key(self) -> str:
        files = [[name, hashlib.sha256(data).hexdigest()] for name, data in sorted(self.files.items())]
        return hashlib.sha256(json.dumps([self.cells, files]).encode()).hexdigest()[:32]

    @property
    def nothing(self) -> bool:
        """Whether the student handed in nothing at all for this assignment."""
        return self.problem == NOTHING

    @property
    def to_run(self) -> dict:
        """Cells and files as a sandbox takes them."""
        files = {name: base64.b64encode(data).decode() for name, data in self.files.items()}
        return {"cells": [cell or {"source": ""} for cell in self.cells], "files": files}

    @property
    def of_the_files(self) -> list[str]:
        """What is said of the files, for the student to read."""
        looks = [f"A person will look: {why}." for why in [*filter(None, [self.problem]), *self.look]]
        return [text(line, 2000).replace("\n", " ") for line in [*(f"{said}." for said in self.said), *looks]]

    @property
    def checks(self) -> list[str]:
        return [cell["check"] for cell in self.cells if cell and "check" in cell]
