"""A check says the same whatever a notebook has set, whatever an answer does, and wherever its text is printed."""

import contextlib
import io
import itertools
import random
import sys
import warnings

import numpy as np
import pytest
import torch

from tests.right_answers import right_answers
from vizlib import __main__ as command
from vizlib import _doctor, check
from vizlib._console import say
from vizlib.check import guard, judge, progress, surroundings
from vizlib.check.exercise import EXERCISES, PRACTICE, Exercise
from vizlib.check.observe import _not_stopped as guard_notice
from vizlib.check.observe import observe
from vizlib.check.outcome import Outcome
from vizlib.check.verdict import CheckBroken
from vizlib.teaching.grading.sealed import shell

PIXEL_STEP = EXERCISES["pixel_step"]


def switched(put, get, value):
    @contextlib.contextmanager
    def block():
        before = get()
        put(value)
        try:
            yield
        finally:
            put(before)

    return block


@contextlib.contextmanager
def seeds():
    states = surroundings.random_states()
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    yield
    surroundings.put_random_states(states)


@contextlib.contextmanager
def errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def put_device(device):
    torch.set_default_device(None if device == torch.device("cpu") else device)


SWITCHES = {
    "gradients off": switched(torch.set_grad_enabled, torch.is_grad_enabled, False),
    "inference mode": torch.inference_mode,
    "float64": switched(torch.set_default_dtype, torch.get_default_dtype, torch.float64),
    "float16": switched(torch.set_default_dtype, torch.get_default_dtype, torch.float16),
    "another device": switched(put_device, torch.get_default_device, "meta"),
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "deterministic": switched(torch.use_deterministic_algorithms, torch.are_deterministic_algorithms_enabled, True),
    "anomalies": lambda: torch.autograd.set_detect_anomaly(True),
    "seeds": seeds,
    "warnings are errors": errors,
}
with torch.device("meta"), torch.device("cpu"):
    if torch.empty(0).device.type == "cpu":  # not every PyTorch lets one block stand in another
        SWITCHES["a device for a block"] = lambda: torch.device("meta")
TOLD = {
    "gradients off": "gradients are switched off (torch.set_grad_enabled(False), or a with block): the check switched",
    "inference mode": "gradients are switched off",
    "float64": "the default dtype is torch.float64: the check took torch.float32",
    "float16": "the default dtype is torch.float16",
    "another device": "the default device is meta: the check took the CPU",
    "a device for a block": "the default device is meta",
    "autocast": "autocast is switched on: the check switched it off",
}
switch = pytest.mark.parametrize("name", SWITCHES)


@pytest.fixture(autouse=True)
def quick_and_apart(monkeypatch, tmp_path):
    monkeypatch.setattr(guard, "SECONDS", 1.0)
    monkeypatch.setenv("VIZLIB_HOME", str(tmp_path))
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1).step()  # its first use imports for seconds


def assert_judged_as_ever(exercise, name, most=None):
    """Under a switch each wrong answer earns its card, or another that it earns without, and each right one passes."""
    exercise._outcomes.clear(), exercise._attempts.clear()  # so that inputs are drawn, and the reference runs, under it
    flaws = [bug.name for bug in exercise.bugs if bug.flaw]
    right = [exercise.reference, *right_answers(exercise)]

    def found(answer):
        with SWITCHES[name]():
            return judge.judge(exercise, Outcome.from_bytes(observe(answer, exercise, PRACTICE).to_bytes()), PRACTICE)

    for bug in (bug for bug in exercise.bugs if bug.name != "does not come to an end"):  # which takes a second
        for number, answer in itertools.islice(enumerate(exercise.variants(bug)), most):
            said = found(answer).name
            assert said == bug.name or (bug.flaw and number and said in flaws), (bug.name, number, said)
    for answer in right:
        assert found(answer).right, found(answer).lines


