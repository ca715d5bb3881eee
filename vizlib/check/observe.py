"""Call an answer on the inputs of an exercise, and write down what it does."""

import inspect
import sys
import time
import traceback
from pathlib import Path

import torch
from torch import nn

from vizlib._console import say
from vizlib.check import messages
from vizlib.check.borrowed import borrowed
from vizlib.check.guard import Endless, isolated, limited
from vizlib.check.outcome import Call, Outcome, Value
from vizlib.check.sample import Draw
from vizlib.check.surroundings import usual
from vizlib.check.verdict import CheckBroken

PRINTED = 2000  # characters of what an answer printed that are kept


@usual()
def observe(answer, exercise, seed: int) -> Outcome:
    """What an answer does on the inputs that ``exercise`` draws from ``seed``.

    Raises:
        CheckBroken: there are no inputs.
    """
    start = time.process_time()
    try:
        outcome = Outcome(rejected=_rejected(answer, exercise))
    except Exception as error:  # what stands in for a function may raise when it is looked at
        outcome = Outcome(rejected=list(messages.card("cannot be looked at", kind=type(error).__name__)))
    if outcome.rejected is None:
        try:
            for arguments in exercise.cases(seed):
                call, printed = _call(answer, exercise, arguments)
                outcome.calls.append(call)
                outcome.printed = (outcome.printed + printed)[-PRINTED:]
                if call.error and call.error[0] == "Endless":
                    break
        except CheckBroken:
            raise
        except Exception as error:
            if not outcome.calls:
                raise CheckBroken(
                    exercise.name, f"its inputs cannot be drawn ({type(error).__name__}: {error})"
                ) from None
            # The answer has left its arguments so that they cannot be used again.
            outcome.calls[-1].result, outcome.calls[-1].error = None, _told(error)
    outcome.seconds = time.process_time() - start
    return outcome


def _rejected(answer, exercise):
    """Name, sentence and hint if ``answer`` is no function with the right arguments, else None."""
    if not callable(answer):
        return list(messages.card("not a function", name=exercise.name))
    if part := borrowed(answer):
        return list(messages.card("borrowed", part=part))
    wanted = list(exercise.signature.parameters.values())
    try:
        given = inspect.signature(answer)
    except (ValueError, TypeError):  # a builtin that does not tell
        return None
    hint = "Keep the line with def as it was given."
    try:
        given.bind(*wanted)
        given.bind(*(p for p in wanted if p.default is p.empty))
    except TypeError:
        return ["other arguments", f"It should take {exercise.signature}, but it takes {given}.", hint]
    for default, own in zip(wanted, given.parameters.values(), strict=False):
        if default.default is not default.empty and own.default not in (default.default, own.empty):
            text = f"The default of {own.name} should be {default.default}, but it is {own.default}."
            return ["another default", text, hint]
    return None


def _call(answer, exercise, arguments):
    given = dict(zip(exercise.signature.parameters, arguments, strict=False))
    before = dict(_states(given))
    logs = [thing.log for _, thing in _parts(given) if isinstance(getattr(thing, "log", None), list)]
    for log in logs:
        log.clear()
    call, stdout = Call(given=given), sys.stdout
    with isolated() as output:
        try:
            result = limited(lambda: answer(*arguments), notice=lambda where: _not_stopped(stdout, exercise, where))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            call.error = _told(error)
        try:
            after = dict(_states(given))
            if call.error is None:
                call.result = Value.of(result, given)
                call.gradients = {
                    name: _gradient(result, given[name])
                    for name in exercise.gradient_to
                    if getattr(given.get(name), "requires_grad", False)
                }
        except Exception as error:  # what came back, or what became of the arguments, raises when it is looked at
            call.result, call.error, after = None, _told(error), before
    call.log = [dict(entry) for log in logs for entry in log]
    call.after = {name: Value.of(new) for name, new in after.items() if not _equal(before.get(name), new)}
    call.after |= {f"global.{effect}": Value.of(True) for effect in output.effects}
    for name, old in before.items():  # the next call starts from what the first did
        if name.endswith(".value") and name in call.after:
            dict(_parts(given))[name.removesuffix(".value")].data = old
    return call, output.getvalue()


def _told(error) -> list:
    """The type and the text of an error, and where it came from."""
    try:
        return [type(error).__name__, str.__str__(str(error)), _where(error)]
    except Exception:  # its own methods may raise
        return [type(error).__name__, "(its text cannot be read)", []]


def _not_stopped(stdout, exercise, where):
    file, line = where
    say(
        f"✗ {exercise.name}: a call does not come back. Line {line} of {Path(file).name} hands over to compiled code "
        "(PyTorch, NumPy or a builtin), which Python cannot stop. Restart the kernel.",
        stdout,
    )


def weights_like(result):
    """What the numbers of a result are weighted with before its gradient is taken."""
    return Draw(7).uniform(*result.shape, low=0.5, high=1.5, dtype=result.dtype)


def _gradient(result, argument):
    """The gradient of the result, weighted so that each of its numbers counts; None if it was cut off."""
    if not isinstance(result, torch.Tensor) or not result.requires_grad:
        return None

    def back():
        return torch.autograd.grad((result * weights_like(result)).sum(), argument, allow_unused=True)[0]

    try:
        gradient = limited(back)
    except (Exception, Endless):
        return None
    return None if gradient is None else Value.of(gradient)


def _parts(given):
    """The arguments by name, those in lists too."""
    for name, thing in given.items():
        if isinstance(thing, list):
            yield from _parts({f"{name}[{n}]": item for n, item in enumerate(thing)})
        else:
            yield name, thing


def _states(given):
    """How the arguments are now: pairs of ``"argument.kind"`` and copies."""
    for name, thing in _parts(given):
        if isinstance(thing, torch.Tensor):
            yield f"{name}.value", thing.detach().clone()
            yield f"{name}.requires_grad", thing.requires_grad
            yield f"{name}.grad", _copy(thing.grad) if thing.is_leaf else None
        elif isinstance(thing, nn.Module):
            parameters = list(thing.parameters())
            yield f"{name}.weights", [_copy(t) for t in thing.state_dict().values()]
            yield f"{name}.requires_grad", [p.requires_grad for p in parameters]
            yield f"{name}.grads", [_copy(p.grad) for p in parameters]
            yield f"{name}.mode", [m.training for m in thing.modules()]
            yield f"{name}.hooks", [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in thing.modules()]
        elif isinstance(thing, torch.Generator):
            yield f"{name}.state", thing.get_state()


def _copy(tensor):
    return None if tensor is None else tensor.detach().clone()


def _equal(old, new):
    if isinstance(old, list):
        return len(old) == len(new) and all(map(_equal, old, new))
    if isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor):
        # A number that was moved and put back may differ in its last bits.
        return old.shape == new.shape and torch.allclose(old, new, rtol=1e-9, atol=1e-12, equal_nan=True)
    return old is new if isinstance(old, torch.Tensor) or isinstance(new, torch.Tensor) else old == new


def _where(error) -> list[str]:
    """The last line of the reader's own code that the error came through, as it stands on a card."""
    library = str(Path(__file__).parents[1])
    own = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(library) and f.line]
    own = [f for f in own if "site-packages" not in f.filename]
    return [f"In line {own[-1].lineno}:", f"    {own[-1].line}"] if own else []
