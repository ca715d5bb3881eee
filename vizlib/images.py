"""How an image is made of parameters: what the gradient moves need not be the pixels themselves."""

import torch

from vizlib import inputs

# How the three colour channels vary together in natural images (Olah et al. 2017, "Feature Visualization"): the
# square root of their covariance. Its columns are brightness, blue–red and green–magenta, the two colours doubled,
# because at natural strength the pictures come out grey.
COLOUR = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOUR = COLOUR / COLOUR.norm(dim=0).max() * torch.tensor([1.0, 2.0, 2.0])


class PixelImage:
    """The pixels themselves, as the distance from grey. Zero is grey (0.5), and a new image is all zeros.

    Args:
        size: side in pixels, or ``(height, width)``.
        batch: how many images.
        start: an image to start from, ``(C, H, W)`` or ``(batch, C, H, W)`` in [0, 1], in place of grey.
        channels: 3 for colour, 1 for grey-scale.
        device: where the parameters live.
    """

    def __init__(self, size, batch: int = 1, start=None, channels: int = 3, device="cpu"):
        height, width = inputs.size(size)
        shape = (inputs.whole(batch, "The number of images", 1), channels, height, width)
        if start is None:
            self.pixels = torch.zeros(shape, device=device)
        else:
            start = inputs.images(start, channels)
            if start.shape[-2:] != (height, width):
                raise ValueError(f"The starting image is {tuple(start.shape[-2:])} pixels, not {(height, width)}.")
            self.pixels = (start.detach() - 0.5).expand(shape).to(device, torch.float32, copy=True)
        self.pixels.requires_grad_()

    def parameters(self) -> list[torch.Tensor]:
        """One leaf tensor ``(N, C, H, W)``, 0 for grey."""
        return [self.pixels]

    def __call__(self) -> torch.Tensor:
        """The images, ``(N, C, H, W)`` in [0, 1]."""
        return (self.pixels + 0.5).clamp(0, 1)


def frequencies(height: int, width: int) -> torch.Tensor:
    """The frequency of every coefficient of ``torch.fft.rfft2``, in cycles per pixel, ``(height, width // 2 + 1)``."""
    return torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None, :])


CONTRAST = 0.79  # what a slowest wave of coefficient 1 adds before the sigmoid


class FourierImage:
    """Waves of every frequency, weighted as in natural images, in decorrelated colours (Olah et al. 2017).

    A step of equal length in every coefficient moves the low frequencies most, and so draws large shapes before fine
    grain. The image is a sigmoid of the sum of the waves and can never leave [0, 1].

    Args:
        size: side in pixels, or ``(height, width)``.
        batch: how many images.
        generator: where the first coefficients are drawn from; they are small, so the first image is almost grey.
        sd: standard deviation of the first coefficients.
        decay: coefficients are scaled by 1 / frequency ** decay.
        device: where the parameters live.
    """

    def __init__(self, size, batch: int = 1, generator=None, sd: float = 0.01, decay: float = 1.5, device="cpu"):
        height, width = self.size = inputs.size(size)
        frequency = frequencies(height, width)
        shape = (inputs.whole(batch, "The number of images", 1), 3, *frequency.shape, 2)
        self.coefficients = (torch.randn(shape, generator=generator) * sd).to(device).requires_grad_()
        # A frequency of zero, the mean, counts as the slowest wave. The slowest wave gets the same weight at every
        # size, so that a learning rate keeps its meaning; CONTRAST is that weight.
        slowest = 1 / max(height, width)
        scale = (height * width) * CONTRAST * (slowest / frequency.clamp_min(slowest)) ** decay
        self.scale = scale.to(device)
        self.colour = COLOUR.to(device)

    def parameters(self) -> list[torch.Tensor]:
        """One leaf tensor ``(N, 3, H, W // 2 + 1, 2)``: real and imaginary part of every coefficient."""
        return [self.coefficients]

    def __call__(self) -> torch.Tensor:
        """The images, ``(N, 3, H, W)`` in [0, 1]."""
        waves = torch.fft.irfft2(torch.view_as_complex(self.coefficients) * self.scale, s=self.size)
        return torch.einsum("ij,njhw->nihw", self.colour, waves).sigmoid()
