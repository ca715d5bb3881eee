"""Class images of several classes at once, to be repaired."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    yield draw.net(gain=0.5, size=6, budget=100), [3, 1, 3, 0], 0.8, 0.2, 4, 6
    yield draw.net(gain=0.5, size=7, budget=40), [2, 4], 0.5, 0.1, 1, 7


@exercise(cases, extra=True)
def repair_class_image(model, targets, lr, weight_decay, steps, size):
    images = torch.zeros(len(targets), 3, size, size)
    rows = torch.arange(len(targets))
    for _ in range(steps):
        images.requires_grad_()
        objective = model(images)[rows, targets].sum() - weight_decay * images.square().sum()
        gradient = torch.autograd.grad(objective, images)[0]
        length = gradient.flatten(1).norm(dim=1)
        images = images.detach() + lr * gradient / length.clamp_min(1e-12).view(-1, 1, 1, 1)
    return images


repair_class_image.flaws("""
    one length for the batch: gradient.flatten(1).norm(dim=1) → gradient.norm()
    + instead of −: - weight_decay → + weight_decay
    pairs of all with all: Every image climbs the scores of all targets.
        Image n goes with target n. How many scores does your index pick? Print the shape.
        [rows, targets] → [:, targets]
""")
repair_class_image.answers(r"""
    mean instead of sum: targets].sum() → targets].mean()
    no penalty: images.square() → images.data.square() | 0 * images
    not squared: images.square().sum() → images.square().flatten(1).sum(1).clamp_min(1e-20).sqrt().sum()
    cross-entropy: model(images) → model(images).log_softmax(1)
    the probability: model(images) → model(images).softmax(1)
    downhill: + lr → - lr
    not normalized: / length.clamp_min(1e-12).view(-1, 1, 1, 1) →
    gradients are never zeroed: rows = → total, rows = 0, && gradient = torch → gradient = total = total + torch
    the number of steps: range(steps) → range(steps + 1) | range(1, steps)
    not from grey: torch.zeros → 0.5 * torch.ones
    clamped: 1, 1, 1)\n → 1, 1, 1); images = images.clamp(0, 1)\n | 1, 1, 1); images = images.clamp(-0.1, 0.1)\n
    the graph is kept: images.requires_grad_() → images = images if images.requires_grad else images.requires_grad_() &&
        images.detach() + → images +
""")
