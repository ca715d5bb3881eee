"""Gradient descent with momentum, to be repaired."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise
from vizlib.check.sample import classifier


def cases(draw):
    model = classifier(draw)
    for parameter in model.parameters():
        parameter.grad = draw.normal(*parameter.shape)  # left over from something else
    labels = torch.tensor([2, 0, 3, 1, 0, 2, 2])
    yield model, draw.uniform(7, 1, 5, 6), labels, 0.3, 0.8, 4
    yield model.eval(), draw.uniform(4, 1, 5, 6), labels[:4], 0.1, 0.5, 1


@exercise(cases, may_change=("model.grads",), extra=True)
def repair_training(model, images, labels, lr, momentum, steps):
    velocity = [torch.zeros_like(w) for w in model.parameters()]
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for w, v in zip(model.parameters(), velocity, strict=True):
                v.mul_(momentum).add_(w.grad)
                w -= lr * v
    return losses


repair_training.flaws("""
    gradients add up: From the second step on, .grad holds the gradients of all steps before it.
        backward() adds to .grad. How often does your code clear it?
        model.zero_grad() → pass && losses = [] → losses = []; model.zero_grad()
    the velocity is forgotten: Every step is made as if the velocity before it were zero.
        Which tensor does v = … change: the one in the list, or only what the name stands for?
        v.mul_(momentum).add_(w.grad) → v = momentum * v + w.grad
    softmax twice: model(images) → model(images).softmax(1)
""")
repair_training.answers("""
    left-over gradients: Gradients that were there before the call enter into the first step.
        What is in .grad when your function is called?
        model.zero_grad() → losses and model.zero_grad() | pass
    another momentum: The velocity is a running mean, or momentum is used in another place.
        v ← μv + ∇, and then w ← w − ηv.
        add_(w.grad) → add_(w.grad, alpha=1 - momentum)
        mul_(momentum).add_(w.grad) → add_(w.grad).mul_(momentum)
        -= lr * v → -= lr * (w.grad + momentum * v)
    uphill: -= → +=
    the loss after the update: A loss is noted after its update. The list begins before any update.
        return losses → return [*losses[1:], F.cross_entropy(model(images), labels).item()]
    the number of steps: range(steps) → range(steps + 1) | range(1, steps)
    changes the mode: losses = [] → losses = []; model.eval()
    not a plain Python float: loss.item() → loss.detach()
""")
