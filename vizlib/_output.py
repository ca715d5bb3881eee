"""What is printed, wherever it goes."""

import io
import sys


def forgive() -> None:
    """Print a question mark for a letter that the output has no code for, as a file in ASCII has none for η."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
