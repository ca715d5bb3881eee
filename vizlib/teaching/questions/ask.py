"""Make questions on a function out of what it and changes of it return.

Each option comes from running something, and the right one is the only one that is true: options whose results are
alike are never together.

Who does not have the code must not be helped by knowing the exercise. So options come in sets of which each could be
right, and which one it is, is thrown: changes of one kind, in more than one line, and what the call returns after each.
Whether such a set asks for the result or for the change, it cannot be seen from outside which belongs to which.
"""

import random
from dataclasses import dataclass, field

from vizlib.teaching.questions.asked import Asked
from vizlib.teaching.questions.changes import NOTES
from vizlib.teaching.questions.options import apart, same, shown

OPTIONS = 4


@dataclass
class Question:
    """A question with one right option.

    Attributes:
        exercise: name of the function; it is in nothing that is asked.
        number: of the exercise on its sheet.
        kind: "changed", "which" or "differ".
        text: what is asked.
        call: what is called, as Python; "" for the kind "differ", whose options are calls.
        options: in order.
        right: index of the right one.
        code: the function, its lines with the numbers that they have in the cell.
        change: the lines that the right change alters, before and after it.
        source: the function after that change.
    """

    exercise: str
    number: int
    kind: str
    text: str
    call: str
    options: list[str]
    right: int
    code: str
    change: tuple[str, str]
    source: str = field(repr=False)


def ask_about(one: Asked, outcomes: list, dice: random.Random) -> list[Question]:
    """The questions that what was run allows: at most one of each kind.

    Args:
        one: the function.
        outcomes: the calls of the answer and of ``one.sources``, in order; None where none came back.
        dice: decides what is asked, and the order of options.
    """
    answer, own, *changed = [*outcomes, *[None] * (len(one.sources) + 1 - len(outcomes))]
    if not _whole(answer, one) or not _whole(own, one) or any(apart(a, b) for a, b in zip(answer, own, strict=True)):
        return []  # what stands in the notebook is not what ran
    rows = [(change, calls) for change, calls in zip(one.changes, changed, strict=True) if _whole(calls, one)]
    made = []
    for kind in dice.sample(["changed", "which"], 2):
        spared = [question.call for question in made]  # one question would help with the other
        made += _of_a_set(kind, one, own, rows, spared, dice)
    return made + _differ(one, own, rows, dice)


def _whole(calls, one):
    return calls is not None and len(calls) == len(one.calls)


def _of_a_set(kind, one, own, rows, spared, dice):
    """What does a call return after a change, or: after which change does it return this?"""
    sets = []
    for number, call in enumerate(one.calls):
        if call not in spared and own[number].error is None:
            for alike in NOTES:
                found = [(c, calls[number]) for c, calls in rows if c.kind == alike and calls[number].error is None]
                taken = _set(kind, own[number], dice.sample(found, len(found)))
                lines = {change.line for change, _ in taken}
                if len(taken) >= 3 and len(lines) >= 2:
                    sets.append((len(taken), len(lines), dice.random(), taken, call))
    if not sets:
        return []
    *_, taken, call = max(sets)
    right = dice.randrange(len(taken))
    change, result = taken[right]
    if kind == "changed":
        text = f"{_about(one)} In its cell, {change.said}. What does this call return then?"
        options = [shown(each) for _, each in taken]
    else:
        text = f"{_about(one)} After one of these changes in its cell this call returned {shown(result)}. Which one?"
        options = [_sentence(each.said) for each, _ in taken]
    return [_question(one, kind, text, call, options, right, change, dice)]


def _set(kind, own, found):
    """Changes of which each returns something of its own, as far as possible from different lines.

    If one of them leaves the result as it was, that can be right, too, when results are asked for.
    """
    moved = [pair for pair in found if apart(pair[1], own)]
    still = [pair for pair in found if same(pair[1], own)][: kind == "changed"]
    taken = still[:]
    for again in (False, True):
        for pair in moved:
            new = again or all(pair[0].line != change.line for change, _ in taken)
            if len(taken) < OPTIONS and new and all(apart(pair[1], result) for _, result in taken):
                taken.append(pair)
    return taken


def _differ(one, own, rows, dice):
    """For which call, among some that differ in their numbers only, does a change matter?"""
    for change, calls in dice.sample(rows, len(rows)):
        for group in dice.sample(one.groups, len(one.groups)):
            places = [one.calls.index(call) for call in group]
            moved = [place for place in places if calls[place].error is None and apart(own[place], calls[place])]
            alike = [place for place in places if same(own[place], calls[place])]
            if moved and len(alike) >= 2:
                asks = "For which of these calls does it return something else than before?"
                text = f"{_about(one)} In its cell, {change.said}. {asks}"
                options = [one.calls[place] for place in (dice.choice(moved), *alike[: OPTIONS - 1])]
                return [_question(one, "differ", text, "", options, 0, change, dice)]
    return []


def _question(one, kind, text, call, options, right, change, dice):
    order = dice.sample(range(len(options)), len(options))
    return Question(
        one.name,
        one.number,
        kind,
        f"{text} {NOTES[change.kind]}".strip(),
        call,
        [options[place] for place in order],
        order.index(right),
        one.code,
        (change.before, change.after),
        change.source,
    )


def _about(one):
    return f"f is your function of exercise {one.number}."


def _sentence(said):
    return f"{said[0].upper()}{said[1:]}."
