"""One step of adversarial training: attack the images, then learn from what came out."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise
from vizlib.check.sample import classifier


def cases(draw):
    model, images = classifier(draw), draw.uniform(7, 1, 5, 6, low=0.02, high=0.98)
    with torch.no_grad():
        model[1].weight[:, 7] = 0  # so no image's loss hangs on that pixel, which has to stay
    for parameter in model.parameters():
        parameter.grad = draw.normal(*parameter.shape)  # left over from something else
    for lr, epsilon in ((0.3, 20), (0.1, 40)):
        yield model, images, torch.tensor([2, 0, 3, 1, 0, 2, 2]), epsilon, lr


@exercise(cases, may_change=("model.grads",))
def hardened_step(model, images, labels, epsilon, lr):
    leaf = images.clone().requires_grad_()
    slope = torch.autograd.grad(F.cross_entropy(model(leaf), labels), leaf)[0]
    attacked = (images + epsilon / 255 * slope.sign()).clamp(0, 1)
    model.zero_grad()
    loss = F.cross_entropy(model(attacked), labels)
    loss.backward()
    with torch.no_grad():
        for weights in model.parameters():
            weights -= lr * weights.grad
    return loss.item()


hardened_step.answers(r"""
    learns from the clean images: The weights learn from the images as they were. Whom is the network to stand up to?
        model(attacked) → model(images)
    the loss of the clean images: The weights are right, the loss is that of the clean images.
        Which loss was made smaller?
        return loss.item() → return clean &&
            leaf = → clean = F.cross_entropy(model(images), labels).item(); leaf =
    the attack helps: The images are moved so that the loss falls. What does an attacker want?
        images + epsilon → images - epsilon
    not attacked within [0, 1]: Some attacked pixels are below 0 or above 1.
        When are the limits of a pixel looked at: before the step, or after it?
        slope.sign()).clamp(0, 1) → slope.sign())
    no sign: slope.sign() → slope | slope / slope.norm() | slope / slope.abs().max()
    the unit of epsilon: epsilon / 255 → epsilon | epsilon / 256
    only the attack's direction: The network learns from the change alone. What is changed by it?
        (images + epsilon → (epsilon
    half clean, half attacked: The loss is a mean over clean and attacked images. The docstring asks for one of them.
        (model(attacked), labels) → (model(attacked), labels) / 2 + F.cross_entropy(model(images), labels) / 2
    the loss after the step: It returns the loss after the update. Which weights was the loss computed with?
        loss.item() → F.cross_entropy(model(attacked), labels).item()
    softmax twice: model(attacked) → model(attacked).softmax(1)
    sum instead of mean: model(attacked), labels) → model(attacked), labels, reduction="sum")
    uphill: -= → +=
    nothing moves: The weights are the same as before.
        Is the gradient used before it is cleared? And does the new value reach the tensor that the network has?
        weights -= lr → weights = weights - lr
        with → model.zero_grad(set_to_none=False)\n    with
    the attack's gradients stay: What backward() left in the weights while the attack was made is in the step as well.
        backward() adds to .grad of everything that wants a gradient. What was in it before?
        model.zero_grad() → pass
        model.zero_grad()\n    loss = → loss = && slope = torch.autograd.grad( → model.zero_grad(); attack = ( &&
            (model(leaf), labels), leaf)[0] → (model(leaf), labels)); attack.backward(); slope = leaf.grad
    without the learning rate: lr * weights → weights
    some weights stay: Some of the weights have moved as they should, others not at all.
        A network has weights and biases, in every layer.
        model.parameters() → [w for w in model.parameters() if w.ndim > 1]
    not a plain Python float: loss.item() → loss
    raises an error: with torch.no_grad() → if True
    changes the mode: model.zero_grad() → model.zero_grad(); model.eval()
    switches requires_grad of its input: leaf = images.clone() → leaf = images
""")
