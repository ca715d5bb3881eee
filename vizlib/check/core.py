"""The machinery of a check: call the answer, compare, and say what is wrong.

A check is a function with the decorator :func:`exercise`. It gets a :class:`Trial`, calls the answer through it and
compares with :meth:`Trial.expect`. Each way to be wrong that is worth a sentence is a :class:`Case`.
"""

import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import torch

from vizlib.check import messages
from vizlib.check.guard import Endless, Snapshot, isolated, one_thread, time_limit


class CheckFailed(AssertionError):
    """An answer is wrong. Its text is the card that the reader sees, in a notebook in place of the traceback."""

    def __init__(self, exercise: str, case: "Case", details: tuple[str, ...] = ()):
        self.exercise, self.case = exercise, case
        self.title = f"✗ {exercise}: {case.name}"
        self.lines = [case.bug, *(["", *details] if details else []), "", f"Hint: {case.hint}"]
        super().__init__("\n".join([self.title, *self.lines]))

    def _render_traceback_(self):
        return [f"\x1b[1;31m{self.title}\x1b[0m", *self.lines]


@dataclass(frozen=True)
class Case:
    """One way to be wrong.

    Attributes:
        name: what it is called, in a few words.
        bug: what the answer does, in a sentence.
        hint: what to think of, in a sentence or two; it does not give the line away.
        function: whether an answer has this bug, given what it returned (or what it raised).
    """

    name: str
    bug: str
    hint: str
    function: Callable = lambda got: True


def same(got, expected, tolerance=1e-4) -> bool:
    """Whether two tensors have one shape and, up to rounding, the same values."""
    if not isinstance(got, torch.Tensor):
        got = torch.as_tensor(got)
    expected = torch.as_tensor(expected)
    if got.shape != expected.shape or got.device != expected.device:
        return False
    got, expected = got.detach().double(), expected.detach().double()
    if not (got.isfinite().all() and expected.isfinite().all()):
        return False
    scale = expected.abs().max().item() if expected.numel() else 0.0
    return torch.allclose(got, expected, rtol=tolerance, atol=tolerance * max(scale, 1e-3) / 10)


def like(*values) -> Callable:
    """For a :class:`Case`: the answer is one of ``values``, or of what they return if they are functions."""
    return lambda got: any(same(got, value() if callable(value) else value) for value in values)


