"""How an image is made of parameters: what the gradient moves need not be the pixels themselves."""

import functools

import torch
from PIL import Image

from vizlib import _validate, data

# How the three colour channels vary together in natural images (Olah et al. 2017, "Feature Visualization"): the
# square root of their covariance. Its columns are brightness, blue–red and green–magenta.
COLOUR = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOUR = COLOUR / COLOUR.norm(dim=0).max()


def to_pil(image: torch.Tensor) -> Image.Image:
    """The 8-bit picture of an image ``(C, H, W)`` in [0, 1]: of the first three channels, grey for fewer."""
    image = image[: 3 if len(image) >= 3 else 1]
    array = image.detach().mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
    return Image.fromarray(array if array.shape[2] == 3 else array[..., 0])


def recoloured(image: torch.Tensor, channels: int) -> torch.Tensor:
    """An image ``(…, C, H, W)`` as a network of so many colours is shown it.

    That is what its picture shows: of more than three channels the first three, of fewer the first, as grey. Grey is
    shown as equal colours, and colours in grey as their mean.

    Raises:
        ValueError: there is no such way from C to ``channels``.
    """
    given = image.shape[-3]
    if given == channels:
        return image
    shown = image[..., : 3 if given >= 3 else 1, :, :]
    if channels == 1:
        return shown.mean(dim=-3, keepdim=True)
    if channels != 3 and given != 1:
        raise ValueError(f"An image of {given} colours cannot be shown as one of {channels}.")
    return shown.expand(*image.shape[:-3], channels, *image.shape[-2:])


class PixelImage:
    """The pixels themselves, as the distance from grey. Zero is grey (0.5), and a new image is all zeros.

    Args:
        size: side in pixels, or ``(height, width)``.
        batch: how many images.
        start: an image to start from, ``(C, H, W)`` or ``(batch, C, H, W)`` in [0, 1], in place of grey.
        channels: 3 for colour, 1 for grey-scale, or as many as the network looks at.
        device: where the parameters live.
    """

    def __init__(self, size, batch: int = 1, start=None, channels: int = 3, device="cpu"):
        height, width = _validate.size(size)
        shape = (_validate.whole(batch, "The number of images", 1), channels, height, width)
        if start is None:
            self.pixels = torch.zeros(shape, device=device)
        else:
            self.pixels = (_start(start, shape) - 0.5).to(device, copy=True)
        self.pixels.requires_grad_()

    def parameters(self) -> list[torch.Tensor]:
        """One leaf tensor ``(N, C, H, W)``, 0 for grey."""
        return [self.pixels]

    def __call__(self, pixels: torch.Tensor | None = None) -> torch.Tensor:
        """The images, ``(N, C, H, W)`` in [0, 1]; of other parameters of the same shape, if given."""
        return ((self.pixels if pixels is None else pixels) + 0.5).clamp(0, 1)


def _start(start, shape):
    """An image to start from, as float tensor of this shape."""
    start = _validate.images(start, shape[1])
    if start.shape[-2:] != shape[-2:]:
        raise ValueError(f"The starting image is {tuple(start.shape[-2:])} pixels, not {shape[-2:]}.")
    if len(start) not in (1, shape[0]):
        raise ValueError(f"There is one starting image, or one each: not {len(start)} for {shape[0]} images.")
    return start.detach().expand(shape).float()


def frequencies(height: int, width: int) -> torch.Tensor:
    """The frequency of every coefficient of ``torch.fft.rfft2``, in cycles per pixel, ``(height, width // 2 + 1)``."""
    return torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None, :])


BLACK = 0.4 / 255  # the darkest that waves start from; 8 bits round it to black


