"""Whether the class is still the first one after the image was saved with 8 bits."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.sample import Logged


class Brightness(Logged):
    """Says 1 if the mean of an image is above a threshold and 2 if not; how surely, depends on ``gain``."""

    def __init__(self, threshold, gain):
        super().__init__()
        self.threshold, self.gain = threshold, gain

    def answer(self, images):
        above = (images.mean((1, 2, 3)) - self.threshold) * self.gain
        return torch.stack([-2 * above.abs(), above, -above, 0.9 * above.abs()], 1)


def cases(draw):
    levels = draw.whole(20, 110, 1, 3, 6, 5)  # all in the lower half: what rounds the pixels to 0 or 1 sees black
    up, down = ((levels + part) / 255 for part in (0.7, 0.3))  # these round up, and those down
    middle = levels.double().mean().item() / 255
    # The first two are far from the threshold; in the others rounding decides, or another number of levels.
    cases = [(up, -25.5), (up, 25.5), (up, 0.5), (down, 0.15), (up, 0.85)]
    for gain in (1e5, 1.0):
        for image, levels_up in cases:
            for target in (1, 2):
                yield Brightness(middle + levels_up / 255, gain), image.clone(), target


@exercise(cases)
def survives_saving(model, image, target):
    saved = (image * 255).round() / 255
    return model(saved).argmax(dim=1).item() == target


survives_saving.answers("""
    cut off instead of rounded: The pixels were cut off, not rounded to the nearest level.
        What does a conversion to uint8 do with 0.7?
        .round() → .to(torch.uint8).float()
    not rounded: Before it is saved the image has this class, but not after.
        A file has 256 levels. What happens to a pixel between two of them?
        model(saved) → model(image)
        255).round() / 255 → 2550).round() / 2550
    levels instead of pixels: The network got values up to 255, or another number of levels.
        Which values does the network expect?
        .round() / 255 → .round()
        (image * 255).round() / 255 → image.round()
    only if it is sure: The class comes first, but with a low probability.
        The question is which class comes first, however surely.
        model(saved).argmax(dim=1).item() == target → model(saved).softmax(1)[0, target].item() > 0.5
    the wrong question: The answer is wrong where rounding does not matter.
        Is the target the class with the highest score?
        when: any(a.result.data != b.result.data for a, b in zip(got[:4], right))
        == target → != target | == target - 1 | == model(image).argmax().item()
        return … → return True | return False
    not True or False: .item() →
        return model(saved).argmax(dim=1).item() == target → return int(model(saved).argmax(dim=1).item() == target)
    changes its input: (image * 255).round() / 255 → image.mul_(255).round_().div_(255)
""")
