"""How strong the waves of an image are, by how fine they are."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    yield (draw.normal(12, 9),)
    yield (draw.normal(7, 10, dtype=torch.float64),)


@exercise(cases, extra=True)
def radial_spectrum(image):
    height, width = image.shape
    strength = torch.fft.rfft2(image).abs()
    down = torch.fft.fftfreq(height)[:, None] * height
    across = torch.arange(width // 2 + 1)[None, :]
    radius = (down**2 + across**2).sqrt().round()
    return torch.stack([strength[radius == k].mean() for k in range(min(height, width) // 2 + 1)])


radial_spectrum.answers("""
    power instead of amplitude: The amplitudes are squared. |·| has no square.
        rfft2(image).abs() → rfft2(image).abs().square()
    sum instead of mean: strength[radius == k].mean() → strength[radius == k].sum()
    rounded down: The radius is cut off instead of rounded. To which whole number does 2.7 belong?
        sqrt().round() → sqrt().floor() | sqrt().ceil()
    no root: The radius is squared. ky and kx are the legs of a right triangle.
        .sqrt().round() →
        (down**2 + across**2).sqrt() → (down.abs() + across)
    unsigned rows: Rows in the lower half count as fast waves, though they are slow ones that run up.
        Which frequency has the last row of a Fourier transform?
        torch.fft.fftfreq(height)[:, None] * height → torch.arange(height)[:, None]
    mirror images count: The full transform is used, so that most waves count twice.
        Which half does rfft2 keep? The docstring counts that one only.
        rfft2 → fft2 && torch.arange(width // 2 + 1)[None, :] → torch.fft.fftfreq(width)[None, :] * width
    cycles per pixel: Frequencies are in cycles per pixel, so that all fall into the first rings.
        How many waves fit into the image?
        [:, None] * height → [:, None] && torch.arange(width // 2 + 1)[None, :] → torch.fft.rfftfreq(width)[None, :]
    only one axis: down**2 + across**2 → down**2 + 0 * across | 0 * down + across**2
    another number of rings: There are too many rings, or too few. k goes up to min(H, W) // 2, included.
        when: got[0].result.shape not in ([], right[0].result.shape)
        // 2 + 1)]) → // 2)])
        range(min(height, width) // 2 + 1) → range(int(radius.max()) + 1)
    the real part: Only one part of the complex numbers counts. How long is a complex number?
        rfft2(image).abs() → rfft2(image).real | rfft2(image).real.abs()
    not a tensor: return torch.stack([ → return ([
""")
