"""Back to within ε of the original, by the length of the whole change."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for dtype, lengths in ((torch.float32, (4.0, 0.1)), (torch.float64, (0.3, 0.0)), (torch.float32, (0.2, 5.0))):
        original, change = (
            draw.uniform(2, 3, 6, 5, low=0.0, high=1.0, dtype=dtype),
            draw.normal(2, 3, 6, 5, dtype=dtype),
        )
        length = torch.tensor(lengths, dtype=dtype) / change.flatten(1).norm(dim=1)
        change = change * length.view(2, 1, 1, 1)
        yield original + change, original, 200


@exercise(cases)
def project_l2(adversarial, original, epsilon):
    change = adversarial - original
    length = change.flatten(1).norm(dim=1).clamp_min(1e-12)
    shorter = (epsilon / 255 / length).clamp_max(1).view(-1, 1, 1, 1)
    return (original + shorter * change).clamp(0, 1)


project_l2.answers("""
    short changes grow: A change that is short enough is made as long as epsilon. What may stay as it is?
        clamp_max(1) → clamp_min(0) | clamp_min(1)
    not limited: A change that is longer than epsilon stays as it is.
        Is it the length of the whole change that you compare, and in the unit that epsilon has?
        return … → return adversarial.clamp(0, 1)
        norm(dim=1) → square().mean(1).sqrt()
        epsilon / 255 / length → epsilon / length
        return … → return (original + change.clamp(-epsilon / 255, epsilon / 255)).clamp(0, 1)
    one length for the batch: change.flatten(1).norm(dim=1) → change.norm()
    pixel by pixel: Each pixel is limited by itself. L2 is the length of the whole change.
        change.flatten(1).norm(dim=1) → change.norm(dim=1, keepdim=True) && .view(-1, 1, 1, 1) →
    another length: norm(dim=1) → square().sum(1) | abs().sum(1) | abs().amax(1)
    not clamped to [0, 1]: change).clamp(0, 1) → change)
    clamped before: The pixels are cut first, and the change measured after that.
        The docstring says what is limited first.
        adversarial - original → adversarial.clamp(0, 1) - original
    0/0: No change at all gives nan. 0/0 is nan. What keeps the divisor above 0?
        .clamp_min(1e-12) → && (epsilon / 255 / length).clamp_max(1) → (length.clamp_max(epsilon / 255) / length)
    only the change: original + shorter → shorter
    around the wrong image: (original + shorter → (adversarial - shorter
    the unit of epsilon: epsilon / 255 → epsilon / 255**2 | epsilon / 256
    changes its input: change = adversarial - original → change = adversarial.sub_(original)
""")
