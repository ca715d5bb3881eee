"""The page of an atlas: one file that asks no server for anything; its pictures lie beside it."""

from pathlib import Path

import jinja2

from vizlib import _files
from vizlib.objectives import Objective
from vizlib.opinions import JUDGE


def write(folder: Path, lines: list[dict]) -> Path:
    """Write ``index.html`` for the lines of a manifest, in their order."""
    cards = []
    for order, line in enumerate(lines):
        height, width = line["recipe"]["size"]
        card = {"key": line["key"], "title": line["title"], "alt": alt(line), "said": said(line)}
        card |= {"name": line["title"].lower(), "sure": _sure(_judge(line)), "order": order}
        cards.append(card | {"width": width, "height": height, "facts": _facts(line)})
    made_by = sorted({line["versions"]["vizlib"] for line in lines})
    source = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    template = jinja2.Template(source, autoescape=True, keep_trailing_newline=True)
    return _files.write(folder / "index.html", template.render(cards=cards, versions=made_by))


def said(line: dict) -> str:
    """What a network that took no part says of a picture, in a few words."""
    judge = _judge(line)
    if judge["rank"] is None or judge["rank"] == 1:
        return f"{judge['top']} {judge['top_probability']:.2f}"
    return f"{judge['top']} {judge['top_probability']:.2f}, place {judge['rank']}"


def alt(line: dict) -> str:
    """The text alternative of a picture, from the record of it."""
    judge = _judge(line)
    words = f"Made for {line['title']}. {judge['network']}, which took no part, says {judge['top']}"
    words += f" at {judge['top_probability']:.2f}."
    if judge["rank"] is None or judge["rank"] == 1:
        return words
    return f"{words} {line['title']} is at place {judge['rank']}, {judge['probability']:.2f}."


def _judge(line):
    return next((one for one in line["others"] if one["network"] == JUDGE), line["others"][0])


def _sure(opinion):
    """The probability of what was asked for; of the first class where none was."""
    return opinion["top_probability"] if opinion["probability"] is None else opinion["probability"]


def _facts(line):
    """All that is known of a picture, as (name, value) for a reader."""
    recipe, versions = line["recipe"], line["versions"]
    facts = [(f"{one['network']}, looked", _opinion(one)) for one in line["own"]]
    facts += [(f"{one['network']}, took no part", _opinion(one)) for one in line["others"]]
    facts += [("note", note) for note in line["notes"]]
    facts += [("note", "the objective never moved: what it asks for is silent")] * line["stuck"]
    facts += [("objective", str(Objective.from_json(line["objective"]))), ("seed", str(line["seed"]))]
    facts += [(name, _value(recipe[name])) for name in recipe]
    facts += [("made by", ", ".join(f"{name} {version}" for name, version in versions.items()))]
    return [*facts, ("took", f"{line['seconds']:.1f} s, {line['device']}, {line['threads']} thread(s)")]


def _opinion(one):
    first = f"{one['top']} {one['top_probability']:.3f}"
    if one["rank"] in (None, 1):
        return first
    return f"{one['probability']:.3f}, place {one['rank']}; first is {first}"


def _value(value):
    """A setting in words: a regularizer is a name and its numbers."""
    if not isinstance(value, list):
        return str(value)
    words = []
    for one in value:
        if isinstance(one, list) and len(one) == 2 and isinstance(one[1], dict):
            one = f"{one[0]}({', '.join(f'{name} {number}' for name, number in one[1].items())})"
        words.append(str(one))
    return ", ".join(words) or "none"
