"""A class, drawn from a blank image (Simonyan et al. 2013)."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    yield draw.net(gain=0.5, size=6, budget=40), 3, 0.8, 0.2, 5, 6
    yield draw.net(gain=0.5, size=7, budget=40), 1, 0.5, 0.1, 1, 7


@exercise(cases)
def class_image(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        objective = model(image)[0, target] - weight_decay * image.square().sum()
        gradient = torch.autograd.grad(objective, image)[0]
        image = image.detach() + lr * gradient / gradient.norm().clamp_min(1e-12)
    return image


class_image.answers(r"""
    + instead of −: - weight_decay → + weight_decay
    not squared: image.square().sum() → image.square().sum().clamp_min(1e-20).sqrt()
    no penalty: image.square() → image.data.square() | 0 * image
    cross-entropy: model(image)[0 → model(image).log_softmax(1)[0
    the probability: model(image)[0 → model(image).softmax(1)[0
    gradients are never zeroed: image = torch → total, image = 0, torch && gradient = → gradient = total = total +
    not normalized: lr * gradient / gradient.norm().clamp_min(1e-12) → lr * gradient | lr * gradient.sign()
    downhill: + lr → - lr
    the number of steps: range(steps) → range(steps - 1) | range(steps + 1) | range(20)
    not from grey: torch.zeros → torch.ones | 0.5 + torch.zeros
    clamped: clamp_min(1e-12)\n → clamp_min(1e-12); image = image.clamp(0, 1)\n |
            clamp_min(1e-12); image = image.clamp(-0.1, 0.1)\n
        return image → return image.clamp(0, 1)
    another class: [0, target] → [0, 0] | [0, target - 1]
    the graph is kept: image.requires_grad_() → image = image if image.requires_grad else image.requires_grad_() &&
        image.detach() + → image +
    touches the gradients of the weights: for _ → model.classify.weight.grad = torch.ones(5, 16)\n    for _
""")
