import pytest
import torch
from torch import nn

from vizlib import hooks


def count(model):
    return sum(len(module._forward_hooks) for module in model.modules())


def test_it_records_what_a_layer_puts_out():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    x = torch.randn(5, 3)
    with hooks.record(model, ["0", "2"]) as seen:
        out = model(x)
    assert torch.equal(seen["0"], model[0](x))
    assert torch.equal(seen["2"], out)


def test_a_following_in_place_relu_does_not_alter_it():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True))
    x = torch.randn(50, 3)
    with hooks.record(model, ["0"]) as seen:
        model(x)
    assert (seen["0"] < 0).any()


def test_gradients_flow_through_it():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Linear(4, 2))
    x = torch.randn(1, 3, requires_grad=True)
    with hooks.record(model, ["0"]) as seen:
        model(x)
    (gradient,) = torch.autograd.grad(seen["0"][0, 1], x)
    assert torch.allclose(gradient[0], model[0].weight[1])


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_hooks_are_gone_after_an_exception(error):
    model = nn.Sequential(nn.Linear(3, 4))
    with pytest.raises(error), hooks.record(model, ["0"]):
        assert count(model) == 1
        raise error
    assert count(model) == 0


def test_an_unknown_layer_lists_the_nearest_and_leaves_no_hook(lite0):
    with (
        pytest.raises(ValueError, match="no layer 'blok_9'; the nearest: 'block_9'"),
        hooks.record(lite0, ["stem", "blok_9"]),
    ):
        pass
    assert count(lite0) == 0
