"""One step of gradient descent on all weights of a network."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise
from vizlib.check.sample import classifier


def cases(draw):
    model, images = classifier(draw), draw.uniform(7, 1, 5, 6)
    for parameter in model.parameters():
        parameter.grad = draw.normal(*parameter.shape)  # left over from something else
    for lr in (0.3, 0.1):
        yield model, images, torch.tensor([2, 0, 3, 1, 0, 2, 2]), lr


@exercise(cases, may_change=("model.grads",))
def train_step(model, images, labels, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    with torch.no_grad():
        for weights in model.parameters():
            weights -= lr * weights.grad
    return loss.item()


train_step.answers(r"""
    the loss after the step: It returns the loss after the update. Which weights was the loss computed with?
        loss.item() → F.cross_entropy(model(images), labels).item()
    softmax twice: model(images) → model(images).softmax(1)
    sum instead of mean: labels) → labels, reduction="sum")
    uphill: -= → +=
    nothing moves: The weights are the same as before.
        Is the gradient used before it is cleared? And does the new value reach the tensor that the network has?
        weights -= lr → weights = weights - lr
        with → model.zero_grad(set_to_none=False)\n    with
    gradients are never zeroed: The gradients of an earlier step are still in .grad, and this step adds its own.
        backward() adds to .grad. What was in it before?
        model.zero_grad() → pass
    without the learning rate: lr * weights → weights
    some weights stay: Some of the weights have moved as they should, others not at all.
        A network has weights and biases, in every layer.
        model.parameters() → [w for w in model.parameters() if w.ndim > 1]
        model.parameters() → list(model.parameters())[2:] | list(model.parameters())[:2]
    not a plain Python float: loss.item() → loss
    raises an error: with torch.no_grad() → if True
    changes the mode: model.zero_grad() → model.zero_grad(); model.eval()
""")
