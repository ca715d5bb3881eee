"""The mean square of what denoising leaves wrong."""

import torch
from torch import nn

from vizlib.check.exercise import exercise
from vizlib.check.sample import Logged


class Smooth(Logged):
    """A denoiser D(x, σ) for images of one channel: a filter, a curve, and less of it where the noise is strong."""

    def __init__(self, draw, dtype=torch.float32):
        super().__init__(channels=1, budget=50)
        self.filter = nn.Conv2d(1, 1, 3, padding=1)
        self.ready(draw, 0.4, dtype)

    def forward(self, images, sigma):
        self.sigma = float(sigma)
        return super().forward(images)

    def answer(self, images):
        return 0.3 + torch.tanh(self.filter(images)) / (1 + self.sigma)


def cases(draw):
    for n, dtype, sigma in ((2, torch.float32, 0.7), (3, torch.float64, 0.3)):
        generator = torch.Generator().manual_seed(draw.whole(1, 10**6))
        images = draw.uniform(n, 1, 6, 5, dtype=dtype)
        yield Smooth(draw, dtype), images.requires_grad_(), sigma, generator


@exercise(cases, gradient_to=("images",))
def denoising_loss(denoiser, images, sigma, generator):
    noise = torch.randn(images.shape, generator=generator, dtype=images.dtype)
    noisy = images + sigma * noise
    return (denoiser(noisy, sigma) - images).square().mean()


denoising_loss.answers("""
    not from the generator: The random numbers do not come from generator.
        The same seed is to give the same noise. Who hands the generator on?
        when: "global.random" in got[0].after
        , generator=generator →
    the noisy images are the aim: The result is compared with the noisy images.
        A network that does nothing would be perfect then. What is it to find?
        - images) → - noisy)
    no noise: The denoiser is shown the clean images. What is there to take away?
        denoiser(noisy → denoiser(images
    the noise is the aim: The result is compared with the noise.
        There are networks that put out the noise. What does this one put out?
        - images) → - noise) | - sigma * noise)
    without its strength: The noise has always the same strength. What does sigma stand for?
        sigma * noise → noise
    sigma is not handed on: The denoiser is told another strength than the noise has. Which two places need sigma?
        denoiser(noisy, sigma) → denoiser(noisy, 1.0) | denoiser(noisy, sigma**2)
    sum instead of mean: mean() → sum()
        .square().mean() → .square().flatten(1).sum(1).mean()
    the errors are not squared: The errors are not squared, or a root was taken at the end.
        Is there a root, or an absolute value, in the formula?
        square().mean() → abs().mean() | square().mean().sqrt()
    each image by itself: It returns one number for each image. The loss is one number, over all of them.
        .mean() → .flatten(1).mean(1)
    hard-coded batch size: .square().mean() → [0].square().mean()
    the gradient is cut off: return → return ( && square().mean() → square().mean()).detach()
""")
