"""Class images of several classes at once, to be repaired."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import (
    CLAMPED,
    CROSS_ENTROPY,
    DOWNHILL,
    GRAPH_GROWS,
    NEVER_ZEROED,
    PROBABILITY,
    STEPS,
    graph_grows,
)


def inputs(draw):
    yield draw.net(gain=0.5, size=6, budget=100), [3, 1, 3, 0], 0.8, 0.2, 4, 6
    yield draw.net(gain=0.5, size=7, budget=40), [2, 4], 0.5, 0.1, 1, 7


@exercise(inputs, extra=True)
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


repair_class_image.flaw(
    "one length for the batch",
    "All images share one length, so that of each depends on the others.",
    "Each image is to move by lr. Over which axes does its length run?",
    "gradient.flatten(1).norm(dim=1) → gradient.norm()",
)
repair_class_image.flaw(
    "+ instead of −",
    "The penalty pushes the pixels away from grey.",
    "In which direction does −λ‖I‖² pull a bright pixel?",
    "- weight_decay → + weight_decay",
)
repair_class_image.flaw(
    "pairs of all with all",
    "Every image climbs the scores of all targets.",
    "Image n goes with target n. How many scores does your index pick? Print the shape.",
    "[rows, targets] → [:, targets]",
)
repair_class_image.bug(
    "mean instead of sum",
    "The score of an image weighs less the more images are beside it.",
    "Images do not know of each other.",
    "targets].sum() → targets].mean()",
)
repair_class_image.bug(
    "no penalty",
    "The penalty does not pull on the pixels.",
    "Does it still know that it came from the images? (.data has forgotten.)",
    "images.square() → images.data.square()",
    "weight_decay * → 0 *",
)
repair_class_image.bug(
    "not squared",
    "The penalty is ‖I‖, not ‖I‖².",
    "Is there a root in the formula?",
    "images.square().sum() → images.square().flatten(1).sum(1).clamp_min(1e-20).sqrt().sum()",
    "images.square().sum() → images.square().sum().clamp_min(1e-20).sqrt()",
)
repair_class_image.bug(*CROSS_ENTROPY, "model(images) → model(images).log_softmax(1)")
repair_class_image.bug(*PROBABILITY, "model(images) → model(images).softmax(1)")
repair_class_image.bug(*DOWNHILL, "+ lr → - lr")
repair_class_image.bug(
    "not normalized",
    "The steps do not have length lr.",
    "How long is a step, by the docstring?",
    " / length.clamp_min(1e-12).view(-1, 1, 1, 1) → ",
)
repair_class_image.bug(
    *NEVER_ZEROED,
    (
        "rows = → total, rows = 0,",
        "gradient = torch.autograd.grad(objective, images)[0] → "
        "gradient = total = total + torch.autograd.grad(objective, images)[0]",
    ),
)
repair_class_image.bug(*STEPS, "range(steps) → range(steps + 1)", "range(steps) → range(1, steps)")
repair_class_image.bug(
    "not from grey",
    "It does not start from zeros.",
    "Where does the blank slate lie?",
    "torch.zeros → 0.5 * torch.ones",
)
repair_class_image.bug(
    *CLAMPED, *(f"1, 1, 1)\n → 1, 1, 1); images = images.clamp({limits})\n" for limits in ("0, 1", "-0.1, 0.1"))
)
repair_class_image.bug(
    *GRAPH_GROWS,
    (
        "images.requires_grad_() → images = images if images.requires_grad else images.requires_grad_()",
        "images.detach() + → images +",
    ),
    forbid=graph_grows,
)


@repair_class_image.also()
def one_by_one(model, targets, lr, weight_decay, steps, size):
    def draw(target):
        image = torch.zeros(1, 3, size, size)
        for _ in range(steps):
            leaf = image.clone().requires_grad_()
            g = torch.autograd.grad(model(leaf)[0, target] - weight_decay * (leaf**2).sum(), leaf)[0]
            image = image + lr * g / g.norm()
        return image

    return torch.cat([draw(target) for target in targets])
