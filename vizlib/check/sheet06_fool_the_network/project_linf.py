"""Back to within ε of the original, pixel by pixel."""

import torch

from vizlib.check.exercise import exercise


def inputs(draw):
    for dtype in (torch.float32, torch.float64):
        original = draw.uniform(2, 3, 6, 5, low=0.0, high=1.0, dtype=dtype)
        yield original + draw.normal(2, 3, 6, 5, scale=0.15, dtype=dtype), original, 25


@exercise(inputs)
def project_linf(adversarial, original, epsilon):
    change = (adversarial - original).clamp(-epsilon / 255, epsilon / 255)
    return (original + change).clamp(0, 1)


project_linf.bug(
    "not clamped to [0, 1]",
    "Some pixels are below 0 or above 1.",
    "There are two limits. Which are they?",
    "(original + change).clamp(0, 1) → original + change",
    "(original + change).clamp(0, 1) → original.clamp(0, 1) + change",
)
project_linf.bug(
    "epsilon ignored",
    "Some pixels are further than epsilon from the original.",
    "There are two limits. Which are they, and in which unit does epsilon count?",
    "return → return adversarial.clamp(0, 1) #",
    "(-epsilon / 255, epsilon / 255) → (-epsilon, epsilon)",
)
project_linf.bug(
    "only the change",
    "It returns the change without the original.",
    "What is changed by it?",
    "(original + change) → change",
    "(original + change).clamp(0, 1) → change",
)
project_linf.bug(
    "around the wrong image",
    "The limits are drawn around the adversarial image.",
    "To which image shall it stay near?",
    "(original + change) → (adversarial - change)",
    "return → return original.clamp(adversarial - epsilon / 255, adversarial + epsilon / 255) #",
    "return → return original.clamp(adversarial - epsilon / 255, adversarial + epsilon / 255).clamp(0, 1) #",
)
project_linf.bug(
    "one side only",
    "The change is limited on one side only.",
    "It may be no more than epsilon, up or down.",
    "clamp(-epsilon / 255, → clamp(-2,",
    "clamp(-epsilon / 255, epsilon / 255) → clamp_min(-epsilon / 255)",
    "clamp(-epsilon → clamp(0 * epsilon",
)
project_linf.bug(
    "the unit of epsilon",
    "The limit is 255 times too wide, or too narrow.",
    "epsilon counts in the levels of an 8-bit pixel.",
    "(-epsilon / 255, epsilon / 255) → (-epsilon / 255**2, epsilon / 255**2)",
    "(-epsilon / 255, epsilon / 255) → (-epsilon / 256, epsilon / 256)",
)
project_linf.bug(
    "another distance",
    "The change is limited as a whole, not pixel by pixel.",
    "L∞ is the largest change of any pixel.",
    "change = (adversarial - original).clamp(-epsilon / 255, epsilon / 255) → change = adversarial - "
    "original; "
    "change = change * (epsilon / 255 / change.norm()).clamp_max(1)",
    "change = (adversarial - original).clamp(-epsilon / 255, epsilon / 255) → change = adversarial - "
    "original; "
    "change = change * (epsilon / 255 / change.abs().max()).clamp_max(1)",
    "change = (adversarial - original).clamp(-epsilon / 255, epsilon / 255) → change = adversarial - "
    "original; "
    "change = change * (epsilon / 255 / change.flatten(1).norm(dim=1)).clamp_max(1).view(-1, 1, 1, 1)",
)
project_linf.earns(
    "changes its input", "return → adversarial.copy_(original + change).clamp_(0, 1); return adversarial #"
)
project_linf.also(
    "return → return adversarial.clamp((original - epsilon / 255).clamp_min(0), (original + epsilon / "
    "255).clamp_max(1)) #",
    "return → return original + (adversarial.clip(0, 1) - original).clip(-epsilon / 255, epsilon / 255) #",
)
