"""Noise of a given strength."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for dtype, sigma in ((torch.float32, 0.7), (torch.float32, 0.2), (torch.float64, 1.6)):
        generator = torch.Generator().manual_seed(draw.whole(1, 10**6))
        yield draw.uniform(2, 1, 6, 5, dtype=dtype), sigma, generator


@exercise(cases)
def add_noise(images, sigma, generator):
    noise = torch.randn(images.shape, generator=generator, dtype=images.dtype)
    return images + sigma * noise


add_noise.answers("""
    not from the generator: The random numbers do not come from generator.
        The same seed is to give the same noise. Who hands the generator on?
        when: "global.random" in got[0].after
        , generator=generator →
    the same noise for all: All images of the batch get the same noise. Of which shape is it to be drawn?
        images.shape, → images.shape[1:],
    without its strength: The noise has always the same strength. What does sigma stand for?
        sigma * noise → noise
    the variance: sigma is the standard deviation of the noise, not its variance.
        By what is a number with standard deviation 1 multiplied, to have the standard deviation sigma?
        sigma * noise → sigma**0.5 * noise | sigma**2 * noise
    not a bell: The noise is spread evenly. randn draws around 0 with standard deviation 1; what does rand draw?
        torch.randn( → torch.rand(
    one number for all pixels: Each image gets one random number. Every pixel has its own.
        images.shape, → (len(images), 1, 1, 1),
    drawn in another dtype: The noise is drawn in float32 and rounded. The docstring says in which dtype it is drawn.
        , dtype=images.dtype →
    the images fade: The images become weaker as the noise grows. Here they stay as strong as they are.
        return images + → return (1 - sigma**2 / 4) * images + | return images / (1 + sigma**2) ** 0.5 +
    only the noise: It returns the noise without the images. What is it added to?
        images + sigma * noise → sigma * noise
    clamped: images + sigma * noise → (images + sigma * noise).clamp(0, 1)
    changes its input: images + sigma * noise → images.add_(sigma * noise)
""")