class Trial:
    """One answer on trial."""

    def __init__(self, name: str, signature: inspect.Signature, answer):
        self.name, self.signature, self.answer = name, signature, answer
        self.printed, self.effects = "", []
        self._check_signature()

    def fail(self, case: Case, *details: str):
        """Raise the card of ``case``."""
        if self.printed:
            details = (*details, "Your function printed:", *(f"    {line}" for line in self.printed.splitlines()[-5:]))
        raise CheckFailed(self.name, case, details) from None

    def forbid(self, found: bool, case: Case, *details: str):
        """Fail with ``case`` if its bug was found."""
        if found:
            self.fail(case, *details)

    def call(self, *arguments, allow=(), cases=(), may_fail=False):
        """Call the answer and return what it returns.

        Args:
            *arguments: as in the signature.
            allow: side effects that are part of the task, e.g. ``("model.weights",)``. All others are held against the
                answer once its values are right.
            cases: what to say if it raises; each case's function gets the exception.
            may_fail: an exception is in order; what counts is what the call leaves behind.
        """
        names = list(self.signature.parameters)
        snapshot = Snapshot(dict(zip(names, arguments, strict=False)))
        error = result = None
        with isolated() as output:
            try:
                with time_limit():
                    result = self.answer(*arguments)
            except CheckFailed:
                raise
            except (Exception, Endless, SystemExit) as raised:
                error = raised
        self.printed = output.getvalue()
        effects = [effect for effect in snapshot.effects() + output.effects if effect not in allow]
        self.effects += effects
        if any(effect.endswith(".value") for effect in effects):
            result = tuple(map(_apart, result)) if isinstance(result, tuple) else _apart(result)
            snapshot.put_back()
        if error is not None and not may_fail:
            self._fail_with(error, cases)
        return result

    def expect(self, got, expected, *cases: Case, tolerance=1e-4):
        """Fail unless ``got`` is ``expected``, in type, shape, dtype and values.

        Args:
            got: what the answer returned.
            expected: a tensor, float, int or bool from an independent reference.
            *cases: explanations, looked through in this order if ``got`` is wrong.
            tolerance: relative to the size of the values.
        """
        if wrong_type := messages.wrong_type(got, expected):
            self.fail(Case(*wrong_type), *messages.both(expected, got))
        exact = isinstance(expected, bool | int)
        right = got == expected if exact else same(got, expected, tolerance)
        if right and (exact or isinstance(expected, float) or got.dtype == expected.dtype):
            return
        for case in cases:
            if not right and case.function(got):
                self.fail(case, *messages.both(expected, got))
        self.fail(Case(*messages.wrong_value(got, expected)), *messages.both(expected, got))

    def gradient(self, of, wrt, *cases: Case) -> torch.Tensor:
        """The gradient of a result of the answer; fail if it was cut off on the way."""
        gradient = None
        if isinstance(of, torch.Tensor) and of.requires_grad:
            gradient = torch.autograd.grad(of.sum(), wrt, allow_unused=True, retain_graph=True)[0]
        if gradient is None:
            self.fail(Case(*messages.CUT))
        return gradient

    def no_graph(self, image, sizes=()):
        """Fail if an image still hangs on the graph of its steps, or if that graph grew from step to step.

        Args:
            image: what the answer returned.
            sizes: how large the graph behind its image was each time the network was asked.
        """
        if image.grad_fn is not None or (len(sizes) > 2 and sizes[-1] > sizes[1]):
            self.fail(Case(*messages.GRAPH))

    def finish(self):
        """Fail if the answer changed something that is not its own."""
        for effect in self.effects:
            name, _, kind = effect.rpartition(".")
            self.fail(Case(*(text.format(name=name) for text in messages.EFFECTS[kind])))

    def _check_signature(self):
        if not callable(self.answer):
            self.fail(Case(*(text.format(name=self.name) for text in messages.NOT_A_FUNCTION)))
        wanted = list(self.signature.parameters.values())
        try:
            given = inspect.signature(self.answer)
        except ValueError:  # a builtin that does not tell
            return
        try:
            given.bind(*wanted)
            given.bind(*(p for p in wanted if p.default is p.empty))
        except TypeError:
            text = f"It should take {self.signature}, but it takes {given}."
            self.fail(Case("other arguments", text, "Keep the line with def as it was given."))
        for default, own in zip(wanted, given.parameters.values(), strict=False):
            if default.default is not default.empty and own.default not in (default.default, own.empty):
                text = f"The default of {own.name} should be {default.default}, but it is {own.default}."
                self.fail(Case("another default", text, "Keep the line with def as it was given."))

    def _fail_with(self, error, cases):
        if isinstance(error, NotImplementedError) and not str(error):
            self.fail(Case(*messages.BLANK))
        if isinstance(error, Endless):
            bug, hint = messages.ENDLESS
            self.fail(Case("does not come to an end", bug.format(reason=error), hint))
        where = _where(error)
        for case in cases:
            if case.function(error):
                self.fail(case, *where)
        self.fail(Case("raises an error", f"Your function raised {type(error).__name__}: {error}",
                       messages.explain(error)), *where)  # fmt: skip


def _apart(value):
    """A copy of a tensor, which may be one of the arguments, as it is now."""
    if not isinstance(value, torch.Tensor) or not value.is_leaf:
        return value
    return value.detach().clone().requires_grad_(value.requires_grad)


def _where(error) -> list[str]:
    """The last line of the reader's own code that the error came through."""
    own = [f for f in traceback.extract_tb(error.__traceback__) if "vizlib" not in f.filename and f.line]
    own = [f for f in own if "site-packages" not in f.filename]
    return [f"In line {own[-1].lineno}:", f"    {own[-1].line}"] if own else []


def exercise(stub: Callable) -> Callable:
    """Make a check of a function that puts a :class:`Trial` through its cases.

    Args:
        stub: takes what the answer is to take, e.g. ``lambda image, gradient, lr=0.1: ...``.
    """

    def decorate(body):
        def check(answer) -> None:
            trial = Trial(body.__name__, inspect.signature(stub), answer)
            with one_thread():
                body(trial)
            trial.finish()
            print(f"✓ {body.__name__} is right.")

        check.__name__ = check.__qualname__ = body.__name__
        check.__doc__ = f"Check {body.__name__}{inspect.signature(stub)}; raise :class:`CheckFailed` if it is wrong."
        return check

    return decorate
