"""A part of the way to what a denoiser expects."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.sheet08_learn_an_opinion.denoising_loss import Smooth


def cases(draw):
    for n, dtype, sigma, weight in ((2, torch.float32, 0.7, 0.3), (3, torch.float64, 0.2, 0.8)):
        yield draw.normal(n, 1, 6, 5, dtype=dtype).requires_grad_(), Smooth(draw, dtype), sigma, weight


@exercise(cases)
def denoised_step(image, denoiser, sigma, weight):
    x = image.detach()
    with torch.no_grad():
        return x + weight * (denoiser(x, sigma) - x)


denoised_step.answers("""
    away from it: The step leads away from the denoised image. Where does D(x, σ) − x point to?
        (denoiser(x, sigma) - x) → (x - denoiser(x, sigma))
    all the way: It goes all the way, whatever weight says. How far is weight of the way?
        weight * →
    the weights are swapped: The image and the denoised image have each other's weight. Which one does weight 0 leave?
        return … → return weight * x + (1 - weight) * denoiser(x, sigma)
    the image is not taken away: The denoised image is added to the whole image. How long is the way, and from where?
        (denoiser(x, sigma) - x) → denoiser(x, sigma)
    only the change: x + weight → weight
    sigma is not handed on: The denoiser is told another strength than sigma.
        What does it need to know beside the image?
        denoiser(x, sigma) → denoiser(x, weight) | denoiser(x, 1.0)
    divided by the noise: The step is divided by σ², so that it is the score of Tweedie's formula.
        Here the step is a part of the way.
        weight * → weight / sigma**2 *
    clamped: return … → return (x + weight * (denoiser(x, sigma) - x)).clamp(0, 1)
    the graph is kept: x = image.detach() → x = image && with torch.no_grad(): → if True:
        forbid: any(call.result.graph for call in got)
    hard-coded batch size: denoiser(x, sigma) → denoiser(x[:1], sigma)
    changes its input: return … → return x.add_(weight * (denoiser(x, sigma) - x))
""")
