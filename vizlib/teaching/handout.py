"""A zip for students: everything that ``make lab`` needs, without the solved notebooks and what grades.

``course-key.txt`` is in it, the key of the course, from which students have values of their own; it is made once.
``vizlib.check`` is in it, with the references that a student's own checks compare with: who looks there finds them.
"""

import secrets
import zipfile
from pathlib import Path

from vizlib import _files

FOLDERS = ("notebooks", "exercises", "vizlib", "pictures", ".jupyter")
FILES = (
    "README.md",
    "LICENSE",
    "AGENTS.md",
    "CHANGELOG.md",
    "Makefile",
    "pyproject.toml",
    "setup.py",
    "requirements.txt",
    "requirements-dev.txt",
    "constraints.txt",
)
WITHOUT = {"teaching", "authoring.py", "example", "__pycache__", ".ipynb_checkpoints"}
NAME = "update-the-pixels"


def handout(root: Path, output: Path) -> Path:
    """Write the zip.

    Args:
        root: folder of the course.
        output: the file; one that is there is replaced.

    Raises:
        ValueError: there is no course in ``root``.
    """
    lacking = [name for name in (*FOLDERS, *FILES) if not (root / name).exists()]
    if lacking:
        raise ValueError(f"This is not the folder of the course: {', '.join(lacking)} is missing.")
    key = root / "course-key.txt"
    if not key.exists():
        _files.write(key, secrets.token_hex(16))
    paths = [key, *(root / name for name in FILES)]
    paths += [path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.is_file()]
    output.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            inside = path.relative_to(root)
            if not WITHOUT & set(inside.parts):
                archive.write(path, Path(NAME) / inside)
    return output