@switch
@pytest.mark.parametrize("exercise", ["train_step", "class_image", "record", "fgsm"])
def test_answers_are_judged_alike_whatever_is_set(exercise, name):
    assert_judged_as_ever(EXERCISES[exercise], name, most=1)


@pytest.mark.slow
@switch
@pytest.mark.parametrize("exercise", EXERCISES)
def test_all_answers_are_judged_alike_whatever_is_set(exercise, name):
    assert_judged_as_ever(EXERCISES[exercise], name)


@switch
def test_a_reader_is_told_what_is_set_and_keeps_it(name, capsys):
    with SWITCHES[name]():
        before, states = surroundings.settings(), surroundings.random_states()
        check.pixel_step(PIXEL_STEP.reference)
        line = capsys.readouterr().out
        with pytest.raises(check.CheckFailed) as failure:
            check.pixel_step(lambda image, gradient, lr: image)
        assert surroundings.settings() == before
        assert surroundings.same_random_states(states, surroundings.random_states())
    assert line.startswith("✓ pixel_step is right.")
    assert TOLD.get(name, "") in line
    assert ("In your notebook" in line) == ("In your notebook" in str(failure.value)) == (name in TOLD)
    assert surroundings.unusual() == ""


@pytest.mark.parametrize("set_before", [True, False])
@pytest.mark.parametrize("name", ["gradients off", "float64", "another device", "deterministic", "anomalies"])
def test_what_an_answer_sets_is_noticed_also_where_it_is_set_already(name, set_before):
    left = contextlib.ExitStack()

    def pixel_step(image, gradient, lr):
        left.enter_context(SWITCHES[name]())
        return (image.detach() + lr * gradient).requires_grad_(True)

    with left, SWITCHES[name]() if set_before else contextlib.nullcontext():
        before = surroundings.settings()
        with pytest.raises(check.CheckFailed, match="changes a global setting"):
            check.pixel_step(pixel_step)
        assert surroundings.settings() == before


def test_an_error_of_the_reference_breaks_the_check_and_is_no_answer():
    def reference(image):
        raise ValueError("of its own")

    broken = Exercise(reference, lambda draw: iter([(draw.uniform(2),)]))
    for answer in (reference, lambda image: image):
        with pytest.raises(CheckBroken, match="reference does not work here: its own solution raises ValueError: of"):
            broken(answer)


def answer_with(result):
    return lambda image, gradient, lr: result()


class Hostile:
    """Whatever it is asked, it raises."""

    @property
    def __class__(self):
        raise OSError

    def __getattribute__(self, name):
        raise OSError

    __str__ = __repr__ = __eq__ = __bool__ = __format__ = __len__ = __float__ = __getattribute__
    __hash__ = object.__hash__


class HostileTensor(torch.Tensor):
    requires_grad = grad_fn = shape = dtype = property(lambda self: 1 / 0)

    @classmethod
    def __torch_function__(cls, *arguments, **options):
        raise OSError


class BrokenText(Exception):
    def __str__(self):
        raise OSError

    __repr__ = __str__


class Loud(BaseException):
    pass


def raises(error):
    raise error


def endless_list():
    endless = []
    endless.append(endless)
    return endless


def closes(image, gradient, lr):
    sys.stdout.close()


def other_default(image, gradient, lr=np.ones(2)):  # noqa: B008
    return image


