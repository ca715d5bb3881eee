"""Projected gradient descent towards a class."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise
from vizlib.check.recurring import GRAPH_GROWS, SOFTMAX_TWICE, STEPS, graph_grows


def inputs(draw):
    image = draw.uniform(2, 3, 6, 5, low=0.02, high=0.98)
    yield draw.net(blind=True, budget=80), image, 3, 25, 10, 5
    yield draw.net(budget=80, dtype=torch.float64), image[:1].double(), 1, 12, 5, 1


@exercise(inputs)
def pgd(model, image, target, epsilon, step, steps):
    labels = torch.full((len(image),), target)
    new = image.detach()
    for _ in range(steps):
        new = new.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(new), labels, reduction="sum"), new)[0]
        stepped = new.detach() - step / 255 * gradient.sign()
        new = (image + (stepped - image).clamp(-epsilon / 255, epsilon / 255)).clamp(0, 1)
    return new.detach()


PROJECT = "(image + (stepped - image).clamp(-epsilon / 255, epsilon / 255)).clamp(0, 1)"
pgd.bug(
    "away from the target",
    "The steps make the target less likely.",
    "The loss of the target is to fall.",
    "detach() - step → detach() + step",
)
pgd.bug(
    "not projected",
    "Some pixels are further than epsilon from the original, or outside [0, 1].",
    "How far from which image may the new one be? The one before the step is not the original.",
    f"{PROJECT} → stepped",
    f"{PROJECT} → stepped.clamp(0, 1)",
    "epsilon / 255)).clamp(0, 1) → epsilon / 255))",
    f"{PROJECT} → (new.detach() + (stepped - new.detach()).clamp(-epsilon / 255, epsilon / 255)).clamp(0, 1)",
)
pgd.bug(
    "projected only at the end",
    "The projection comes once, after all steps.",
    "When may the image leave the box?",
    (
        f"{PROJECT} → stepped",
        "return new.detach() → return (image + (new - image).clamp(-epsilon / 255, epsilon / 255)).clamp(0, 1)",
    ),
    (
        f"{PROJECT} → stepped.clamp(0, 1)",
        "return new.detach() → return (image + (new - image).clamp(-epsilon / 255, epsilon / 255)).clamp(0, 1)",
    ),
)
pgd.bug(*STEPS, *(f"range(steps) → range({n})" for n in ("steps - 1", "steps + 1", "1", "20")))
pgd.bug(
    "the wrong size",
    "The steps do not have the size step.",
    "epsilon limits their sum. How long is each one?",
    *(f"- step / 255 → - {size}" for size in ("epsilon / 255", "epsilon / 255 / steps", "step", "1")),
)
pgd.bug("no sign", "Pixels move by different amounts.", "Each pixel moves by step.", "gradient.sign() → gradient")
pgd.bug(
    "the score",
    "The steps follow the score, not the loss.",
    "The cross-entropy also knows the other classes.",
    'F.cross_entropy(model(new), labels, reduction="sum") → -model(new)[:, target].sum()',
    'F.cross_entropy(model(new), labels, reduction="sum") → model(new)[:, target].sum()',
)
pgd.bug(*SOFTMAX_TWICE, "model(new) → model(new).softmax(1)")
pgd.bug(
    "another class",
    "It goes to another class.",
    "Which index is target?",
    *(f"(len(image),), target) → (len(image),), {c})" for c in (0, 2, 4)),
)
pgd.bug(
    "not from the image",
    "It does not start from the image itself.",
    "Where does the first step leave from?",
    "new = image.detach() → new = image + (torch.rand(image.shape, generator=torch.Generator().manual_seed(0)) - "
    "0.5) * epsilon / 128",
    "new = image.detach() → new = torch.zeros_like(image)",
    "new = image.detach() → new = 0 * image + 0.5",
    when=lambda got, right: (
        not torch.allclose(
            (got[1].result.plain - right[1].given["image"]).abs().max(),
            (right[1].result.plain - right[1].given["image"]).abs().max(),
        )
    ),
)
pgd.bug(
    *GRAPH_GROWS,
    (
        "new = new.clone().requires_grad_() → new = new if new.requires_grad else new.clone().requires_grad_()",
        "stepped = new.detach() → stepped = new",
    ),
    forbid=graph_grows,
)
pgd.earns("raises an error", "torch.full((len(image),), target) → torch.tensor([target])")
pgd.also("step / 255 * gradient.sign() → (gradient.sign() * step).div(255)")


@pgd.also()
def change_only(model, image, target, epsilon, step, steps):
    change = torch.zeros_like(image, requires_grad=True)
    for _ in range(steps):
        change.grad = None
        (-model(image + change).log_softmax(1)[:, target].sum()).backward()
        with torch.no_grad():
            change -= step / 255 * change.grad.sign()
            change.clamp_(-epsilon / 255, epsilon / 255)
            change.copy_((image + change).clamp(0, 1) - image)
    return (image + change).detach()
