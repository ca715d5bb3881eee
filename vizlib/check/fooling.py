"""Checks for notebook 06, fool the network."""

import torch
from torch.nn.functional import cross_entropy

from vizlib.check import sample
from vizlib.check.core import Case, exercise, like

TARGET = 3


def _slope(model, image, loss):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(loss(model(image)).sum(), image)[0]


def _loss(logits):
    return cross_entropy(logits, torch.full((len(logits),), TARGET), reduction="none")


def _one_blind(dtype):
    """A network that does not see one of the colours: there the gradient is zero, and so is its sign."""
    model = sample.Net(dtype=dtype)
    model.features[0].weight[:, 1] = 0
    return model


@exercise(lambda model, image, label, epsilon: ...)
def fgsm(trial):
    epsilon = 0.15
    for n, dtype in ((2, torch.float32), (1, torch.float64)):
        model, image = _one_blind(dtype), sample.uniform(n, 3, 6, 5, low=0.02, high=0.98, dtype=dtype)
        slope, score = _slope(model, image, _loss), _slope(model, image, lambda z: z[:, TARGET])

        def step(direction, size=epsilon, image=image):
            return (image + size * direction).clamp(0, 1)

        got = trial.call(model, image, TARGET, epsilon)
        trial.expect(
            got,
            step(slope.sign()),
            Case("downhill", "The step makes the label more likely.",
                 "To get away from the label its loss has to rise: which sign?", like(step(-slope.sign()))),
            Case("not clamped", "Some pixels are below 0 or above 1.", "Clamp to [0, 1] after the step.",
                 like(image + epsilon * slope.sign(), image.clamp(0, 1) + epsilon * slope.sign())),
            Case("no sign", "Pixels move by different amounts.", "The S in FGSM: only the sign of the gradient counts.",
                 like(step(slope), image + epsilon * slope, step(slope / slope.norm()),
                 step(slope / slope.abs().max()))),
            Case("the score", "That follows the score, not the loss.",
                 "The cross-entropy also knows the other classes; its gradient is another one.",
                 like(step(score.sign()), step(-score.sign()))),
            Case("softmax twice", "The loss was computed from probabilities.", "cross_entropy wants logits.",
                 like(step(_slope(model, image, lambda z: _loss(z.softmax(1))).sign()))),
            Case("another class", "That is the loss of another class.", "Classes count from 0.",
                 like(*(step(_slope(model, image, lambda z, c=c: -z.log_softmax(1)[:, c]).sign()) for c in range(5)))),
            Case("epsilon ignored", "The step does not have the size epsilon.", "Each pixel moves by epsilon.",
                 like(step(slope.sign(), 1), step(slope.sign(), epsilon / 255))),
            Case("only the change", "It returns the change without the image.", "Add it to the image.",
                 like(epsilon * slope.sign(), (epsilon * slope.sign()).clamp(0, 1))),
            Case("hard-coded batch size", "Only the first image was changed.", "Every image has a label: repeat it.",
                 lambda got,
                 image=image: len(image) > 1 and got.shape == image.shape and torch.equal(got[1], image[1])),
        )  # fmt: skip
        trial.no_graph(got)


@exercise(lambda model, image, target, step: ...)
def targeted_step(trial):
    size = 0.15
    for n, dtype in ((2, torch.float32), (1, torch.float64)):
        model, image = _one_blind(dtype), sample.uniform(n, 3, 6, 5, low=0.02, high=0.98, dtype=dtype)
        slope, score = _slope(model, image, _loss), _slope(model, image, lambda z: z[:, TARGET])
        right = image - size * slope.sign()
        got = trial.call(model, image, TARGET, size)
        trial.expect(
            got,
            right,
            Case("away from the target", "The step makes the target less likely.",
                 "The loss of the target is to fall: which sign?", like(image + size * slope.sign())),
            Case("clamped", "The pixels were clamped.", "Here the step is left as it is; the projection comes next.",
                 like(right.clamp(0, 1), right.clamp(-1, 1))),
            Case("no sign", "Pixels move by different amounts.", "Only the sign of the gradient counts.",
                 like(image - size * slope, image - size * slope / slope.norm())),
            Case("the score", "That follows the score, not the loss.",
                 "The loss of the target also falls when the other scores fall; its gradient is another one.",
                 like(image + size * score.sign(), image - size * score.sign())),
            Case("softmax twice", "The loss was computed from probabilities.", "cross_entropy wants logits.",
                 like(image - size * _slope(model, image, lambda z: _loss(z.softmax(1))).sign())),
            Case("only the step", "It returns the step without the image.", "Take it from the image.",
                 like(-size * slope.sign())),
            Case("step ignored", "The step does not have the size step.", "Each pixel moves by step.",
                 like(image - slope.sign())),
            Case("another class", "That is the loss of another class.", "Classes count from 0.",
                 like(*(image - size * _slope(model, image, lambda z, c=c: -z.log_softmax(1)[:, c]).sign()
                        for c in range(5)))),
            Case("hard-coded batch size", "Only the first image was changed.", "Every image has the target: repeat it.",
                 lambda got,
                 image=image: len(image) > 1 and got.shape == image.shape and torch.equal(got[1], image[1])),
        )  # fmt: skip
        trial.no_graph(got)


