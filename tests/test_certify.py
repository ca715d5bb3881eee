import pytest
import torch
from torch import nn

from vizlib import attacks, certify, models


def draw(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_no_image_within_epsilon_leaves_the_bounds_and_no_attack_does():
    network, images = models.digit_net(0).requires_grad_(False), draw(4, 1, 8, 8)
    lower, upper = certify.interval_bounds(network, images, 5)
    assert (lower < upper).all()
    others = [(images + (2 * draw(4, 1, 8, 8, seed=seed) - 1).sign() * 5 / 255).clamp(0, 1) for seed in range(50)]
    others += [attacks.pgd(network, images, label, 5, steps=5, targeted=True) for label in range(10)]
    for other in others:
        logits = network(other)
        assert (lower - 1e-4 <= logits).all()
        assert (logits <= upper + 1e-4).all()


def test_a_linear_layer_is_bounded_by_what_its_worst_corner_does():
    layer = nn.Linear(6, 3)
    images = 0.25 + draw(2, 1, 2, 3) / 2  # far from 0 and 1
    lower, upper = certify.interval_bounds(nn.Sequential(nn.Flatten(), layer), images, 10)
    for k, row in enumerate(layer.weight.detach()):
        corner = images.flatten(1) + row.sign() * 10 / 255
        torch.testing.assert_close(upper[:, k], layer(corner)[:, k])
        torch.testing.assert_close(lower[:, k], layer(2 * images.flatten(1) - corner)[:, k])


def test_without_any_change_both_bounds_are_the_logits_and_with_more_they_are_wider():
    network, images = models.face_net(0), draw(2, 1, 25, 25)
    widths = []
    for epsilon in (0, 1, 4):
        lower, upper = certify.interval_bounds(network, images, epsilon)
        widths.append((upper - lower).mean().item())
        torch.testing.assert_close((lower + upper) / 2, network(images), atol=10 * widths[-1] + 1e-4, rtol=0)
    assert widths[0] < 1e-5 < widths[1] < widths[2]


def test_a_network_can_be_trained_by_its_bounds():
    network = models.digit_net(0)
    lower, upper = certify.interval_bounds(network, draw(2, 1, 8, 8), 5)
    gradients = torch.autograd.grad((upper - lower).sum(), list(network.parameters()))
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert any(gradient.abs().max() > 0 for gradient in gradients)


def test_mistakes_are_named():
    network = nn.Sequential(nn.Flatten(), nn.Linear(9, 2), nn.Softmax(dim=1))
    with pytest.raises(TypeError, match="not through Softmax"):
        certify.interval_bounds(network, draw(1, 1, 3, 3), 2)
    for images, epsilon, sentence in ((draw(1, 1, 3, 3), 300, "from 0 to 255"), (draw(1, 1, 3, 3) + 1, 2, "lie in")):
        with pytest.raises(ValueError, match=sentence):
            certify.interval_bounds(network, images, epsilon)
