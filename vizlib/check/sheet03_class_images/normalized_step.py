"""A step of known length for each image."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    # Lengths that differ by a thousand, and one that is zero.
    for scales in ((3.0, 0.1), (3e-3, 1e-5), (0.2, 0.0)):
        gradient = draw.normal(2, 3, 6, 5) * torch.tensor(scales).view(2, 1, 1, 1)
        yield draw.uniform(2, 3, 6, 5), gradient, 0.7


@exercise(cases, tolerance=1e-3)
def normalized_step(image, gradient, lr):
    length = gradient.flatten(1).norm(dim=1).clamp_min(1e-12)
    return image.detach() + lr * gradient / length.view(-1, 1, 1, 1)


normalized_step.answers("""
    downhill: + lr → - lr
    one length for the batch: gradient.flatten(1).norm(dim=1) → gradient.norm()
    not normalized: / length.view(-1, 1, 1, 1) →
        lr * gradient / length.view(-1, 1, 1, 1) → gradient
    another length: norm(dim=1) → norm(dim=1).square() | abs().amax(1) | abs().sum(1) | std(1) | square().mean(1).sqrt()
        gradient / length.view(-1, 1, 1, 1) → gradient.sign()
    piece by piece: Each channel, row or pixel was normalized by itself. There is one length for the whole image.
        gradient / length.view(-1, 1, 1, 1) → torch.nn.functional.normalize(gradient, dim=1) |
            torch.nn.functional.normalize(gradient, dim=3) | torch.nn.functional.normalize(gradient, dim=(2, 3))
    without the learning rate: lr * →
    only the step: image.detach() + →
    0/0: .clamp_min(1e-12) →
    the number against 0/0 is too large: A short gradient gives a step that is much shorter than lr.
        What is the shortest gradient that you still want to hear? The docstring says.
        when: (got[0].result.plain - right[0].result.plain).abs().max() < 1e-3
        clamp_min(1e-12) → clamp_min(1e-3) | add(1e-4) | add(1e-6)
    changes its input: return image.detach() + … → image += lr * gradient / length.view(-1, 1, 1, 1); return image
""")