@exercise(lambda adversarial, original, epsilon: ...)
def project_linf(trial):
    epsilon = 0.1
    for dtype in (torch.float32, torch.float64):
        original = sample.uniform(2, 3, 6, 5, low=0.0, high=1.0, dtype=dtype)
        adversarial = original + sample.normal(2, 3, 6, 5, scale=0.15, dtype=dtype)
        change = (adversarial - original).clamp(-epsilon, epsilon)
        both = (original + change).clamp(0, 1)
        got = trial.call(adversarial, original, epsilon)
        trial.expect(
            got,
            both,
            Case("not clamped to [0, 1]", "Some pixels are below 0 or above 1.",
                 "An image has values in [0, 1] as well.",
                 like(original + change)),
            Case("epsilon ignored", "Some pixels are further than epsilon from the original.",
                 "Both limits hold: within epsilon of the original, and within [0, 1].", like(adversarial.clamp(0, 1))),
            Case("clamped before instead of after", "The first limit is broken again by the second.",
                 "Limit the change first, add it to the original, and then limit the pixels.",
                 like(original + (adversarial.clamp(0, 1) - original).clamp(0, epsilon),
                      (original.clamp(0, 1) + change), adversarial.clamp(0, 1) - original)),
            Case("only the change", "It returns the change without the original.", "Add it to the original.",
                 like(change, change.clamp(0, 1))),
            Case("around the wrong image", "The limits are drawn around the adversarial image.",
                 "Stay near the original.",
                 like(original.clamp(adversarial - epsilon, adversarial + epsilon), (adversarial - change).clamp(0, 1),
                      original.clamp(adversarial - epsilon, adversarial + epsilon).clamp(0, 1))),
            Case("one side only", "The change is limited on one side only.",
                 "It may be no more than epsilon, up or down.",
                 like((original + (adversarial - original).clamp_max(epsilon)).clamp(0, 1),
                      (original + (adversarial - original).clamp_min(-epsilon)).clamp(0, 1),
                      (original + (adversarial - original).clamp(0, epsilon)).clamp(0, 1))),
            Case("another distance", "The change is limited as a whole, not pixel by pixel.",
                 "L∞ is the largest change of any pixel: each has its own limit.",
                 lambda got, both=both: got.shape == both.shape),
        )  # fmt: skip
        trial.no_graph(got)


