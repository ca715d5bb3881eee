"""Untargeted projected gradient ascent in L2, to be repaired."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise
from vizlib.check.recurring import GRAPH_GROWS, NEVER_ZEROED, SOFTMAX_TWICE, STEPS, graph_grows, not_finite


class Shut(torch.nn.Module):
    """A network whose logits do not depend on the image: its gradient is zero."""

    def forward(self, images):
        return images.flatten(1)[:, :5] * 0 + torch.arange(5.0)


def inputs(draw):
    image = draw.uniform(2, 3, 6, 5, low=0.02, high=0.98)
    yield draw.net(budget=80), image, 3, 120, 150, 4
    yield draw.net(budget=80, dtype=torch.float64), image[:1].double(), 1, 500, 300, 2
    yield Shut(), image, 1, 100, 50, 2


@exercise(inputs, extra=True)
def repair_pgd(model, image, label, epsilon, step, steps):
    labels = torch.full((len(image),), label)
    new = image.detach()
    for _ in range(steps):
        new = new.clone().requires_grad_()
        loss = F.cross_entropy(model(new), labels, reduction="sum")
        gradient = torch.autograd.grad(loss, new)[0]
        length = gradient.flatten(1).norm(dim=1).clamp_min(1e-12).view(-1, 1, 1, 1)
        change = new.detach() + step / 255 * gradient / length - image
        size = change.flatten(1).norm(dim=1).clamp_min(1e-12).view(-1, 1, 1, 1)
        new = (image + change * (epsilon / 255 / size).clamp_max(1)).clamp(0, 1).detach()
    return new


repair_pgd.flaw(
    "towards the label",
    "The steps make the label more likely.",
    "To get away from the label, does its loss rise or fall?",
    "new.detach() + step → new.detach() - step",
)
repair_pgd.flaw(
    "it drifts away",
    "The change is measured from the image before the step, so that many steps lead far away.",
    "epsilon limits the distance from which image?",
    ("gradient / length - image → gradient / length - new.detach()", "(image + change → (new.detach() + change"),
)
repair_pgd.flaw(
    "short changes grow",
    "A change that is shorter than epsilon is made as long as epsilon.",
    "What may stay as it is?",
    "(epsilon / 255 / size).clamp_max(1) → (epsilon / 255 / size)",
)
repair_pgd.bug(
    "one length for the batch",
    "The images share one length.",
    "Each image moves by itself. Over which axes does its length run?",
    "gradient.flatten(1).norm(dim=1) → gradient.norm()[None]",
    "change.flatten(1).norm(dim=1) → change.norm()[None]",
    ("gradient.flatten(1).norm(dim=1) → gradient.norm()[None]", "change.flatten(1).norm(dim=1) → change.norm()[None]"),
)
repair_pgd.bug(
    "the sign of the gradient",
    "Every pixel moves by the same amount.",
    "A step has an L2 length here.",
    "gradient / length → gradient.sign()",
)
repair_pgd.bug(
    "not projected",
    "The image is further than epsilon from the original, or outside [0, 1].",
    "There are two limits. Which are they?",
    "change * (epsilon / 255 / size).clamp_max(1) → change",
    "change * (epsilon / 255 / size).clamp_max(1) → change.clamp(-epsilon / 255, epsilon / 255)",
    "clamp_max(1)).clamp(0, 1) → clamp_max(1))",
)
repair_pgd.bug(*SOFTMAX_TWICE, "model(new) → model(new).softmax(1)")
repair_pgd.bug(
    "not normalized",
    "The steps do not have the length step.",
    "How long is a step, by the docstring?",
    "gradient / length → gradient",
    "step / 255 → step",
    "step / 255 → 1",
)
repair_pgd.bug(
    "the score",
    "The steps follow the score, not the loss.",
    "The cross-entropy also knows the other classes.",
    'F.cross_entropy(model(new), labels, reduction="sum") → -model(new)[:, label].sum()',
)
repair_pgd.bug(
    *NEVER_ZEROED,
    ("new = image.detach() → new, total = image.detach(), 0", "gradient = torch → gradient = total = total + torch"),
)
repair_pgd.bug(*STEPS, "range(steps) → range(steps + 1)", "range(steps) → range(1, steps)")
repair_pgd.bug(
    "0/0",
    "A gradient of zero gives nan, not the same image.",
    "0/0 is nan. What keeps the divisors above 0?",
    "gradient.flatten(1).norm(dim=1).clamp_min(1e-12) → gradient.flatten(1).norm(dim=1)",
    when=not_finite,
)
repair_pgd.bug(
    *GRAPH_GROWS,
    (
        "new = new.clone().requires_grad_() → new = new if new.requires_grad else new.clone().requires_grad_()",
        "change = new.detach() → change = new",
        "clamp(0, 1).detach() → clamp(0, 1)",
        "return new → return new.detach()",
    ),
    forbid=graph_grows,
)
repair_pgd.earns("the graph is kept", "return new → return (new + 0 * gradient.requires_grad_())")
repair_pgd.also(', reduction="sum" → ')


@repair_pgd.also()
def one_by_one(model, image, label, epsilon, step, steps):
    done = []
    for original in image.split(1):
        new = original
        for _ in range(steps):
            leaf = new.detach().requires_grad_()
            g = torch.autograd.grad(-model(leaf).log_softmax(1)[0, label], leaf)[0]
            change = new + step / 255 * torch.nn.functional.normalize(g.flatten(), dim=0).view_as(g) - original
            if change.norm() > epsilon / 255:
                change = change / change.norm() * epsilon / 255
            new = (original + change).clamp(0, 1)
        done.append(new)
    return torch.cat(done)
