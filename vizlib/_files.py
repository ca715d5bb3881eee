"""Files that are there whole or not at all."""

import os
import tempfile
import uuid
from pathlib import Path


def write(path: str | Path, content: str | bytes, mode: int = 0o666) -> Path:
    """Write a file beside its place and then rename it, so that neither a full disk nor a kill leaves half of one.

    Args:
        path: where to; a file that is there is replaced once the new one is whole.
        content: bytes, or text, which is written as UTF-8.
        mode: who may read and write a new file, before the system's umask.

    Raises:
        OSError: it cannot be written. What was there is still there.
    """
    path = Path(path)
    place = path.resolve()  # behind a link: the link stays
    beside = place.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.replace(beside, place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return path


def try_folder(folder: Path) -> None:
    """Find out whether a file can be written into a folder, by writing one.

    Raises:
        FileNotFoundError: there is no such folder.
        OSError: nothing can be written into it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {str(folder)!r} to write into.")
    try:
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"trial")
    except OSError as error:
        why = error.strerror or error
        raise OSError(f"Nothing can be written into the folder {str(folder)!r}: {why}.") from None
