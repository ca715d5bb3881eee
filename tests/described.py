"""What a question says of a change, applied to a cell by somebody who has only the sentence and the text of the cell.

It knows nothing of :mod:`vizlib.teaching.questions`: it reads the text by regular expressions, as a person reads it.
"""

import re

TEXT = re.compile(r'"""(?:\\.|.)*?"""|\'\'\'(?:\\.|.)*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#[^\n]*', re.S)
NUMBER = r"(?<![\w.])(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
SIGNS = {"+": "-", "+=": "-=", "*": "/", "*=": "/=", "<": ">=", ">": "<=", "==": "!="}
NOT_CALLED = {
    "return",
    "in",
    "not",
    "and",
    "or",
    "if",
    "else",
    "is",
    "for",
    "lambda",
    "yield",
    "while",
    "assert",
    "del",
}
FORMS = {
    r"the (\w+) sign in line …(\d) turns round": "sign",
    r"the (\w+) call with a dot in line …(\d) is left out": "call",
    r"the first two arguments of the (\w+) call in line …(\d) change places": "swap",
    r"the (\w+) argument with a name in line …(\d) is left out": "named",
    r"lines? …(\d)(?: to …(\d))? (?:is|are) left out": "out",
    r"lines? …(\d)(?: to …(\d))? runs? twice": "twice",
    r"lines …(\d) and …(\d) change places": "places",
}


def applied(said: str, cell: str, name: str) -> str:
    """The cell after the change of the function of that name that a sentence tells."""
    kind, words = next((k, m.groups()) for form, k in FORMS.items() if (m := re.fullmatch(form, said)))
    if kind in ("out", "twice", "places"):
        numbers = []
        for word in filter(None, words):
            (number,) = (line for line in _below(cell, name) if line % 10 == int(word))
            numbers.append(number)
        return "\n".join(_lines(kind, cell.split("\n"), numbers[0], numbers[-1]))
    bare = TEXT.sub(lambda found: re.sub(r"[^\n]", "'", found[0]), cell)
    lines = [line for line in _below(cell, name) if line % 10 == int(words[1])]
    found = {place: line for place in _places(kind, bare) if (line := bare.count("\n", 0, place[0]) + 1) in lines}
    assert len({*found.values()}) == 1, said
    start, end = [*found][{"first": 0, "last": -1}[words[0]]]
    if kind == "sign":
        new = {**SIGNS, **{other: one for one, other in SIGNS.items()}}[cell[start:end]]
    elif kind == "call":
        end, new = _closing(bare, end - 1) + 1, ""
    else:
        start, end, new = _argument(kind, cell, bare, start, end)
    return cell[:start] + new + cell[end:]


def _below(cell, name):
    """The numbers of the lines of the last function of that name, below its docstring."""
    lines = cell.split("\n")
    first = max(n for n, line in enumerate(lines) if line.startswith(f"def {name}("))
    end = next((n for n in range(first + 1, len(lines)) if re.match(r"[^\s)]", lines[n])), len(lines))
    while not lines[end - 1].strip():
        end -= 1
    texts = [n for n in range(first, end) for _ in range(lines[n].count('"""'))]
    if texts and lines[texts[0]].lstrip().startswith('"""'):
        first = texts[1] + 1
    return range(first + 1, end + 1)


def _lines(kind, lines, first, last):
    before, these, after = lines[: first - 1], lines[first - 1 : last], lines[last:]
    if kind == "out":
        these = [these[0][: len(these[0]) - len(these[0].lstrip())] + "pass"]
    elif kind == "twice":
        these = these + these
    else:
        these = [these[-1], *these[1:-1], these[0]]
    return [*before, *these, *after]


def _places(kind, bare):
    """Where things of a kind stand in a text, in order."""
    if kind == "sign":
        every = re.finditer(rf"{NUMBER}|\*\*=?|//=?|->|[-+*/<>=!]=|[-+*/<>]", bare)
        return [one.span() for one in every if one[0] in SIGNS or one[0] in SIGNS.values()]
    if kind == "call":
        return [one.span() for one in re.finditer(r"\.\s*\w+\s*\(", bare)]
    if kind == "swap":
        every = re.finditer(r"(\w+|[\])])\s*(\()", bare)
        return [one.span(2) for one in every if one[1] not in NOT_CALLED]
    return [one.span(1) for one in re.finditer(r"(?<=[(,])\s*(\w+)(?=\s*=[^=])", bare)]


def _closing(bare, start):
    depth = 0
    for place in range(start, len(bare)):
        depth += (bare[place] in "([{") - (bare[place] in ")]}")
        if depth == 0:
            return place
    raise ValueError(bare[start:])


def _argument(kind, cell, bare, start, end):
    """For arguments: where to replace what by what."""
    opening = start
    depth = int(kind == "swap")
    while not depth:  # the bracket around an argument with a name
        opening -= 1
        inner = re.sub(r"[^()\[\]{}]", "", bare[opening:start])
        depth = len(re.findall(r"[(\[{]", inner)) - len(re.findall(r"[)\]}]", inner)) == 1
    closing = _closing(bare, opening)
    parts, level, begin = [], 0, opening + 1
    for place in range(opening + 1, closing + 1):
        level += (bare[place] in "([{") - (bare[place] in ")]}")
        heads = re.search(r"\blambda\b[^:]*$", bare[begin:place])
        if (bare[place] == "," and level == 0 and not heads) or place == closing:
            parts.append((begin, place))
            begin = place + 1
    if kind == "swap":
        (a, b), (c, d) = parts[:2]
        return a, d, f"{cell[c:d]},{cell[a:b]}"
    rest = [cell[a:b] for a, b in parts if not a <= start < b]
    return opening + 1, closing, ",".join(rest)
