"""Projected gradient descent towards a class."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise


def cases(draw):
    image = draw.uniform(2, 3, 6, 5, low=0.02, high=0.98)
    yield draw.net(blind=True, budget=80), image, 3, 25, 10, 5
    yield draw.net(budget=80, dtype=torch.float64), image[:1].double(), 1, 12, 5, 1


@exercise(cases)
def pgd(model, image, target, epsilon, step, steps):
    labels = torch.full((len(image),), target)
    new = image.detach()
    for _ in range(steps):
        new = new.clone().requires_grad_()
        gradient = torch.autograd.grad(F.cross_entropy(model(new), labels, reduction="sum"), new)[0]
        stepped = new.detach() - step / 255 * gradient.sign()
        new = (image + (stepped - image).clamp(-epsilon / 255, epsilon / 255)).clamp(0, 1)
    return new.detach()


pgd.answers(r"""
    away from the target: The steps make the target less likely. The loss of the target is to fall.
        detach() - step → detach() + step
    not projected: Some pixels are further than epsilon from the original, or outside [0, 1].
        How far from which image may the new one be? The one before the step is not the original.
        (stepped - image).clamp(-epsilon / 255, epsilon / 255) → (stepped - image)
        epsilon / 255)).clamp(0, 1) → epsilon / 255))
        new = (image + (stepped - image).clamp → image = new.detach(); new = (image + (stepped - image).clamp
    projected only at the end: The projection comes once, after all steps. When may the image leave the box?
        clamp(0, 1)\n → clamp(0, 1); end, new = new, stepped\n && return new.detach() → return end
        clamp(0, 1)\n → clamp(0, 1); end, new = new, stepped.clamp(0, 1)\n && return new.detach() → return end
    the number of steps: range(steps) → range(steps - 1) | range(steps + 1) | range(20)
    the wrong size: The steps do not have the size step. epsilon limits their sum. How long is each one?
        - step / 255 → - epsilon / 255 | - epsilon / 255 / steps | - step | - 1
    no sign: gradient.sign() → gradient
    the score: F.cross_entropy(model(new), labels, reduction="sum") → model(new)[:, target].sum() |
        -model(new)[:, target].sum()
    softmax twice: model(new) → model(new).softmax(1)
    another class: (len(image),), target) → (len(image),), 0) | (len(image),), target - 1)
    not from the image: It does not start from the image itself. Where does the first step leave from?
        new = image.detach() → new = image + (image.roll(1) - 0.5) / 20 | new = 0 * image | new = 0 * image + 0.5
    the graph is kept: new = new.clone() → new = new if new.requires_grad else new.clone() && new.detach() - → new -
    raises an error: torch.full((len(image),), target) → torch.tensor([target])
""")
