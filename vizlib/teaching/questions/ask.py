"""Make questions on a function out of what it and changes of it return.

Each option comes from running something, and the right one is the only one that is true: options whose results are
alike are never together.

Who does not have the code must not be helped by knowing the exercise. So options come in sets of which each could be
right, and which one it is, is thrown: what a call returns after each of some changes of one kind, in more than one
line. Two other ways of asking were tried and not kept, because readers without the code were right twice as often as
by chance: after which of these changes did the call return this, and for which of these calls does a change matter?
Of questions on signs such readers knew half (24 of 45), and of the others two fifths (66 of 165), where chance is three
tenths. So signs are asked about only where no other kind gives a question, and in a talk only, where one hears why.
"""

import random
import re
from dataclasses import dataclass, field

from vizlib.teaching.questions.asked import Asked, NoQuestion
from vizlib.teaching.questions.changes import NOTES, Change
from vizlib.teaching.questions.options import apart, same, shown

OPTIONS = 4
QUESTIONS = 2  # on a function
GUESSED = "sign"  # the kind of changes that is for a talk only
LINES = (
    "…{0} is a line number that ends in {0}, counted from the top of the cell, below the docstring of f; of two such "
    "lines it is the one that has what is meant."
)
NETS = {
    "Linear": "Linear(W) is a network whose logits are the rows of W times the pixels.",
    "Layered": "Layered(W).layer makes a channel for each row of W out of each pixel; an in-place ReLU follows.",
    "Window": "Window(n).layer adds up squares of n × n pixels.",
}
TOO_LARGE = re.compile(r"e\+(0[6-9]|[1-9])")  # nobody would reckon this by hand


@dataclass
class Question:
    """A question with one right option.

    Attributes:
        exercise: name of the function; it is in nothing that is asked.
        number: of the exercise on its sheet.
        text: what is asked.
        call: what is called, as Python.
        options: in order.
        right: index of the right one.
        code: the function, its lines with the numbers that they have in the cell.
        change: what is changed in it.
    """

    exercise: str
    number: int
    text: str
    call: str
    options: list[str]
    right: int
    code: str
    change: Change = field(repr=False)

    @property
    def in_quiz(self) -> bool:
        """Whether it is for a quiz, too."""
        return self.change.kind != GUESSED


def ask_about(one: Asked, outcomes: list, dice: random.Random) -> list[Question]:
    """The questions that what was run allows, at most ``QUESTIONS``.

    Args:
        one: the function.
        outcomes: the calls of the answer and of ``one.sources``, in order; None where none came back.
        dice: decides what is asked, and the order of options.

    Raises:
        NoQuestion: there is none.
    """
    answer, own, *changed = [*outcomes, *[None] * (len(one.sources) + 1 - len(outcomes))]
    if not _whole(answer, one):
        raise NoQuestion("it did not return from calls that are made for questions")
    if not _whole(own, one) or any(apart(a, b) for a, b in zip(answer, own, strict=True)):
        raise NoQuestion("what stands in its cell is not what ran: look at it")
    rows = [(change, calls) for change, calls in zip(one.changes, changed, strict=True) if _whole(calls, one)]
    made = []
    for _ in range(QUESTIONS):
        made += _ask(one, own, rows, made, dice)
    if not made:
        raise NoQuestion("too little of it can be changed for a question whose answer cannot be guessed")
    return made


def _whole(calls, one):
    return calls is not None and len(calls) == len(one.calls)


def _ask(one, own, rows, before, dice):
    """What does a call return after a change? Another call and another change than in the questions before."""
    sets = []
    for number, call in enumerate(one.calls):
        if _by_hand(own[number]) and all(call != question.call for question in before):
            for alike in NOTES:
                found = [(c, calls[number]) for c, calls in rows if c.kind == alike and _by_hand(calls[number])]
                taken = _set(own[number], dice.sample(found, len(found)))
                lines = {change.line for change, _ in taken}
                fresh = [pair for pair in taken if all(pair[0] is not question.change for question in before)]
                if len(taken) >= 3 and len(lines) >= 2 and fresh:
                    sets.append((alike != GUESSED, len(taken), len(lines), dice.random(), taken, fresh, call))
    if not sets:
        return []
    *_, taken, fresh, call = max(sets)
    change, result = dice.choice(fresh)
    asks = f"f is your function of exercise {one.number}. In its cell, {change.said}. What does this call return then?"
    notes = [
        LINES.format(change.line % 10),
        NOTES[change.kind],
        *(note for net, note in NETS.items() if f"{net}(" in call),
    ]
    text = " ".join([asks, *filter(None, notes)])
    options = dice.sample([shown(each) for _, each in taken], len(taken))
    right = options.index(shown(result))
    return [Question(one.name, one.number, text, call, options, right, one.code, change)]


def _by_hand(call):
    return call.error is None and not TOO_LARGE.search(shown(call))


def _set(own, found):
    """Changes of which each returns something of its own, as far as possible from different lines.

    One of them may leave the result as it was: it is then as likely to be right as any other.
    """
    moved = [pair for pair in found if apart(pair[1], own)]
    taken = [pair for pair in found if same(pair[1], own)][:1]
    for again in (False, True):
        for pair in moved:
            new = again or all(pair[0].line != change.line for change, _ in taken)
            if len(taken) < OPTIONS and new and all(apart(pair[1], result) for _, result in taken):
                taken.append(pair)
    return taken
