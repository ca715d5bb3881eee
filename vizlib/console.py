"""Text for terminals and files that know few characters, such as those of Windows and of old servers."""

import contextlib
import sys


def say(text: str, file=None) -> None:
    """Print ``text``; what the file (stdout if left out) cannot write becomes a question mark."""
    file = file or sys.stdout
    encoding = getattr(file, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=file)


def forgive() -> None:
    """For commands: from here on stdout and stderr write a question mark for what they cannot write."""
    for file in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # not each file that stands in for them has it
            file.reconfigure(errors="replace")
