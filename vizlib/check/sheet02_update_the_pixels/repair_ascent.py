"""Plain gradient ascent on the pixels, to be repaired."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import (
    ANOTHER_CLASS,
    CLAMPED,
    CROSS_ENTROPY,
    DOWNHILL,
    GRAPH_GROWS,
    PROBABILITY,
    STEPS,
    graph_grows,
)


def inputs(draw):
    for n, dtype, wants in ((2, torch.float32, True), (3, torch.float64, False)):
        image = draw.normal(n, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_(wants)
        yield draw.net(dtype=dtype), image, 3, 0.2, 4


@exercise(inputs)
def repair_ascent(model, image, target, lr, steps):
    image = image.detach().clone().requires_grad_()
    for _ in range(steps):
        image.grad = None
        score = model(image)[:, target].sum()
        score.backward()
        image.data += lr * image.grad
    return image.detach()


repair_ascent.flaw(
    "the caller's image changes",
    "The image that was given is drawn upon.",
    "Whose pixels does your first line take? The caller may need them again.",
    "image.detach().clone().requires_grad_() → image.requires_grad_()",
)
repair_ascent.flaw(
    "the model's gradients are zeroed, not the image's",
    "Each step adds the gradients of all steps before it, though model.zero_grad() is called.",
    "Which gradients does model.zero_grad() clear, and which one adds up?",
    "image.grad = None → model.zero_grad()",
)
repair_ascent.flaw(
    "mean instead of sum",
    "The step of an image becomes shorter the more images are beside it.",
    "Images do not know of each other. What does mean() divide by?",
    "].sum() → ].mean()",
)
repair_ascent.bug(*DOWNHILL, "+= lr → -= lr")
repair_ascent.bug(*PROBABILITY, "model(image) → model(image).softmax(1)")
repair_ascent.bug(*CROSS_ENTROPY, "model(image) → model(image).log_softmax(1)")
repair_ascent.bug(*ANOTHER_CLASS, *(f":, target → :, {c}" for c in (0, 1, 2, 4)))
repair_ascent.bug(*STEPS, "range(steps) → range(steps + 1)", "range(steps) → range(1, steps)")
repair_ascent.bug(
    *CLAMPED,
    *(f"image.grad\n → image.grad; image.data.clamp_({limits})\n" for limits in ("0, 1", "-1, 1", "-0.5, 0.5")),
)
repair_ascent.bug(
    "a step of fixed length",
    "The gradient was normalized first.",
    "Plain ascent: the gradient as it is.",
    "lr * image.grad → lr * image.grad / image.grad.norm()",
    "lr * image.grad → lr * image.grad.sign()",
)


@repair_ascent.bug(*GRAPH_GROWS, forbid=graph_grows)
def graph_is_kept(model, image, target, lr, steps):
    image = image.detach().clone().requires_grad_()
    for _ in range(steps):
        image = image + lr * torch.autograd.grad(model(image)[:, target].sum(), image)[0]
    return image.detach()


@repair_ascent.also()
def autograd(model, image, target, lr, steps):
    for _ in range(steps):
        image = image.detach().clone().requires_grad_()
        image = image + lr * torch.autograd.grad(model(image)[:, target].sum(), image)[0]
    return image.detach()
