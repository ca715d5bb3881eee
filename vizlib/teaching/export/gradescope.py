"""The zip that Gradescope takes as an autograder.

Gradescope unpacks it to ``/autograder/source``, runs ``setup.sh`` once and ``run_autograder`` for each submission. The
course in it, with the solution and the seed, is what ``vizlib grade`` has here, so the points are the same.
"""

import json
import tomllib
import zipfile
from pathlib import Path

from vizlib.teaching.grading.course import Assignment
from vizlib.teaching.grading.library import LIBRARY

TEMPLATES = Path(__file__).parent / "autograder"
WITHOUT = {"__pycache__", ".ipynb_checkpoints"}


def autograder(root: Path, name: str, output: Path, without_sandbox: bool = False) -> Path:
    """Write the zip.

    Args:
        root: folder of the course.
        name: of the assignment.
        output: the file; one that is there is replaced.
        without_sandbox: whether submissions are run also where the container does not allow a sandbox.

    Raises:
        ValueError: there is no such assignment.
        CheckBroken: a check does not work.
    """
    assignment = Assignment(root, name)
    assignment.seeds(assignment.versions())  # they are found here, not once more in each container
    root = assignment.root
    needs = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    settings = {"assignment": name, "without_sandbox": without_sandbox}
    course = [path for path in sorted(LIBRARY.rglob("*")) if path.is_file() and not WITHOUT & set(path.parts)]
    inside = {path: path.relative_to(LIBRARY.parent) for path in course}
    notebooks = [*root.glob("exercises/*/*.ipynb"), root / "solutions" / name / f"{name}.ipynb"]
    private = [root / "grading" / "seed", *(root / "grading" / "seeds").glob("*.json")]
    inside |= {path: path.relative_to(root) for path in (*notebooks, *private)}
    output.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for template in ("setup.sh", "run_autograder"):
            entry = zipfile.ZipInfo(template)
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, (TEMPLATES / template).read_bytes())
        archive.writestr("settings.json", json.dumps(settings))
        archive.writestr("needs.txt", "\n".join([*needs, "nbformat", ""]))
        archive.write(root / "constraints.txt", "constraints.txt")
        for path, place in inside.items():
            archive.write(path, Path("course", place))
    return output