@exercise(lambda model, image, target, epsilon, step, steps: ...)
def pgd(trial):
    epsilon, step, steps = 0.1, 0.04, 5
    image = sample.uniform(2, 3, 6, 5, low=0.02, high=0.98)
    model = _one_blind(torch.float32)
    model.budget = 2 * (3 * steps + 10)
    got = trial.call(model, image, TARGET, epsilon, step, steps)
    model.budget, graphs = 100_000, model.graphs[:]

    def around(new, centre, limits=(0, 1)):
        return (centre + (new - centre).clamp(-epsilon, epsilon)).clamp(*limits)

    def attack(loss=_loss, size=step, steps=steps, project=lambda new, old: around(new, image), direction=torch.sign):
        new = image
        for _ in range(steps):
            new = project(new - size * direction(_slope(model, new, loss)), new)
        return new

    trial.expect(
        got,
        attack(),
        Case("away from the target", "The steps make the target less likely.", "The loss of the target is to fall.",
             like(lambda: attack(size=-step))),
        Case("not projected", "Some pixels are further than epsilon from the original, or outside [0, 1].",
             "Project after every step: within epsilon of the original (not of the image before the step), and "
             "within [0, 1].",
             like(lambda: attack(project=lambda new, old: new),
             lambda: attack(project=lambda new, old: new.clamp(0, 1)),
                  lambda: attack(project=lambda new, old: around(new, old)),
                  lambda: attack(project=lambda new, old: around(new, image, (-9, 9))))),
        Case("projected only at the end", "The projection comes once, after all steps.", "Project after every step.",
             like(lambda: around(attack(project=lambda new, old: new), image),
                  lambda: around(attack(project=lambda new, old: new.clamp(0, 1)), image))),
        Case("the number of steps", "It does not make exactly steps steps.", "range(steps) gives steps of them.",
             like(*(lambda n=n: attack(steps=n) for n in (0, 1, steps - 1, steps + 1, 20)))),
        Case("the wrong size", "The steps do not have the size step.",
             "epsilon limits the sum of the steps; step is each one.",
             like(lambda: attack(size=epsilon), lambda: attack(size=epsilon / steps), lambda: attack(size=1))),
        Case("no sign", "Pixels move by different amounts.", "Only the sign of the gradient counts.",
             like(lambda: attack(direction=lambda g: g))),
        Case("the score", "The steps follow the score, not the loss.", "Use the cross-entropy of the target.",
             like(lambda: attack(loss=lambda z: -z[:, TARGET]), lambda: attack(loss=lambda z: z[:, TARGET]))),
        Case("not from the image", "It does not start from the image itself.",
             "No random start: the first step leaves from the original.", lambda got: got.shape == image.shape),
    )  # fmt: skip
    trial.no_graph(got, graphs)


class _Brightness(torch.nn.Module):
    """Says 1 if the mean of an image is above a threshold and 2 if not; how surely, depends on ``gain``."""

    def __init__(self, threshold, gain):
        super().__init__()
        self.threshold, self.gain = threshold, gain

    def forward(self, images):
        above = (images.mean((1, 2, 3)) - self.threshold) * self.gain
        return torch.stack([above * 0 - 1, above, -above, above.abs() * 0.9], 1)


@exercise(lambda model, image, target: ...)
def survives_saving(trial):
    levels = torch.randint(20, 230, (1, 3, 6, 5), generator=torch.Generator().manual_seed(1))
    up, down = (levels + part * torch.ones(1) for part in (0.7, 0.3))  # these round up, and those down
    middle = levels.float().mean() / 255
    # Image, threshold, target, answer, and what an answer that is wrong here does.
    never = Case("not rounded", "Before it is saved the image has this class, but not after.",
                 "A file has 256 levels: 0/255, 1/255, … 255/255. Round the pixels to them before you "
                 "ask.")  # fmt: skip
    cut = Case("cut off instead of rounded", "The pixels were cut off, not rounded to the nearest level.",
               "Converting to uint8 drops what is behind the point. Round first.")  # fmt: skip
    scale = Case("levels instead of pixels", "The network got values up to 255, or another number of levels.",
                 "After rounding, bring the image back to [0, 1]: divide by 255.")  # fmt: skip
    plain = Case("the wrong question", "The answer is wrong where rounding does not matter.",
                 "Is the target the class with the highest score?")  # fmt: skip
    cases = [
        (up, middle - 0.1, 1, True, plain),
        (up, middle - 0.1, 2, False, plain),
        (up, middle + 0.1, 1, False, scale),
        (up, middle + 0.1, 2, True, plain),
        (up, middle + 0.5 / 255, 1, True, cut),
        (up, middle + 0.5 / 255, 2, False, cut),
        (up, middle + 0.85 / 255, 1, True, never),
        (down, middle + 0.15 / 255, 1, False, never),
        (down, middle + 0.15 / 255, 2, True, never),
    ]
    for image, threshold, target, expected, case in cases:
        for gain in (1e5, 1.0):
            got = trial.call(_Brightness(threshold, gain), image / 255, target)
            sure = Case("only if it is sure", "The class comes first, but with a low probability.",
                        "The question is which class comes first, however surely.")  # fmt: skip
            trial.expect(got, expected, sure if gain == 1.0 and expected else case)
