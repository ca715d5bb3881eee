"""An exercise is its reference, the inputs it is tried on, and the answers that people give.

    @exercise(cases)
    def pixel_step(image, gradient, lr):                  # the reference, and the signature
        return (image.detach() + lr * gradient).requires_grad_()

    pixel_step.answers('''
        downhill: The step goes down the gradient, so the score falls.
            Weights go down the loss; pixels go up the score. Which sign is that?
            + lr → - lr
    ''')

``cases`` takes a :class:`vizlib.check.sample.Draw` and yields the arguments of one call after the other. How answers
are written says :mod:`vizlib.check.catalogue`.
"""

import collections
import inspect
import itertools
import textwrap
from collections.abc import Callable

from vizlib import _renamed
from vizlib._console import say
from vizlib.check import recurring
from vizlib.check.catalogue import end_of_statement, read
from vizlib.check.judge import judge, same_values
from vizlib.check.observe import observe
from vizlib.check.progress import remember
from vizlib.check.sample import Draw, Redraw
from vizlib.check.surroundings import unusual
from vizlib.check.verdict import CheckBroken, CheckFailed

PRACTICE = 1  # the seed of a reader's own checks; graders take another
SEEDS = 100  # that are tried until each bug shows; half of fifty do for the worst exercise
EXERCISES = {}