def _colour(channels, chroma=1.0):
    """How waves add up to channels: decorrelated colours are those of three; others stay what they are."""
    return COLOUR * torch.tensor([1.0, chroma, chroma]) if channels == 3 else torch.eye(channels) * COLOUR[:, 0].mean()


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
        chroma: how strong colours are beside brightness; 1 is as in natural images, and pictures can come out grey.
        channels: 3 for colour; any other number of channels is drawn independently, each as strong as brightness.
        device: where the parameters live.
        start: an image to start from, ``(3, H, W)`` or ``(batch, 3, H, W)`` in [0, 1]. Black and white, which a sigmoid
            cannot reach, become 0.4 / 255 and 1 − 0.4 / 255: the same when rounded to 8 bits.
    """

    def __init__(
        self, size, batch=1, generator=None, sd=0.01, decay=1.5, chroma=1.0, channels=3, device="cpu", start=None
    ):
        height, width = self.size = _validate.size(size)
        frequency = frequencies(height, width)
        shape = (_validate.whole(batch, "The number of images", 1), channels, *frequency.shape, 2)
        self.coefficients = (torch.randn(shape, generator=generator) * sd).to(device).requires_grad_()
        # A frequency of zero, the mean, counts as the slowest wave. The slowest wave gets the same weight at every
        # size, so that a learning rate keeps its meaning; CONTRAST is that weight.
        slowest = 1 / max(height, width)
        scale = (height * width) * CONTRAST * (slowest / frequency.clamp_min(slowest)) ** decay
        self.scale = scale.to(device)
        self.colour = _colour(channels, chroma).to(device)
        if start is not None:
            self._begin_as(_start(start, (len(self.coefficients), channels, height, width)).to(device))

    @torch.no_grad()
    def _begin_as(self, images):
        """Set the coefficients to those of images ``(N, C, H, W)``: the way of ``__call__`` backwards."""
        # Without chroma the colours are all shades of grey, and the nearest is meant: so it is no plain inverse.
        back = torch.linalg.pinv(self.colour.cpu()).to(self.colour)
        waves = torch.einsum("ij,njhw->nihw", back, images.clamp(BLACK, 1 - BLACK).logit())
        self.coefficients.copy_(torch.view_as_real(torch.fft.rfft2(waves) / self.scale))

    def parameters(self) -> list[torch.Tensor]:
        """One leaf tensor ``(N, C, H, W // 2 + 1, 2)``: real and imaginary part of every coefficient."""
        return [self.coefficients]

    def __call__(self, coefficients: torch.Tensor | None = None) -> torch.Tensor:
        """The images, ``(N, C, H, W)`` in [0, 1]; of other parameters of the same shape, if given."""
        coefficients = self.coefficients if coefficients is None else coefficients
        waves = torch.fft.irfft2(torch.view_as_complex(coefficients) * self.scale, s=self.size)
        return torch.einsum("ij,njhw->nihw", self.colour, waves).sigmoid()


class MacoImage:
    """Only the phases of the waves are free; their strengths are those of natural photographs (MACO, Fel et al. 2023).

    No gradient can make high frequencies stronger than they are in photographs.

    Args:
        size: side in pixels, or ``(height, width)``.
        batch: how many images.
        generator: where the first phases are drawn from, evenly from all angles.
        channels: 3 for colour; any other number of channels has the strengths of brightness.
        device: where the parameters live.
    """

    def __init__(self, size, batch: int = 1, generator=None, channels: int = 3, device="cpu"):
        self.size = _validate.size(size)
        magnitude = natural_magnitude(*self.size)
        magnitude = magnitude if channels == 3 else magnitude[:1].expand(channels, -1, -1)
        self.magnitude = magnitude.to(device, copy=True)  # the original is shared
        shape = (_validate.whole(batch, "The number of images", 1), *self.magnitude.shape)
        self.phases = (torch.rand(shape, generator=generator) * 2 * torch.pi).to(device).requires_grad_()
        self.colour = _colour(channels).to(device)

    def parameters(self) -> list[torch.Tensor]:
        """One leaf tensor of angles ``(N, C, H, W // 2 + 1)``."""
        return [self.phases]

    def __call__(self, phases: torch.Tensor | None = None) -> torch.Tensor:
        """The images, ``(N, C, H, W)`` in [0, 1]; of other parameters of the same shape, if given."""
        phases = self.phases if phases is None else phases
        waves = torch.fft.irfft2(torch.polar(self.magnitude.expand_as(phases), phases), s=self.size)
        return torch.einsum("ij,njhw->nihw", self.colour, waves).sigmoid()


@functools.cache
def natural_magnitude(height: int, width: int) -> torch.Tensor:
    """The mean strength of every wave in colour photographs, before the sigmoid, ``(3, height, width // 2 + 1)``."""
    photos = torch.stack([data.photo(name, (height, width)) for name in data.COLOUR_PHOTOS])
    waves = torch.einsum("ij,njhw->nihw", COLOUR.inverse(), photos.clamp(0.02, 0.98).logit())
    magnitude = torch.fft.rfft2(waves).abs().mean(dim=0)
    magnitude[:, 0, 0] = 0  # the mean is no wave: with a free phase it would be a colour cast
    return magnitude
