"""An exercise is its reference, the inputs it is tried on, and the wrong answers that people give.

    @exercise(inputs)
    def pixel_step(image, gradient, lr):                  # the reference, and the signature
        return (image.detach() + lr * gradient).requires_grad_()

    pixel_step.bug("downhill", "The step goes down the gradient, so the score falls.",
                   "Pixels go up the score. Which sign is that?", "+ lr → - lr")

``inputs`` takes a :class:`vizlib.check.sample.Draw` and yields the arguments of one call after the other.
"""

import inspect
import itertools
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from vizlib.check.judge import CheckFailed, judge, same_values
from vizlib.check.observe import observe
from vizlib.check.progress import remember
from vizlib.check.sample import Draw, Redraw

PRACTICE = 1  # the seed of a reader's own checks; graders take another
EXERCISES = {}


@dataclass
class Bug:
    """A way to be wrong.

    Attributes:
        name: what it is called on the card, in a few words.
        card: name, sentence and hint; None if what is said of any answer will do.
        edits: changes of the reference, as ``"old → new"`` or tuples of them; each ``old`` stands in it exactly once.
        functions: wrong answers that are no mere edits.
        when: takes the calls of an answer that is wrong and those of the reference; True if it has this bug.
        forbid: the same, but it also makes an answer wrong whose values are right.
        flaw: whether it is one of the flaws of a repair.
    """

    name: str
    card: tuple | None
    edits: list
    when: Callable | None = None
    forbid: Callable | None = None
    flaw: bool = False
    functions: list = field(default_factory=list)


class Exercise:
    """A check that one can call: ``pixel_step(answer)`` is silent about a right answer but for one line.

    Args:
        reference: the right answer; its name and signature are those of the exercise.
        inputs: takes a ``Draw`` and yields tuples of arguments.
        flows: arguments to which a gradient must flow back from the result.
        free: changes that an answer may make or leave, e.g. ``"model.grads"``. What else the reference changes, an
            answer must change alike; what the reference does not change, it must leave.
        same: whether two calls have the same values, for results that may differ; gets two ``Call``.
        tolerance: of comparisons, relative to the size of the values.
        extra: whether it is not part of the core of its sheet.
    """

    def __init__(self, reference, inputs, flows=(), free=(), same=None, tolerance=1e-4, extra=False):
        self.reference, self.draw, self.flows, self.free = reference, inputs, flows, free
        self.tolerance, self.extra = tolerance, extra
        self.same = lambda a, b: a.result.kind == b.result.kind and (same or self._same)(a, b)
        self.name, self.signature = reference.__name__, inspect.signature(reference)
        self.sheet = reference.__module__.split(".")[-2].removeprefix("sheet")
        self.bugs, self.alternatives = [], []
        self._variants, self._outcomes, self._attempts = {}, {}, {}
        self.__name__ = self.__qualname__ = self.name
        self.__doc__ = f"Check {self.name}{self.signature}; raise :class:`CheckFailed` if it is wrong."

    def __call__(self, answer) -> None:
        verdict = judge(self, observe(answer, self, PRACTICE), PRACTICE)
        if not verdict.right:
            raise CheckFailed(verdict) from None
        remember(self.name)
        print(f"✓ {self.name} is right.")

    def bug(self, name, sentence, hint, *edits, **options):
        """Add a bug with a card of its own. The result is a decorator for wrong answers that are no mere edits."""
        return self._add(Bug(name, (name, sentence, hint), list(edits), **options))

    def flaw(self, name, sentence, hint, *edits):
        """Add one of the flaws of a repair. All combinations of flaws are known, and the card names one of them."""
        return self.bug(name, sentence, hint, *edits, flaw=True)

    def earns(self, name, *edits):
        """Add a wrong answer that earns a card which any exercise has."""
        return self._add(Bug(name, None, list(edits)))

    def _add(self, bug):
        self.bugs.append(bug)

        def decorate(function):
            bug.functions.append(function)
            return function

        return decorate

    def also(self, *edits):
        """Add right answers, as edits of the reference. The result is a decorator for others."""
        self.alternatives += edits

        def decorate(function):
            self.alternatives.append(function)
            return function

        return decorate

    def inputs(self, seed):
        """Arguments of one call after the other; a seed with which a decision is too close draws again."""
        for attempt in range(self._attempts.get(seed, 0), 1000):
            calls = self.draw(Draw(seed + 10_000 * attempt))
            try:
                first = next(calls)
            except Redraw:
                continue
            self._attempts[seed] = attempt
            yield first
            yield from calls
            return
        raise RuntimeError(f"{self.name} finds no inputs")

    def _same(self, a, b):
        return same_values(self, a, b)

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
                edits += [tuple(itertools.chain(*map(_as_tuple, (bug.edits[0], *both)))) for both in more]
            self._variants[id(bug)] = [*map(self.edited, edits), *bug.functions]
        return self._variants[id(bug)]

    def source(self, edits=()) -> str:
        """The source of the reference, with changes."""
        source = textwrap.dedent(inspect.getsource(self.reference))
        source = source[source.index("def ") :]
        for edit in _as_tuple(edits):
            old, new = edit.split(" → ")
            if source.count(old) != 1:
                raise ValueError(f"In {self.name}, {old!r} stands {source.count(old)} times, not once.")
            source = source.replace(old, new)
        return source

    def edited(self, edits):
        """The reference with changes in its source."""
        scope = dict(self.reference.__globals__)
        exec(self.source(edits), scope)
        return scope[self.name]


def _as_tuple(edits):
    return edits if isinstance(edits, tuple) else (edits,)


def exercise(inputs, **options) -> Callable:
    """Make an exercise of a reference, and register it. For the options see :class:`Exercise`."""

    def decorate(reference):
        EXERCISES[reference.__name__] = Exercise(reference, inputs, **options)
        return EXERCISES[reference.__name__]

    return decorate
