"""One step of the pixels: the line that the course is about."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import CLAMPED


def inputs(draw):
    for dtype in (torch.float32, torch.float64):
        yield draw.uniform(2, 3, 6, 5, dtype=dtype).requires_grad_(), draw.normal(2, 3, 6, 5, dtype=dtype), 0.7


@exercise(inputs)
def pixel_step(image, gradient, lr):
    return (image.detach() + lr * gradient).requires_grad_()


pixel_step.bug(
    "downhill",
    "The step goes down the gradient, so the score falls.",
    "Weights go down the loss; pixels go up the score. Which sign is that?",
    "+ lr → - lr",
)
pixel_step.bug(
    "without the learning rate",
    "The step is the whole gradient.",
    "What decides how far to go?",
    "lr * gradient → gradient",
)
pixel_step.bug(*CLAMPED, *(f"gradient) → gradient).clamp({limits})" for limits in ("0, 1", "-1, 1", "-0.5, 0.5")))
pixel_step.bug(
    "nothing moves",
    "The image comes back as it was.",
    "Is the new image returned, or the old one?",
    "+ lr * gradient → ",
)
pixel_step.bug(
    "only the step",
    "It returns the step without the image.",
    "Where is the image after the step?",
    "image.detach() + → ",
    "image.detach() + → -",
)
pixel_step.bug(
    "a step of fixed length",
    "The gradient was normalized first.",
    "Here a steep slope is to give a long step: use the gradient as it is.",
    *(f"* gradient → * gradient / {size}" for size in ("gradient.norm()", "gradient.abs()", "gradient.std()")),
)
pixel_step.bug(
    "the graph is kept",
    "The new image still hangs on the old one: it is not a leaf.",
    "Where does the new image forget the old one? Else the graph grows with every step.",
    "(image.detach() + lr * gradient).requires_grad_() → image + lr * gradient",
    forbid=lambda got, right: any(call.result.graph for call in got),
)
pixel_step.bug(
    "wants no gradient",
    "The new image does not want gradients, so the next step will find none.",
    "The first image was a leaf with requires_grad. What is the new one?",
    ".requires_grad_() → ",
    forbid=lambda got, right: not all(call.result.requires_grad for call in got),
)
pixel_step.earns("changes its input", "return → image.data += lr * gradient; return image #")
pixel_step.earns("raises an error", "return → image += lr * gradient; return image #")
pixel_step.earns("returns nothing", "return (image → (image")
pixel_step.also("return → new = image.detach().clone(); new += lr * gradient; return torch.nn.Parameter(new) #")


@pixel_step.also()
def no_grad(image, gradient, lr):
    with torch.no_grad():
        new = torch.add(image, gradient, alpha=lr)
    return new.requires_grad_()
