"""What other networks say of an image."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    image = draw.uniform(1, 3, 6, 5)
    for count in (3, 2):
        yield image.requires_grad_(), 3, [draw.net(gain=0.7) for _ in range(count)]


@exercise(cases)
def second_opinion(image, target, models):
    with torch.no_grad():
        return [model(image).softmax(dim=1)[0, target].item() for model in models]


second_opinion.answers(r"""
    the score: It returns the logit. Scores of two networks cannot be compared. What can?
        .softmax(dim=1) →
    the wrong axis: The softmax runs over the images, of which there is one: each class gets 1.
        The probabilities of one image add up to 1. Along which axis?
        softmax(dim=1) → softmax(dim=0)
    another class: [0, target] → [0, 0] | [0, target - 1] | .max()
    only a verdict: It says whether the class comes first, not how sure the network is.
        A probability lies anywhere between 0 and 1.
        model(image).softmax(dim=1)[0, target].item() → float(model(image).argmax().item() == target)
    not a plain Python float: target].item() → target]
    not a list: return [ → return torch.stack([ && target].item() for model in models] → target] for model in models])
""")
