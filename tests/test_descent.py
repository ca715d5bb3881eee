import math
import signal
import threading

import pytest
import torch

from vizlib import data, models
from vizlib.descent import descend
from vizlib.optimizers import SignSGD, UnitSGD


def test_plain_descent_is_what_torch_sgd_does():
    start = torch.tensor([3.0, -2.0, 0.7])
    ours, theirs = start.clone().requires_grad_(), start.clone().requires_grad_()
    loss = lambda w: (w**4 / 4 - w).sum()  # noqa: E731
    steps = list(descend(lambda: loss(ours), [ours], lr=0.05, steps=7))
    for step in steps:
        theirs.grad = None
        value = loss(theirs)
        value.backward()
        assert step.loss == pytest.approx(value.item())
        assert step.gradient_norm == pytest.approx(theirs.grad.norm().item())
        with torch.no_grad():
            theirs -= 0.05 * theirs.grad
    assert torch.allclose(ours, theirs)
    assert [step.index for step in steps] == list(range(7))


def test_any_torch_optimizer_drives_it():
    w = torch.tensor([4.0], requires_grad=True)
    losses = [step.loss for step in descend(lambda: w.square().sum(), [w], 0.3, 40, torch.optim.Adam)]
    assert losses[-1] < 0.1 * losses[0]


def test_the_learning_rate_may_be_a_function_of_the_step():
    w = torch.zeros(1, requires_grad=True)
    places = [w.item() for _ in descend(lambda: -w.sum(), [w], lambda index: 2.0**-index, 4)]
    assert places == [1.0, 1.5, 1.75, 1.875]


def test_the_sign_step_is_the_steepest_for_linf_and_the_unit_step_for_l2():
    gradient = torch.tensor([[[[3.0, -4.0]]], [[[0.0, 0.5]]]])
    for optimizer, wanted in ((SignSGD, [-1.0, 1.0, 0.0, -1.0]), (UnitSGD, [-0.6, 0.8, 0.0, -1.0])):
        pixels = torch.zeros(2, 1, 1, 2, requires_grad=True)
        list(descend(lambda p=pixels: (p * gradient).sum(), [pixels], 0.1, 1, optimizer))
        assert torch.allclose(pixels.detach().flatten(), 0.1 * torch.tensor(wanted))


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4, 5), (2, 3, 4, 5, 2)])
def test_a_unit_step_has_the_length_lr_for_each_image_whatever_the_others_gradient(shape):
    image = torch.ones(shape, requires_grad=True)
    before = image.detach().clone()
    strength = torch.tensor([1.0, 100.0]).view(-1, *[1] * (len(shape) - 1))
    list(descend(lambda: (strength * image).square().sum(), [image], 0.5, 1, UnitSGD))
    assert (image.detach() - before).flatten(1).norm(dim=1).tolist() == pytest.approx([0.5, 0.5], rel=1e-5)
    zero = torch.zeros(shape, requires_grad=True)
    list(descend(lambda: zero.square().sum(), [zero], 0.5, 1, UnitSGD))
    assert not zero.any()


def test_a_projection_ends_the_step_and_sees_its_index_and_gradient():
    w, seen = torch.tensor([3.0, -2.0], requires_grad=True), []

    def clamp(step):
        seen.append((step.index, *step.gradients[0].tolist()))
        assert not torch.is_grad_enabled()
        w.clamp_(-1, 1)

    steps = descend(lambda: -w.square().sum() / 2, [w], 0.1, 2, after=clamp)
    for _ in steps:
        assert w.tolist() == [1.0, -1.0]
    assert seen == [(0, -3.0, 2.0), (1, -1.0, 1.0)]
    assert len(steps) == 2


def test_a_projection_that_is_not_finite_is_taken_back():
    w = torch.ones(2, requires_grad=True)
    with pytest.raises(FloatingPointError, match="update is not finite"):
        list(descend(lambda: w.sum(), [w], 0.1, 3, after=lambda step: w.mul_(math.nan)))
    assert w.tolist() == [1.0, 1.0]


def test_an_error_in_the_middle_of_a_step_takes_it_back_and_the_loop_can_go_on():
    w, broken = torch.ones(1, requires_grad=True), [True]

    def after(step):
        if broken:
            broken.pop()
            raise RuntimeError("a mistake in the projection")

    steps = descend(lambda: w.sum(), [w], 0.25, 3, after=after)
    with pytest.raises(RuntimeError, match="a mistake"):
        next(steps)
    assert w.item() == 1.0
    assert [step.index for step in steps] == [0, 1, 2]
    assert w.item() == 0.25


