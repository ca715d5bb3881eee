"""SmoothGrad: where a score hangs on the pixels, averaged over noisy copies of the image."""

import torch
from torch.nn.functional import adaptive_avg_pool2d

from vizlib.check.exercise import exercise
from vizlib.check.sample import Net


class Wavy(Net):
    """A classifier whose gradient changes its sign from one noisy copy of an image to the next."""

    def answer(self, images):
        return self.classify(adaptive_avg_pool2d(torch.sin(2 * self.features(images)), 2).flatten(1))


def cases(draw):
    for count, target, dtype in ((4, 3, torch.float32), (3, 1, torch.float64)):
        image = draw.uniform(3, 6, 5, low=0.02, high=0.98, dtype=dtype)
        noise = draw.normal(count, 3, 6, 5, scale=0.4, dtype=dtype)
        yield Wavy(draw, dtype=dtype), image, target, noise


@exercise(cases)
def smoothed_map(model, image, target, noise):
    noisy = (image + noise).clamp(0, 1).requires_grad_()
    gradients = torch.autograd.grad(model(noisy)[:, target].sum(), noisy)[0]
    return gradients.mean(dim=0).abs().amax(dim=0)


smoothed_map.answers("""
    nothing cancels: The absolute value comes before the mean over the noises, so nothing cancels.
        What is the mean of +2 and −2, and what is the mean of their absolute values?
        .mean(dim=0).abs().amax(dim=0) → .abs().mean(dim=0).amax(dim=0) | .abs().amax(dim=1).mean(dim=0)
    the sign counts: A colour that lowers the score counts for less than one without effect.
        A strong effect is far from 0, on either side. What do you compare?
        .abs().amax → .amax
        .abs().amax(dim=0) → .amax(dim=0).abs()
    the colours are added: It adds up the three colours, or takes their mean.
        Which of them is asked for?
        .abs().amax(dim=0) → .abs().sum(dim=0) | .abs().mean(dim=0) | .sum(dim=0).abs() | .norm(dim=0)
    no noise: It takes the gradient for the image as it is. Which images is the network to be shown?
        (image + noise) → image.expand_as(noise)
    the mean noise: The network sees one image, with the mean of all noises.
        Noise that is averaged nearly vanishes. What is to be averaged, the noise or the gradients?
        image + noise → image + noise.mean(dim=0, keepdim=True)
    only one of the noises: Only one of the noisy copies counts. What becomes of the gradients of the others?
        gradients.mean(dim=0) → gradients[-1] | gradients[0]
    through the clamp: Where a noisy pixel was cut to 0 or 1, its gradient is lost.
        Do you ask for the gradient with respect to the pixels before they are cut, or to those that the network sees?
        (image + noise).clamp(0, 1) → (image + noise) && model(noisy) → model(noisy.clamp(0, 1))
    not clamped to [0, 1]: (image + noise).clamp(0, 1) → (image + noise) | image.clamp(0, 1) + noise
    the probability: model(noisy) → model(noisy).softmax(1)
    cross-entropy: model(noisy) → model(noisy).log_softmax(1)
    another class: :, target → :, 0 | :, target - 1
    all classes: The scores of all classes were added up. Which of them is the map about?
        [:, target].sum() → .sum()
    sum instead of mean: gradients.mean(dim=0) → gradients.sum(dim=0)
    divided twice: The map is too faint: it is divided by the number of noises twice.
        A mean of the scores and a mean of the gradients: which of the two do you need?
        [:, target].sum() → [:, target].mean()
    gradients are never zeroed: gradients.mean(dim=0) → gradients.cumsum(dim=0).mean(dim=0)
    times the image: The gradient is multiplied by the image. That is another map. Which one does the formula ask for?
        gradients.mean(dim=0) → (gradients.mean(dim=0) * image) | (gradients * noisy.detach()).mean(dim=0)
    scaled: The map is scaled to [0, 1]. Maps of two classes are to be compared: leave the values as they are.
        .abs().amax(dim=0) → .abs().amax(dim=0) / gradients.mean(dim=0).abs().max()
    changes its input: (image + noise) → (noise.add_(image))
    another shape: .amax(dim=0) → .amax(dim=0, keepdim=True)
""")
