"""Read what a submission wrote, as far as it makes sense."""

import io
import json


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