class Interrupted(torch.optim.SGD):
    presses = 1

    def step(self, closure=None):
        for _ in range(self.presses):
            signal.raise_signal(signal.SIGINT)
        super().step()


def test_an_interrupt_waits_until_the_step_is_whole():
    w, whole = torch.ones(1, requires_grad=True), []
    steps = descend(lambda: w.sum(), [w], 0.25, 3, Interrupted, after=whole.append)
    for done in (1, 2, 3):
        with pytest.raises(KeyboardInterrupt):
            next(steps)
        assert w.item() == 1 - 0.25 * done
        assert len(whole) == done
    assert list(steps) == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_goes_through_at_once_and_the_step_is_taken_back(monkeypatch):
    monkeypatch.setattr(Interrupted, "presses", 2)
    w, whole = torch.ones(1, requires_grad=True), []
    with pytest.raises(KeyboardInterrupt):
        next(descend(lambda: w.sum(), [w], 0.25, 3, Interrupted, after=whole.append))
    assert (w.item(), whole) == (1.0, [])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_runs_outside_the_main_thread_too():
    w = torch.ones(1, requires_grad=True)
    thread = threading.Thread(target=lambda: list(descend(lambda: w.sum(), [w], 0.25, 3)))
    thread.start()
    thread.join()
    assert w.item() == 0.25


def test_it_is_lazy_and_stops_when_the_caller_leaves():
    calls = []
    w = torch.ones(1, requires_grad=True)

    def loss():
        calls.append(1)
        return w.sum()

    for step in descend(loss, [w], 0.1, 100):
        if step.index == 2:
            break
    assert len(calls) == 3


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_stops_with_the_last_good_values(bad):
    w = torch.tensor([1.0], requires_grad=True)
    factor = [1.0]
    loop = descend(lambda: (w * factor[0]).sum(), [w], 0.1, 10)
    next(loop)
    good = w.detach().clone()
    factor[0] = bad
    with pytest.raises(FloatingPointError, match="last good values are kept"):
        next(loop)
    assert torch.equal(w.detach(), good)


def test_an_update_that_overflows_is_taken_back():
    w = torch.tensor([1e30], requires_grad=True)
    with pytest.raises(FloatingPointError, match="smaller learning rate"):
        list(descend(lambda: (w * 1e10).sum(), [w], 1e30, 1))
    assert w.item() == pytest.approx(1e30)


def test_it_trains_a_network_on_real_digits():
    images, labels, test_images, test_labels = data.digits()
    model = models.digit_net(seed=0)
    loss = lambda: torch.nn.functional.cross_entropy(model(images), labels)  # noqa: E731
    list(descend(loss, model.parameters(), 0.2, 100))
    assert (model(test_images).argmax(1) == test_labels).float().mean() > 0.9


@pytest.mark.parametrize(
    ("lr", "steps", "parameters", "sentence"),
    [
        (0, 1, None, "learning rate must be greater than 0"),
        (-1, 1, None, "learning rate must be greater than 0"),
        (math.nan, 1, None, "finite"),
        ("0.1", 1, None, "must be a number"),
        (0.1, -1, None, "steps must be 0 or more"),
        (0.1, 1.5, None, "whole number"),
        (0.1, 1, [], "nothing to update"),
    ],
)
def test_mistakes_are_named_at_the_call(lr, steps, parameters, sentence):
    w = torch.ones(1, requires_grad=True)
    with pytest.raises((ValueError, TypeError), match=sentence):
        descend(lambda: w.sum(), [w] if parameters is None else parameters, lr, steps)


def test_where_no_gradient_can_flow_one_sentence_says_so():
    weights = torch.ones(2, requires_grad=True)
    steps = descend(lambda: weights.square().sum(), [weights], lr=0.1, steps=2)
    next(steps)
    with torch.no_grad(), pytest.raises(ValueError, match="Gradients are switched off here"):
        next(steps)
    next(steps)  # nothing was lost
    with pytest.raises(ValueError, match="does not depend on the parameters"):
        next(descend(lambda: weights.detach().sum(), [weights], lr=0.1, steps=1))
