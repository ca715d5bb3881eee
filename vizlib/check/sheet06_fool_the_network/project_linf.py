"""Back to within ε of the original, pixel by pixel."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for dtype in (torch.float32, torch.float64):
        original = draw.uniform(2, 3, 6, 5, low=0.0, high=1.0, dtype=dtype)
        yield original + draw.normal(2, 3, 6, 5, scale=0.15, dtype=dtype), original, 25


@exercise(cases)
def project_linf(adversarial, original, epsilon):
    change = (adversarial - original).clamp(-epsilon / 255, epsilon / 255)
    return (original + change).clamp(0, 1)


project_linf.answers("""
    not clamped to [0, 1]: (original + change).clamp(0, 1) → original + change | original.clamp(0, 1) + change
    epsilon ignored: Some pixels are further than epsilon from the original.
        There are two limits. Which are they, and in which unit does epsilon count?
        return … → return adversarial.clamp(0, 1)
        (-epsilon / 255, epsilon / 255) → (-epsilon, epsilon)
    only the change: (original + change) → change
        (original + change).clamp(0, 1) → change
    around the wrong image: (original + change) → (adversarial - change)
        return … → return original.clamp(adversarial - epsilon / 255, adversarial + epsilon / 255) |
            return original.clamp(adversarial - epsilon / 255, adversarial + epsilon / 255).clamp(0, 1)
    one side only: The change is limited on one side only. It may be no more than epsilon, up or down.
        clamp(-epsilon / 255, → clamp(-2, | clamp(0,
        clamp(-epsilon / 255, epsilon / 255) → clamp_min(-epsilon / 255)
    the unit of epsilon: (-epsilon / 255, epsilon / 255) → (-epsilon / 255**2, epsilon / 255**2)
        (-epsilon / 255, epsilon / 255) → (-epsilon / 256, epsilon / 256)
    another distance: The change is limited as a whole, not pixel by pixel. L∞ is the largest change of any pixel.
        .clamp(-epsilon / 255, epsilon / 255) → && return → change = change * (epsilon / 255 / change.norm()); return |
            change = change * (epsilon / 255 / change.abs().max()).clamp_max(1); return |
            change = change * (epsilon / 255 / change.flatten(1).norm(dim=1)).clamp_max(1)[:, None, None, None]; return
    changes its input: return … → adversarial.copy_(original + change).clamp_(0, 1); return adversarial
""")