HOSTILE = {
    "an object that raises": answer_with(Hostile),
    "a list of such": answer_with(lambda: [Hostile()]),
    "a tensor that raises": answer_with(lambda: torch.ones(2, 3, 6, 5).as_subclass(HostileTensor)),
    "a text that raises": answer_with(lambda: raises(BrokenText())),
    "no Exception": answer_with(lambda: raises(Loud("loud"))),
    "a list in itself": answer_with(endless_list),
    "a number with 10,000 digits": answer_with(lambda: 10**10_000),
    "sparse": answer_with(lambda: torch.ones(2, 3).to_sparse()),
    "float8": answer_with(lambda: torch.ones(2, 3).to(torch.float8_e4m3fn)),
    "complex": answer_with(lambda: torch.ones(2, 3, dtype=torch.complex64).conj()),
    "closes what it prints to": closes,
    "a default that compares with nothing": other_default,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_an_answer_does_gets_a_card(name):
    with pytest.raises(check.CheckFailed):
        check.pixel_step(HOSTILE[name])
    Outcome.from_bytes(observe(HOSTILE[name], PIXEL_STEP, PRACTICE).to_bytes())


ITEMS = {
    "a long number": 10**10_000,
    "sparse": torch.ones(2).to_sparse(),
    "None": None,
    "lists": [1, [2.0]],
    "complex": 1j,
    "text": "text",
    "inf": float("inf"),
}


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS)
def test_a_list_of_whatever_gets_a_card(item):
    for name in ("second_opinion", "most_active", "contributions", "repair_training"):
        exercise = EXERCISES[name]
        length = 4 if name == "most_active" else 2
        scope = {"result": [item] * length}
        exec(f"def {name}{exercise.signature}: return list(result)", scope)
        with pytest.raises(check.CheckFailed):
            exercise(scope[name])


def test_what_cannot_even_be_looked_at_gets_a_card():
    class Answer(Hostile):
        def __call__(self, image, gradient, lr):
            return image

    for answer in (Hostile(), Answer()):
        with pytest.raises(check.CheckFailed):
            check.pixel_step(answer)


def test_an_answer_that_spoils_what_it_was_given_gets_a_card():
    def pixel_gradient(model, image, target):
        gradient = EXERCISES["pixel_gradient"].reference(model, image, target)
        model.parameters = None
        return gradient

    with pytest.raises(check.CheckFailed, match="raises an error"):
        check.pixel_gradient(pixel_gradient)


def test_an_answer_that_fills_the_list_it_was_given_gets_a_card():
    def second_opinion(image, target, models):
        models.append(models[0])
        return [0.5] * len(models)

    with pytest.raises(check.CheckFailed):
        check.second_opinion(second_opinion)


def test_a_cell_whose_error_has_no_text_costs_nothing():
    class Cells:
        def run_cell(self, source):
            raise BrokenText

    assert shell.run("", Cells())["error"] == ["BrokenText", "(its text cannot be read)"]


def check_and_ask(monkeypatch):
    check.pixel_step(PIXEL_STEP.reference)
    check.solution("pixel_step")
    check.solved()
    guard_notice(sys.stdout, PIXEL_STEP, ("notebook.py", 3))
    with pytest.raises(check.CheckFailed) as failure:
        check.pixel_step(lambda image, gradient, lr: image)
    print("\n".join(failure.value._render_traceback_()))  # as IPython does


def ask_vizlib(monkeypatch):
    monkeypatch.setattr(_doctor, "doctor", lambda: print("✓ 3×3"))
    command.main(["doctor"])


def ask_teaching(monkeypatch):
    help, arguments, _ = command.COMMANDS["report"]
    monkeypatch.setitem(command.COMMANDS, "report", (help, arguments, lambda given: print("✓ 3×3")))
    command.main(["report", "02"])


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("ask", [check_and_ask, ask_vizlib, ask_teaching])
def test_what_is_said_can_be_printed_anywhere(encoding, ask, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, write_through=True))
    ask(monkeypatch)
    assert "? " in written.getvalue().decode(encoding)


def test_say_changes_nothing_that_can_be_written():
    file = io.StringIO()
    say("✓ 3×3 — ok", file)
    assert file.getvalue() == "✓ 3×3 — ok\n"


def test_without_a_home_a_right_answer_is_right(monkeypatch, capsys):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("VIZLIB_HOME")
    monkeypatch.setattr(progress.Path, "home", nowhere)
    check.pixel_step(PIXEL_STEP.reference)
    check.solved()
    assert "02_update_the_pixels: 0 of 6" in capsys.readouterr().out
