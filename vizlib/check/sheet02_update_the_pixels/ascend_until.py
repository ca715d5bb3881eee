"""Update the pixels until the network is satisfied."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    model, image = draw.net(gain=2, budget=200), draw.normal(1, 3, 6, 5, scale=0.4)
    target = (model(image).softmax(1)[0] - 0.1).abs().argmin().item()
    slope = torch.autograd.grad(model(image.requires_grad_())[0, target], image)[0]
    path, now, lr = [], image, round(0.4 / slope.square().sum().item(), 4)  # so that it takes some ten steps
    for _ in range(15):
        logits = model(now.requires_grad_())[0]
        path.append(logits.softmax(0)[target].item())
        now = now.detach() + lr * torch.autograd.grad(logits[target], now)[0]
    # The edges lie half-way between two steps.
    high, low, start = (path[12] + path[13]) / 2, (path[7] + path[8]) / 2, path[0] / 2
    draw.require(path == sorted(path) and path[13] - path[12] > 0.02 and low > 0.5 and high < 0.94)
    for factor, confidence, max_steps in (1, high, 60), (1, low, 60), (1, high, 2), (1, start, 60), (0.1, high, 5):
        start = image.detach().clone().requires_grad_(max_steps < 10)
        yield model, start, target, factor * lr, confidence, max_steps


@exercise(cases)
def ascend_until(model, image, target, lr, confidence=0.95, max_steps=500):
    image = image.detach().clone()
    for step in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if logits.softmax(dim=1)[0, target] >= confidence or step == max_steps:
            return image.detach(), step
        gradient = torch.autograd.grad(logits[0, target], image)[0]
        image = image.detach() + lr * gradient
    raise AssertionError("the last turn of the loop returns")


ascend_until.answers(r"""
    too many steps: It steps once more than it should.
        An image that is good enough needs no more: look first, or step first?
        return image.detach(), step\n → confidence, max_steps = -1, min(step, max_steps - 1)\n
        if logits → if step and logits && or step == max_steps → or step == max_steps + 1 && + 1): → + 2):
    nothing moves: image = image.detach() + → new = image.detach() +
    downhill: + lr → - lr
    gradients are never zeroed: image = image.detach().clone() → image, total = image.detach().clone(), 0 &&
        gradient = torch → gradient = total = total + torch
    the probability: grad(logits[0, target] → grad(logits.softmax(1)[0, target]
    cross-entropy: grad(logits[0, target] → grad(logits.log_softmax(1)[0, target]
    stops at the score: It compares the score, not the probability, with confidence.
        What lies between 0 and 1, and where does it come from?
        logits.softmax(dim=1)[0 → logits[0
    stops too early: It stops as soon as the target comes first. How sure does the network have to be?
        logits.softmax(dim=1)[0, target] >= confidence → logits.argmax() == target
    confidence ignored: It does not stop at the confidence that was asked for. Where is confidence used?
        >= confidence → >= 0.95
    max_steps ignored: It does not stop after max_steps steps. Where is max_steps used?
        range(max_steps + 1) → range(501) && step == max_steps → step == 500
        range(max_steps + 1) → range(max_steps)
    clamped: lr * gradient → lr * gradient; image = image.clamp(0, 1) | lr * gradient; image = image.clamp(-1, 1)
    another class: grad(logits[0, target] → grad(logits[0, target - 1]
    counts wrongly: The image is right, but not the number of steps.
        Count the updates, not the looks at the probability.
        detach(), step → detach(), step + 1
    the graph is kept: image = image.detach() + → image = image +
    changes its input: image = image.detach().clone() → pass && image = image.detach() + lr → image.data += lr
    not a list: image.detach(), step → image.detach()
    does not come to an end: for step in range(max_steps + 1) → while True && or step == max_steps → &&
        image = image.detach() + → new = image.detach() + && step\n → 0\n
""")
