"""Read what a student handed in, and what a submission wrote, as far as it makes sense.

Files are read, never run or unpacked, and links are not followed: they could lead to the solution.
"""

import io
import json
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import nbformat

LARGEST = 30_000_000  # bytes of a file; the pictures of a notebook are in it
MOST = 10_000  # members of a zip that are looked at
# What may help a notebook: how many files, their bytes together, and what they are. Nothing runs them but the notebook.
HELPERS, HELPING = 20, 5_000_000
KINDS = {".py", ".txt", ".csv", ".tsv", ".json", ".npy", ".npz", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}


def frames(told: bytes):
    """Pairs of a header and its bytes."""
    file = io.BytesIO(told)
    while head := file.readline():
        try:
            header = json.loads(head)
            size = header["bytes"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if type(size) is not int or not 0 <= size <= len(told) - file.tell():
            return
        yield header, file.read(size)


def printed(payload: bytes) -> dict:
    """What a cell printed, and its error; both as short text."""
    try:
        found = json.loads(payload)
        error = found["error"] and [text(found["error"][0], 100), text(found["error"][1], 2000)]
        return {"text": text(found["text"], 20_000), "error": error}
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return {"text": "", "error": None}


def text(thing, longest: int) -> str:
    """What a submission wrote, as text that does no harm to a terminal or a file."""
    return "".join(character for character in str(thing)[:longest] if character.isprintable() or character == "\n")


def read(path: Path) -> nbformat.NotebookNode:
    """A notebook that was handed in. Any error may come: it can be broken in any way."""
    if not path.is_file():
        raise ValueError("it is no ordinary file")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"it has more than {LARGEST} bytes")
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def files(folder) -> Iterator[Path]:
    """All that is in a folder but folders that can be read."""
    unreadable = []
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        yield from (Path(place, name).relative_to(folder) for name in sorted([*names, *links]))
    yield from (Path(error.filename).relative_to(folder) for error in unreadable)


def notebooks(folder, path, left):
    """The notebooks that a file is or, if it is a zip, has in it: names, bytes and notebooks."""
    try:
        status = os.lstat(folder / path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > min(LARGEST, left):
            return
        with open(folder / path, "rb") as file:
            start = file.read(64).lstrip()
            file.seek(0)
            data = file.read() if start.startswith((b"{", b"PK")) else b""
        members = _members(path, data, left - len(data)) if start.startswith(b"PK") else [(path.as_posix(), data)]
        for name, content in members:
            if notebook := _notebook(content):
                yield name, content, notebook
    except Exception:  # then it is named, and a person looks
        return


def helpers(folder: Path, paths: list[str], notebook: str) -> dict[str, bytes]:
    """The files that may help a notebook: those that lie beside it, or in folders there.

    Args:
        folder: of the student.
        paths: of all other files, each as from the folder; of a member of a zip, with the zip's name before it.
        notebook: path of the notebook.

    Returns:
        From the name, as the notebook sees it, to what is in the file.
    """
    found, left, home = {}, HELPING, PurePosixPath(notebook).parent
    for path in map(PurePosixPath, paths):
        name = path.relative_to(home).as_posix() if path.is_relative_to(home) else ".."
        hidden = any(part.startswith(".") or part in ("", "/") for part in PurePosixPath(name).parts)
        if not hidden and path.suffix.lower() in KINDS and len(found) < HELPERS and name.isprintable():
            data = _content(folder, path, left)
            if data is not None and len(data) <= left:
                found[name] = data
                left -= len(data)
    return found


def _content(folder, path, most):
    """What is in a file, or in a member of a zip; None if it is too large, or no ordinary file."""
    try:
        zipped = next((parent for parent in path.parents if (folder / parent).is_file()), None)
        place = folder / (zipped or path)
        if not stat.S_ISREG(os.lstat(place).st_mode) or place.resolve() != folder.resolve() / (zipped or path):
            return None
        if zipped is None:
            return place.read_bytes() if place.stat().st_size <= most else None
        with zipfile.ZipFile(place) as archive, archive.open(path.relative_to(zipped).as_posix()) as file:
            data = file.read(most + 1)
            return data if len(data) <= most else None
    except Exception:  # then it is named, and a person looks
        return None


def members(path: Path) -> list[str]:
    """The names of what is in a zip, without folders; none if it is no zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [member.filename for member in archive.infolist()[:MOST] if not member.is_dir()]
    except (OSError, ValueError, zipfile.BadZipFile):
        return []


def _members(path, data, left):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist()[:MOST]:
            if member.file_size <= min(LARGEST, left) and not member.is_dir():
                with archive.open(member) as file:  # the size that a zip tells may be a lie
                    content = file.read(64)
                    content += file.read(LARGEST) if content.lstrip().startswith(b"{") else b""
                left -= len(content)
                yield f"{path.as_posix()}/{member.filename}", content


def _notebook(data):
    """A notebook; None if it is none."""
    try:
        notebook = nbformat.reads(data.decode("utf-8"), as_version=4)
        return notebook if any(cell.metadata.get("nbgrader") for cell in notebook.cells) else None
    except Exception:
        return None
