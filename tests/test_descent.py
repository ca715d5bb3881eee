import math

import pytest
import torch

from vizlib import data, models
from vizlib.descent import NormalizedSGD, descend


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


def test_normalized_steps_have_the_length_lr_and_survive_a_zero_gradient():
    w = torch.tensor([3.0, -4.0], requires_grad=True)
    before = w.detach().clone()
    list(descend(lambda: 100 * w.square().sum(), [w], 0.5, 1, NormalizedSGD))
    assert (w.detach() - before).norm().item() == pytest.approx(0.5, rel=1e-5)
    zero = torch.zeros(2, requires_grad=True)
    list(descend(lambda: zero.square().sum(), [zero], 0.5, 1, NormalizedSGD))
    assert zero.tolist() == [0, 0]


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


def test_what_the_loss_reports_is_shown():
    w = torch.ones(1, requires_grad=True)
    (step,) = descend(lambda: (w.sum(), {"score": 7}), [w], 0.1, 1)
    assert step.shown == {"score": 7}


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
