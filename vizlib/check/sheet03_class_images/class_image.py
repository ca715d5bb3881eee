"""A class, drawn from a blank image (Simonyan et al. 2013)."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import (
    ANOTHER_CLASS,
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
    yield draw.net(gain=0.5, size=6, budget=40), 3, 0.8, 0.2, 5, 6
    yield draw.net(gain=0.5, size=7, budget=40), 1, 0.5, 0.1, 1, 7


@exercise(inputs)
def class_image(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size)
    for _ in range(steps):
        image.requires_grad_()
        objective = model(image)[0, target] - weight_decay * image.square().sum()
        gradient = torch.autograd.grad(objective, image)[0]
        image = image.detach() + lr * gradient / gradient.norm().clamp_min(1e-12)
    return image


STEP = "lr * gradient / gradient.norm().clamp_min(1e-12)"
class_image.bug(
    "+ instead of −",
    "The penalty pushes the pixels away from grey.",
    "In which direction does −λ‖I‖² pull a bright pixel?",
    "- weight_decay → + weight_decay",
)
class_image.bug(
    "not squared",
    "The penalty is ‖I‖, not ‖I‖².",
    "‖I‖² pulls harder the further a pixel is from grey.",
    "image.square().sum() → image.square().sum().clamp_min(1e-20).sqrt()",
)
class_image.bug(
    "no penalty",
    "The penalty does not pull on the pixels.",
    "Is it in the objective, and does it still know that it came from image? (image.data has forgotten.)",
    "image.square() → image.data.square()",
    "weight_decay * → 0 *",
)
class_image.bug(*CROSS_ENTROPY, "model(image)[0 → model(image).log_softmax(1)[0")
class_image.bug(*PROBABILITY, "model(image)[0 → model(image).softmax(1)[0")
class_image.bug(
    *NEVER_ZEROED,
    (
        "image = torch.zeros → total, image = 0, torch.zeros",
        "gradient = torch.autograd.grad(objective, image)[0] → "
        "gradient = total = total + torch.autograd.grad(objective, image)[0]",
    ),
)
class_image.bug(
    "not normalized",
    "The steps do not have length lr.",
    "How long is a step, by the docstring?",
    " / gradient.norm().clamp_min(1e-12) → ",
    f"{STEP} → lr * gradient.sign()",
)
class_image.bug(*DOWNHILL, "+ lr → - lr")
class_image.bug(*STEPS, *(f"range(steps) → range({n})" for n in ("steps - 1", "steps + 1", "20", "1")))
class_image.bug(
    "not from grey",
    "It does not start from zeros.",
    "Where does the blank slate lie?",
    "torch.zeros(1, 3, size, size) → torch.full((1, 3, size, size), 0.5)",
    "torch.zeros → torch.ones",
)
class_image.bug(
    *CLAMPED,
    *(f"{STEP} → {STEP}; image = image.clamp({limits})" for limits in ("0, 1", "-0.1, 0.1")),
    "return image → return image.clamp(0, 1)",
)
class_image.bug(*ANOTHER_CLASS, *(f"[0, target] → [0, {c}]" for c in (0, 2, 4)), "[0, target] → [0, target - 1]")
class_image.bug(
    *GRAPH_GROWS,
    (
        "image.requires_grad_() → image = image if image.requires_grad else image.requires_grad_()",
        "image.detach() + → image +",
    ),
    forbid=graph_grows,
)
class_image.earns(
    "touches the gradients of the weights", "for _ → model.classify.weight.grad = torch.ones(5, 16)\n    for _"
)


@class_image.also()
def backward(model, target, lr, weight_decay, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    for _ in range(steps):
        image.grad = None
        (model(image)[0, target] - weight_decay * (image**2).sum()).backward()
        with torch.no_grad():
            image += lr * image.grad / image.grad.norm()
    return image


@class_image.also()
def by_formula(model, target, lr, weight_decay, steps, size):
    image = torch.zeros((1, 3, size, size))
    for _ in range(steps):
        leaf = image.clone().requires_grad_()
        model(leaf)[:, target].sum().backward()
        image = image + lr * torch.nn.functional.normalize(leaf.grad - 2 * weight_decay * image, dim=(1, 2, 3))
    return image
