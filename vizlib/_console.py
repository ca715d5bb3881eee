"""Text for terminals and files that know few characters, such as those of Windows and of old servers."""

import io
import sys


def writable(text: str, file=None) -> str:
    """``text`` with a question mark for each character that the file (stdout if left out) cannot write."""
    encoding = getattr(file or sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def say(text: str, file=None) -> None:
    """Print ``text`` to a file, stdout if left out, whatever characters it knows."""
    print(writable(text, file), file=file or sys.stdout)


def forgive() -> None:
    """For commands: from here on stdout and stderr write a question mark for what they cannot write."""
    for file in (sys.stdout, sys.stderr):
        if isinstance(file, io.TextIOWrapper):  # not each file that stands in for them is one
            file.reconfigure(errors="replace")
