"""The deletion test of a map, against orders drawn at random, to be repaired."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for (rows, columns), share, tries, dtype in (((3, 4), 0.3, 3, torch.float32), ((4, 2), 0.35, 2, torch.float64)):
        image, filler = draw.uniform(2, 3, 2 * rows, 2 * columns, dtype=dtype, low=0.02, high=0.98)
        values = torch.stack([torch.randperm(rows * columns, generator=draw.generator) for _ in range(tries + 1)])
        values = (values.to(dtype) / 10 + draw.uniform(tries + 1, 1, dtype=dtype)).view(-1, rows, columns)
        model, target = draw.net(gain=8.0, dtype=dtype), draw.whole(1, 4)
        model.classify.bias -= model(image[None])[0] - draw.normal(5, scale=0.5, dtype=dtype)  # nearly undecided
        yield model, image, filler, target, values[0], values[1:], share


@exercise(cases, tolerance=1e-3, extra=True)
def repair_deletion(model, image, filler, target, values, random_values, share):
    def log_odds(shown):
        logits = model(shown[None])[0]
        others = torch.cat([logits[:target], logits[target + 1 :]])
        return (logits[target] - others.logsumexp(dim=0)).item()

    before, side, falls = log_odds(image), image.shape[1] // values.shape[0], []
    for order in (values, *random_values):
        changed = image.clone()
        places = order.flatten().argsort(descending=True)
        for place in places[: round(share * order.numel())].tolist():
            top, left = side * (place // order.shape[1]), side * (place % order.shape[1])
            down, across = slice(top, top + side), slice(left, left + side)
            changed[:, down, across] = filler[:, down, across]
        falls.append(before - log_odds(changed))
    return falls[0] - sum(falls[1:]) / len(random_values)


repair_deletion.flaws(r"""
    the least important go first: The squares that the map puts last are deleted. What does argsort put first?
        argsort(descending=True) → argsort()
    deleted stays deleted: Each order goes on from what the one before it left over.
        Every test begins with the whole image. Where is it copied?
        changed = image.clone() → pass && for order in → changed = image.clone()\n    for order in
    its own control: The map's own fall is in the mean that it is compared with.
        Who belongs to a control: what is tested, or only what it is tested against?
        sum(falls[1:]) / len(random_values) → sum(falls) / len(falls)
""")
repair_deletion.answers(r"""
    one of the controls: The map is compared with one of the random orders: the last, or the best.
        The docstring asks for the mean over all of them. How far apart are they?
        sum(falls[1:]) / len(random_values) → falls[-1] | falls[1] | max(falls[1:]) | min(falls[1:])
    no control: It returns how far the map's own deletion lets it fall. Any deletion hurts. How much more does this one?
        falls[0] - sum(falls[1:]) / len(random_values) → falls[0]
    only the control: It returns the fall of the random orders. What is it taken from?
        falls[0] - sum(falls[1:]) / len(random_values) → sum(falls[1:]) / len(random_values)
    the sum of the controls: The falls of the random orders were added up, not averaged, or divided by another number.
        By how many is a mean of R numbers divided?
        sum(falls[1:]) / len(random_values) → sum(falls[1:]) | sum(falls[1:]) / len(falls)
    the other way round: The sign is wrong. If the map's deletion hurts more, is the result to be positive or negative?
        return falls[0] - sum(falls[1:]) / len(random_values) → return sum(falls[1:]) / len(random_values) - falls[0]
        before - log_odds(changed) → log_odds(changed) - before
    the probability: It compares probabilities. From 0.98 to 0.99 the odds double.
        Which of the two measures hides that?
        (logits[target] - others.logsumexp(dim=0)) → logits.softmax(dim=0)[target]
    the logarithm of the probability: It compares logarithms of the probability. What are the odds, besides p?
        (logits[target] - others.logsumexp(dim=0)) → logits.log_softmax(dim=0)[target]
    the score: It compares scores. Log-odds also know the other classes. Which part of the formula speaks of them?
        logits[target] - others.logsumexp(dim=0) → logits[target]
    odds: It compares odds, without their logarithm. What makes a difference out of a ratio?
        others.logsumexp(dim=0)) → others.logsumexp(dim=0)).exp()
    another class: def log_odds(shown): → target = target - 1\n\n    def log_odds(shown):
    black squares: The squares are filled with one colour. What does the docstring put in their place?
        = filler[:, down, across] → = 0 | = 0.5 | = 1
    all but these: What the map names stays, and all else is deleted. Which squares does the test take away?
        changed = image.clone() → changed = filler.clone() && = filler[:, down, across] → = image[:, down, across]
    the rounding: Another number of squares is deleted. How does the docstring round?
        round(share * order.numel()) → int(share * order.numel()) | round(share * order.numel()) + 1
    the same number whatever the share: One square is deleted, or all of them. Where is share used?
        round(share * order.numel()) → 1 | order.numel()
    rows and columns swapped: place // order.shape[1] → place // order.shape[0] &&
            place % order.shape[1] → place % order.shape[0]
    squares of another size: The squares are too large or too small. How many pixels has one, if there are
        as many as values has numbers?
        slice(top, top + side), slice(left, left + side) → slice(top, top + 1), slice(left, left + 1)
""")
