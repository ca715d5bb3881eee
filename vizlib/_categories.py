"""The names of classes: in what order they are, and which one is meant."""

import difflib
import functools
import re
from collections.abc import Mapping


def listed(categories):
    """Class names in the order of the logits, from a sequence or from a dict with indices for keys."""
    if not isinstance(categories, Mapping):
        return tuple(map(str, categories))
    by_index = {int(key): str(name) for key, name in categories.items() if str(key).isdecimal()}
    if sorted(by_index) != list(range(len(categories))):
        last, keys = len(categories) - 1, list(categories)[:6]
        raise ValueError(f"The keys of categories are the indices from 0 to {last}, not {keys}.")
    return tuple(by_index[i] for i in range(len(categories)))


@functools.lru_cache(4096)  # it is asked at every step, of every image
def find(categories: tuple[str, ...], wanted: str) -> int:
    """The index of a class from its name.

    Raises:
        ValueError: the class is unknown, or the name fits several; the sentence lists them.
    """
    if not categories:
        raise ValueError(f"This network has no class names; give an index, not {wanted!r}.")
    name = wanted.strip().replace("_", " ")
    known = [category.casefold() for category in categories]
    exact = [i for i, category in enumerate(categories) if category == name]
    alike = exact or [i for i, category in enumerate(known) if category == name.casefold()]
    word = rf"\b{re.escape(name.casefold())}\b"
    fits = alike or [i for i, category in enumerate(known) if name and re.search(word, category)]
    if len(alike) == 1:
        return alike[0]
    if len(fits) > 1:
        listed = ", ".join(f"{categories[i]!r} ({i})" for i in fits[:8])
        listed += f" and {len(fits) - 8} more" if len(fits) > 8 else ""
        raise ValueError(f"The class name {wanted!r} is ambiguous: it fits {listed}.")
    close = difflib.get_close_matches(name.casefold(), known, 3, 0.5)
    near = [categories[i] for i in fits or map(known.index, close)]
    hint = f"the nearest: {', '.join(map(repr, near))}" if near else "see model.categories for all of them"
    raise ValueError(f"There is no class {wanted!r}; {hint}.")
