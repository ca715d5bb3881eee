import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vizlib import _validate, data
from vizlib.images import COLOUR, FourierImage, MacoImage, PixelImage, frequencies, natural_magnitude

SIDES = st.integers(1, 40)


def test_zero_is_grey():
    image = PixelImage((5, 7), batch=2)
    assert image.parameters()[0].abs().sum() == 0
    assert image().shape == (2, 3, 5, 7)
    assert (image() == 0.5).all()


def test_a_start_is_shown_as_it_is():
    start = torch.rand(3, 6, 4)
    assert torch.allclose(PixelImage((6, 4), start=start)()[0], start)
    image = PixelImage((6, 4), start=start)
    with torch.no_grad():
        image.parameters()[0].zero_()
    assert start.abs().sum() > 0


@settings(deadline=None, max_examples=40)
@given(SIDES, SIDES, st.integers(1, 3), st.floats(0, 100))
def test_images_of_any_size_stay_in_range_and_pass_gradients(height, width, batch, size_of_parameters):
    for image in (
        PixelImage((height, width), batch),
        FourierImage((height, width), batch),
        MacoImage((height, width), batch),
    ):
        with torch.no_grad():
            for p in image.parameters():
                p.copy_(torch.randn(p.shape) * size_of_parameters)
        pixels = image()
        assert pixels.shape == (batch, 3, height, width)
        assert pixels.min() >= 0
        assert pixels.max() <= 1
        torch.autograd.grad(pixels.sum(), image.parameters())


def test_frequencies_are_those_of_rfft2():
    frequency = frequencies(6, 9)
    assert frequency.shape == torch.fft.rfft2(torch.zeros(6, 9)).shape
    wave = torch.cos(2 * torch.pi * (2 * torch.arange(6)[:, None] / 6 + 3 * torch.arange(9)[None] / 9))
    place = torch.fft.rfft2(wave).abs().argmax()
    assert frequency.flatten()[place] == pytest.approx((4 / 36 + 9 / 81) ** 0.5)


def test_a_fourier_image_is_reproducible_from_its_generator():
    a, b, c = (FourierImage(16, generator=torch.Generator().manual_seed(seed))() for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_low_frequencies_move_most():
    image_decay = 1.3
    image = FourierImage(32, decay=image_decay)
    frequency = frequencies(32, 32)
    assert image.scale[0, 1] > image.scale[0, 8] > image.scale[16, 16]
    assert image.scale[0, 8] / image.scale[0, 16] == pytest.approx(
        (frequency[0, 16] / frequency[0, 8]).item() ** image_decay
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"size": 0}, "from 1 to 4096"),
        ({"size": -3}, "from 1 to 4096"),
        ({"size": 5000}, "from 1 to 4096"),
        ({"size": 2.5}, "whole number"),
        ({"size": (1, 2, 3)}, "pair"),
        ({"size": 4, "batch": 0}, "1 or more"),
        ({"size": 4, "start": torch.rand(3, 5, 5)}, "starting image is"),
        ({"size": 4, "start": torch.rand(1, 4, 4)}, "shape"),
        ({"size": 4, "start": torch.full((3, 4, 4), torch.nan)}, "NaN"),
        ({"size": 4, "start": torch.full((3, 4, 4), 7.0)}, r"lie in \[0, 1\]"),
        ({"size": 4, "start": torch.zeros(3, 4, 4, dtype=torch.uint8)}, "divide by 255"),
        ({"size": 4, "start": [[0]]}, "torch tensor, not list"),
    ],
)
def test_mistakes_are_named(arguments, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        PixelImage(**arguments)


def test_what_arithmetic_rounds_is_taken_and_what_is_wrong_has_enough_digits():
    assert _validate.images(torch.full((3, 2, 2), 1.0000001)).max() == 1
    assert _validate.images(torch.full((3, 2, 2), -1e-7)).min() == 0
    with pytest.raises(ValueError, match="reach from 1.00001 to 1.00001"):
        _validate.images(torch.full((3, 2, 2), 1.00001))


def test_maco_keeps_the_strengths_of_natural_images_whatever_its_phases():
    image = MacoImage(32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        image.phases += 100 * torch.randn(image.phases.shape)
    waves = torch.einsum("ij,njhw->nihw", image.colour.inverse(), image().double().logit().float())
    strengths = torch.fft.rfft2(waves).abs()[0]
    inner = (slice(None), slice(None), slice(1, 16))  # the first and the last column are their own mirror images
    assert torch.allclose(strengths[inner], image.magnitude[inner], rtol=0.02, atol=0.05)


def test_the_natural_spectrum_falls_with_frequency():
    magnitude, frequency = natural_magnitude(64, 64)[0], frequencies(64, 64)
    rings = [magnitude[(frequency > low) & (frequency <= 2 * low)].mean().item() for low in (0.03, 0.06, 0.12, 0.24)]
    assert rings == sorted(rings, reverse=True)
    assert rings[0] > 5 * rings[-1]
    assert set(data.COLOUR_PHOTOS) <= set(data.PHOTOS)


def test_what_is_shared_between_images_cannot_be_changed_through_one_of_them():
    natural, colours = natural_magnitude(24, 24).clone(), COLOUR.clone()
    for image in (MacoImage(24), FourierImage(24)):
        image.colour.zero_()
        getattr(image, "magnitude", image.colour).zero_()
    assert torch.equal(natural_magnitude(24, 24), natural)
    assert torch.equal(COLOUR, colours)
