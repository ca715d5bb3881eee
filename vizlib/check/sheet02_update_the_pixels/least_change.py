"""How far from one image to another the network changes its mind."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    yield from [road(draw, tolerance) for tolerance in (1e-3, 1e-4)]


def road(draw, tolerance):
    """A way from an image to another on which the network changes its mind once, on about a third of it."""
    model, image = draw.net(budget=500), draw.normal(1, 3, 6, 5, scale=0.4).requires_grad_()
    target = model(image)[0].topk(2).indices[1].item()
    slope = torch.autograd.grad(model(image)[0, target], image)[0]
    image, line = image.detach(), torch.linspace(0, 1, 101).view(-1, 1, 1, 1)
    logits = model(image + 8 * line * slope / slope.norm())
    sure = logits.softmax(1)[:, target] > 0.5
    at = (~sure).sum().item()
    draw.require(2 < at < 90 and sure[at:].all() and (logits[at, target] - 0.5).abs() > 0.1)
    other = image + 8 * at / 100 / draw.uniform(low=0.25, high=0.4) * slope / slope.norm()
    return model, image.requires_grad_(tolerance == 1e-4), other, target, tolerance


def near(got, right, more=1e-5):
    """Whether the results are as close as the tolerance allows, and a little more."""
    return abs(got.result.data - right.result.data) <= 1.01 * right.given["tolerance"] + more


@exercise(cases, same=near, extra=True)
def least_change(model, image, other, target, tolerance=1e-3):
    low, high = 0.0, 1.0
    with torch.no_grad():
        while high - low > tolerance / 8:
            middle = (low + high) / 2
            sure = model(image + middle * (other - image)).softmax(dim=1)[0, target] > 0.5
            low, high = (low, middle) if sure else (middle, high)
    return (low + high) / 2


least_change.answers("""
    too many looks: More than 20 images go through the network.
        Each look can halve what is left. How many halvings make it a thousandth?
        forbid: any(sum(entry["images"] for entry in call.log) > 20 for call in got)
        tolerance / 8 → tolerance / 8000
    the wrong half: It goes on in the half without the crossing.
        If the network is sure of target in the middle, on which side did it become so?
        if sure → if not sure
        [0, target] → [0, target - 1]
    from the other end: It measures from other back to image. t is 0 at image.
        return (low + high) / 2 → return 1 - (low + high) / 2
    the score: It asks whether the score is above 0.5. A probability comes after the softmax.
        .softmax(dim=1) →
    a straight line: It takes the probability for a straight line between the two ends.
        What does P look like on the way? Look in between.
        low, high = 0.0, 1.0 → low, high = (model(i).softmax(1)[0, target].item() for i in (image, other)) &&
            while → while False and && return (low + high) / 2 → return (0.5 - low) / (high - low)
    not close enough: The result is further from the crossing than the tolerance allows.
        How wide is the bracket when your loop stops?
        when: got[0].result.kind == "float" and all(near(a, b, 0.06) for a, b in zip(got, right))
        tolerance / 8 → 0.1 | 8e-3
    not a plain Python float: return (low + high) / 2 → return torch.tensor(low)
    another default: tolerance=1e-3 → tolerance=1e-2
""")
