"""Make questions on a function out of what it, its mutants and known wrong answers return.

Each option comes from running something, and the right one is the only one that is true: options whose results are
alike are never together.
"""

import ast
import itertools
import random
import textwrap
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from vizlib.check import guard
from vizlib.check.exercise import EXERCISES
from vizlib.check.judge import close
from vizlib.check.observe import observe
from vizlib.check.outcome import Call, Value
from vizlib.teaching.grading.sealed.tiny import Tried
from vizlib.teaching.questions.mutants import Mutant, find, is_docstring, mutants

OPTIONS = 4
MOST = 9  # results among which the options are chosen
MUTANTS = 16  # of a function that are tried
APART = 0.05  # by how much numbers of two options differ at least, relative to their size


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
    guard.SECONDS = 0.5
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
            options = _options(own[number], [calls[number] for calls in others], dice)
            if options:
                text = f"What does your {one.name} return here?"
                return Question(one.name, "returns", text, one.code, None, one.calls[number], *options, one.source)
    return None


def _changed(one, own, pairs, others, dice):
    """What does it return after a change?"""
    for mutant, calls in pairs:
        for number in dice.sample(range(len(one.calls)), len(one.calls)):
            if calls[number].error is None and apart(calls[number], own[number]):
                options = _options(calls[number], [own[number], *(each[number] for each in others)], dice)
                if options:
                    text = f"What does your {one.name} return here after this change?"
                    change, call = (mutant.before, mutant.after), one.calls[number]
                    return Question(one.name, "changed", text, one.code, change, call, *options, mutant.source)
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
    change, options = (mutant.before, mutant.after), [one.calls[each] for each in order]
    return Question(one.name, "differ", text, one.code, change, "", options, order.index(number), mutant.source)


def _options(right, others, dice):
    """Options in order, and the index of the right one; None if fewer than three are apart.

    An error is never right: it would be guessed. So it is an option only if there are too few others. Wrong results
    come from changes of the right one, and so it would be the one that is most like all others. So which place it has
    in that order is thrown, too.
    """
    known = [right]
    for other in sorted(dice.sample(others, len(others)), key=lambda call: call.error is not None):
        if not (other.error and len(known) >= OPTIONS - 1) and all(apart(other, each) for each in known):
            known.append(other)
    if len(known) < 3:
        return None
    texts = [shown(call) for call in known[:MOST]]
    like = [[SequenceMatcher(None, one, other).ratio() for other in texts] for one in texts]
    sets = list(itertools.combinations(range(1, len(texts)), min(OPTIONS, len(texts)) - 1))
    place = dice.randrange(len(sets[0]) + 1)
    taken = min(dice.sample(sets, len(sets)), key=lambda some: abs(_place(0, some, like) - place))
    order = dice.sample([0, *taken], len(taken) + 1)
    return [texts[number] for number in order], order.index(0)


def _place(number, others, like):
    """How many of some texts are more like the rest than this one is."""
    some = [number, *others]
    likeness = {one: sum(like[one][other] for other in some) for one in some}
    return sum(likeness[other] > likeness[number] for other in others)


def apart(one: Call, other: Call) -> bool:
    """Whether two calls return what nobody would take for the same, rounding included."""
    if shown(one) == shown(other):
        return False
    both = one.result and other.result
    return not (both and _form(one.result) == _form(other.result) and close(one.result, other.result, APART))


def same(one: Call, other: Call) -> bool:
    """Whether two calls return the same."""
    if one.error or other.error:
        return shown(one) == shown(other)
    return _form(one.result) == _form(other.result) and close(one.result, other.result)


def _form(value):
    if value.kind == "list":
        return [_form(item) for item in value.data]
    return value.kind, value.shape, value.dtype, value.requires_grad


def shown(call: Call) -> str:
    """What a call returns, as an option says it."""
    if call.error:
        kind = str(call.error[0])
        return "It does not come to an end." if kind == "Endless" else f"It raises {kind}."
    return _text(call.result)


def _text(value: Value) -> str:
    if value.kind == "list":
        return f"[{', '.join(map(_text, value.data))}]"
    if value.kind == "float":
        return _number(value.data)
    if value.kind != "tensor":
        return str(value.data) if value.kind in ("int", "bool", "None") else f"something of the type {value.kind}"
    if value.data is None or value.data.size > 12:
        numbers = sorted({_number(number) for number in ([] if value.data is None else value.data.ravel().tolist())})
        inside = f"of shape {tuple(value.shape)}" + (f", each number {numbers[0]}" if len(numbers) == 1 else "")
    else:
        inside = _nested(value.data.tolist())
    more = ["" if value.dtype == "torch.float32" else value.dtype, "requires_grad=True" if value.requires_grad else ""]
    return f"tensor({', '.join([inside, *filter(None, more)])})"


def _nested(data):
    return f"[{', '.join(map(_nested, data))}]" if isinstance(data, list) else _number(data)


def _number(number):
    if isinstance(number, complex):
        return f"{_number(number.real)} + {_number(number.imag)}i"
    if isinstance(number, bool):
        return str(number)
    return "0" if abs(float(number)) < 1e-4 else f"{float(number):.3g}"