class Exercise:
    """A check that one can call: ``pixel_step(answer)`` is silent about a right answer but for one line.

    Args:
        reference: the right answer; its name and signature are those of the exercise.
        cases: takes a ``Draw`` and yields tuples of arguments.
        flows: arguments to which a gradient must flow back from the result.
        free: changes that an answer may make or leave, e.g. ``"model.grads"``. What else the reference changes, an
            answer must change alike; what the reference does not change, it must leave.
        same: whether two calls have the same values, for results that may differ; gets two ``Call``.
        tolerance: of comparisons, relative to the size of the values.
        extra: whether it is not part of the core of its sheet.
        raises: the error that the reference lets through, in an exercise about that. Any other breaks the check.
    """

    def __init__(
        self, reference, cases, gradient_to=(), may_change=(), same=None, tolerance=1e-4, extra=False, raises=None
    ):
        self.reference, self.draw, self.gradient_to, self.may_change = reference, cases, gradient_to, may_change
        self.tolerance, self.extra, self.raises = tolerance, extra, raises
        self.same = lambda a, b: a.result.kind == b.result.kind and (same or self._same)(a, b)
        self.name, self.signature = reference.__name__, inspect.signature(reference)
        self.sheet = reference.__module__.split(".")[-2].removeprefix("sheet")
        self.bugs = []
        self._variants, self._outcomes, self._attempts = {}, {}, {}
        self.__name__ = self.__qualname__ = self.name
        self.__doc__ = f"Check {self.name}{self.signature}; raise :class:`CheckFailed` if it is wrong."

    def __call__(self, answer) -> None:
        verdict, told = judge(self, observe(answer, self, PRACTICE), PRACTICE), unusual()
        if not verdict.right:
            verdict.details += [told] if told else []
            raise CheckFailed(verdict) from None
        remember(self.name)
        say(f"✓ {self.name} is right. {told}".rstrip())

    def answers(self, text):
        """Add wrong answers; see :mod:`vizlib.check.catalogue`."""
        self.bugs += read(text, {**vars(recurring), **self.reference.__globals__}, recurring.BUGS)

    def flaws(self, text):
        """Add the flaws of a repair. All combinations of them are known, and the card names one."""
        self.answers(text)
        for bug in self.bugs:
            bug.flaw = True

    def wrong(self, name) -> Callable:
        """A decorator for a wrong answer that is no mere change of the reference; its bug has that name."""
        return next(bug for bug in self.bugs if bug.name == name).functions.append

    __getattr__ = _renamed.attribute("Exercise")

    def cases(self, seed):
        """Arguments of one call after the other; a seed with which a decision is too close draws again."""
        if seed not in self._attempts:
            fitting = (attempt for attempt in range(1000) if self._fits(seed + 10_000 * attempt))
            self._attempts[seed] = next(fitting, None)
        if self._attempts[seed] is None:
            raise CheckBroken(self.name, "it finds no inputs, however often it draws")
        yield from self.draw(Draw(seed + 10_000 * self._attempts[seed]))

    def _fits(self, seed):
        """Whether a seed gives the arguments of all calls. They are drawn for this, before the first call is made."""
        try:
            collections.deque(self.draw(Draw(seed)), maxlen=0)
        except Redraw:
            return False
        return True

    def _same(self, a, b):
        return same_values(self, a, b)

    def unearned_cards(self, seed):
        """Wrong answers that do not earn the card of their bug: the bug's name, the variant's number, what is found.

        Two flaws of a repair at once may earn the card of either. An endless answer hangs on no inputs, and costs time.
        """
        flaws = [bug.name for bug in self.bugs if bug.flaw]
        for bug in self.bugs:
            if bug.name == "does not come to an end":
                continue
            for number, answer in enumerate(self.variants(bug)):
                found = judge(self, self.outcome(answer, seed), seed).name
                if found != bug.name and not (number and bug.flaw and found in flaws):
                    yield bug.name, number, found

    def informative_seed(self, seed) -> int:
        """The first seed, from this one on, with which every bug earns its own card. For graders: it takes a second."""
        for each in range(seed, seed + SEEDS):
            if not any(self.unearned_cards(each)):
                return each
        bug, number, found = next(self.unearned_cards(seed))
        raise CheckBroken(
            self.name,
            f"with none of {SEEDS} draws does each known wrong answer earn its own card; with the first, "
            f"answer {number} of “{bug}” gets {f'“{found}”' if found else 'a tick'}",
        )

    def outcome(self, answer, seed):
        """What the reference or a bug does with a seed, observed once."""
        if self._outcomes and next(iter(self._outcomes))[1] != seed:
            self._outcomes.clear()
        if (answer, seed) not in self._outcomes:
            self._outcomes[answer, seed] = observe(answer, self, seed)
        return self._outcomes[answer, seed]

    def variants(self, bug) -> list[Callable]:
        """The wrong answers of a bug. For a flaw they are all combinations with later flaws, itself first."""
        if id(bug) not in self._variants:
            edits = list(bug.edits)
            if bug.flaw:
                flaws = [other.edits[0] for other in self.bugs if other.flaw]
                later = flaws[flaws.index(bug.edits[0]) + 1 :]
                more = [both for n in range(1, len(later) + 1) for both in itertools.combinations(later, n)]
                edits += [tuple(itertools.chain(bug.edits[0], *both)) for both in more]
            self._variants[id(bug)] = [*map(self.edited, edits), *bug.functions]
        return self._variants[id(bug)]

    def source(self, edits=()) -> str:
        """The source of the reference, with changes."""
        source = textwrap.dedent(inspect.getsource(self.reference))
        source = source[source.index("def ") :]
        for old, new in edits:
            start = old.removesuffix("…").rstrip() if old.endswith("…") else old
            if source.count(start) != 1:
                raise ValueError(f"In {self.name}, {start!r} stands {source.count(start)} times, not once.")
            end = source.index(start) + len(start) if start == old else end_of_statement(source, source.index(start))
            source = source[: source.index(start)] + new + source[end:]
        return source

    def edited(self, edits):
        """The reference with changes in its source."""
        scope = dict(self.reference.__globals__)
        exec(self.source(edits), scope)
        return scope[self.name]


def exercise(cases, **options) -> Callable:
    """Make an exercise of a reference, and register it. For the options see :class:`Exercise`."""
    _renamed.refuse("exercise", options)

    def decorate(reference):
        EXERCISES[reference.__name__] = Exercise(reference, cases, **options)
        return EXERCISES[reference.__name__]

    return decorate
