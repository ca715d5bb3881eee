"""Make questions on a function out of what it, its mutants and known wrong answers return.

Each option comes from running something, and the right one is the only one that is true: options whose results are
alike are never together.
"""

import ast
import random
import textwrap
from dataclasses import dataclass, field

from vizlib.check import guard
from vizlib.check.exercise import EXERCISES
from vizlib.check.observe import observe
from vizlib.check.outcome import Call
from vizlib.teaching.grading.sealed.tiny import BRIEFLY, Tried
from vizlib.teaching.questions.mutants import Mutant, find, is_docstring, mutants
from vizlib.teaching.questions.options import apart, options, same

MUTANTS = 16  # of a function that are tried


@dataclass
class Question:
    """A question with one right option.

    Attributes:
        exercise: name of the function.
        kind: "returns", "changed" or "differ".
        text: what is asked.
        code: the function.
        change: of the function, as the lines before and after it; or None.
        call: what is called, as Python; "" for the kind "differ", whose options are calls.
        options: in order.
        right: index of the right one.
        source: what has to be run to answer it: the function, or its mutant.
    """

    exercise: str
    kind: str
    text: str
    code: str
    change: tuple[str, str] | None
    call: str
    options: list[str]
    right: int
    source: str = field(repr=False)


@dataclass
class Asked:
    """A function on which questions are to be made, and what has to be run for them.

    Attributes:
        name: of its exercise.
        code: the function, as its author wrote it, without the docstring.
        source: the function, as Python writes it.
        mutants: of it.
        calls: small ones.
    """

    name: str
    code: str
    source: str
    mutants: list[Mutant]
    calls: list[str]

    @property
    def sources(self) -> list[str]:
        """What is to be run next to the answer itself."""
        return [self.source, *(mutant.source for mutant in self.mutants)]


def asked(name: str, cells: list[str], calls: list[str], dice: random.Random) -> Asked | None:
    """What to run for questions on an answer; None if no cell defines it as a function, or there are no calls.

    Args:
        name: of the exercise.
        cells: the cells before its check.
        calls: small calls of it.
        dice: decides which mutants are taken.
    """
    for cell in reversed(cells if calls else []):
        try:
            if (function := find(cell, name)) is not None:
                made = {mutant.source: mutant for mutant in mutants(function)}
                taken = dice.sample(list(made.values()), min(MUTANTS, len(made)))
                return Asked(name, _without_docstring(cell, function), ast.unparse(function), taken, calls)
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # a magic, or nobody could read it
            continue
    return None


def _without_docstring(cell, function):
    lines, last = cell.splitlines(), function.end_lineno
    first = function.body[0]
    spared = range(first.lineno, first.end_lineno + 1) if is_docstring(first) and len(function.body) > 1 else ()
    kept = [lines[number - 1] for number in range(function.lineno, last + 1) if number not in spared]
    return textwrap.dedent("\n".join(kept))


def known_wrong(name: str, calls: list[str]) -> list[list[Call]]:
    """What the known wrong answers of an exercise do in these calls."""
    exercise, seconds = EXERCISES[name], guard.SECONDS
    guard.SECONDS = BRIEFLY
    try:
        answers = [
            answer
            for bug in exercise.bugs
            if bug.name != "does not come to an end" and not (bug.flaw and len(exercise.variants(bug)) > 8)
            for answer in exercise.variants(bug)
        ]
        return [observe(answer, Tried(exercise, calls), 0).calls for answer in answers]
    finally:
        guard.SECONDS = seconds


def ask_about(one: Asked, outcomes: list, wrong: list[list[Call]], dice: random.Random) -> list[Question]:
    """The questions that what was run allows: at most one of each kind.

    Args:
        one: the function.
        outcomes: the calls of the answer and of ``one.sources``, in order; None where none came back.
        wrong: of known wrong answers.
        dice: decides what is asked, and the order of options.
    """
    answer, own, *changed = [*outcomes, *[None] * (len(one.sources) + 1 - len(outcomes))]
    if not _whole(answer, one) or not _whole(own, one) or any(apart(a, b) for a, b in zip(answer, own, strict=True)):
        return []  # what stands in the notebook is not what ran
    pairs = [(mutant, calls) for mutant, calls in zip(one.mutants, changed, strict=True) if _whole(calls, one)]
    dice.shuffle(pairs)
    others = [calls for _, calls in pairs] + [calls for calls in wrong if _whole(calls, one)]
    made = [_returns(one, own, others, dice), _changed(one, own, pairs, others, dice), _differ(one, own, pairs, dice)]
    return [question for question in made if question]


def _whole(calls, one):
    return calls is not None and len(calls) == len(one.calls)


def _returns(one, own, others, dice):
    """What does it return?"""
    for number in dice.sample(range(len(one.calls)), len(one.calls)):
        if own[number].error is None:
            found = options(own[number], [calls[number] for calls in others], dice)
            if found:
                text = f"What does your {one.name} return here?"
                return Question(one.name, "returns", text, one.code, None, one.calls[number], *found, one.source)
    return None


def _changed(one, own, pairs, others, dice):
    """What does it return after a change?"""
    for mutant, calls in pairs:
        for number in dice.sample(range(len(one.calls)), len(one.calls)):
            if calls[number].error is None and apart(calls[number], own[number]):
                found = options(calls[number], [own[number], *(each[number] for each in others)], dice)
                if found:
                    text = f"What does your {one.name} return here after this change?"
                    change, call = (mutant.before, mutant.after), one.calls[number]
                    return Question(one.name, "changed", text, one.code, change, call, *found, mutant.source)
    return None


def _differ(one, own, pairs, dice):
    """Which call tells a function from its mutant?"""
    found = {}
    for mutant, calls in pairs:
        differing = [number for number in range(len(own)) if apart(own[number], calls[number])]
        alike = [number for number in range(len(own)) if same(own[number], calls[number])]
        if len(differing) == 1 and len(differing) + len(alike) == len(own) >= 3:
            found[differing[0]] = mutant
    longest = max(range(len(own)), key=lambda each: len(one.calls[each]))
    if dice.random() > 1 / len(own):  # most changes show in the largest call: it would be guessed
        found.pop(longest, None)
    if not found:
        return None
    number = dice.choice(sorted(found))
    mutant, order = found[number], dice.sample(range(len(own)), len(own))
    text = f"With this change, for which call does your {one.name} return something else than without it?"
    change, ways = (mutant.before, mutant.after), [one.calls[each] for each in order]
    return Question(one.name, "differ", text, one.code, change, "", ways, order.index(number), mutant.source)
