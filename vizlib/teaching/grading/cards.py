"""What a student reads of a verdict, as lines of text."""


def card(verdict: dict) -> list[str]:
    """A line, a card, or that a person should look.

    Args:
        verdict: see :func:`vizlib.teaching.grading.verdict`.
    """
    name = verdict["exercise"]
    if verdict.get("right"):
        return [f"✓ {name} is right."]
    if verdict["look"]:
        return [f"? {name}: a person should look", f"No points so far: {verdict['look']}."]
    from vizlib.check.verdict import Verdict  # not before it is needed: it loads torch

    wrong = Verdict(name, *(verdict[part] for part in ("name", "sentence", "hint", "details")))
    return [wrong.title, *wrong.lines]
