"""Untargeted projected gradient ascent in L2, to be repaired."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise


class Shut(torch.nn.Module):
    """A network whose logits do not depend on the image: its gradient is zero."""

    def forward(self, images):
        return images.flatten(1)[:, :5] * 0 + torch.arange(5.0)


def cases(draw):
    image = draw.uniform(2, 3, 6, 5, low=0.02, high=0.98)
    yield draw.net(budget=80), image, 3, 120, 150, 4
    yield draw.net(budget=80, dtype=torch.float64), image[:1].double(), 1, 500, 300, 2
    yield Shut(), image, 1, 100, 50, 2


@exercise(cases, extra=True)
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


repair_pgd.flaws("""
    towards the label: The steps make the label more likely. To get away from the label, does its loss rise or fall?
        new.detach() + step → new.detach() - step
    it drifts away: The change is measured from the image before the step, so that many steps lead far away.
        epsilon limits the distance from which image?
        gradient / length - image → gradient / length - new.detach() && (image + change → (new.detach() + change
    short changes grow: A change that is shorter than epsilon is made as long as epsilon. What may stay as it is?
        (epsilon / 255 / size).clamp_max(1) → (epsilon / 255 / size)
""")
repair_pgd.answers(r"""
    one length for the batch: gradient.flatten(1).norm(dim=1) → gradient.norm()[None]
        change.flatten(1).norm(dim=1) → change.norm()[None]
        gradient.flatten(1).norm(dim=1) → gradient.norm()[None] && change.flatten(1).norm(dim=1) → change.norm()[None]
    the sign of the gradient: Every pixel moves by the same amount. A step has an L2 length here.
        gradient / length → gradient.sign()
    not projected: The image is further than epsilon from the original, or outside [0, 1].
        There are two limits. Which are they?
        change * (epsilon / 255 / size).clamp_max(1) → change | change.clamp(-epsilon / 255, epsilon / 255)
        clamp_max(1)).clamp(0, 1) → clamp_max(1))
    softmax twice: model(new) → model(new).softmax(1)
    not normalized: gradient / length → gradient
        step / 255 → step | 1
    the score: F.cross_entropy(model(new), labels, reduction="sum") → -model(new)[:, label].sum()
    gradients are never zeroed: labels = → total, labels = 0, && gradient = torch → gradient = total = total + torch
    the number of steps: range(steps) → range(steps + 1) | range(1, steps)
    0/0: gradient.flatten(1).norm(dim=1).clamp_min(1e-12) → gradient.flatten(1).norm(dim=1)
    the graph is kept: new = new.clone() → new = new if new.requires_grad else new.clone() &&
            change = new.detach() → change = new && 1).detach() → 1) && return new → return new.detach()
        return new → return (new + 0 * gradient.requires_grad_())
""")
