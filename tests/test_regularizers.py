import pytest
import torch
from scipy.ndimage import gaussian_filter

from vizlib.regularizers import L2, Blur, Clamp, Jitter, Rotate, Scale


@pytest.fixture
def picture():
    return torch.rand(2, 3, 20, 26, generator=torch.Generator().manual_seed(5))


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_l2_is_the_squared_distance_from_grey_and_pulls_towards_it(picture):
    picture.requires_grad_()
    penalty = L2(0.3)(picture)
    assert penalty.item() == pytest.approx(0.3 * sum((p - 0.5) ** 2 for p in picture.detach().flatten().tolist()), rel=1e-4)
    (gradient,) = torch.autograd.grad(penalty, picture)
    assert torch.allclose(gradient, 0.6 * (picture - 0.5))


def test_jitter_shifts_within_its_range_and_loses_nothing(picture, generator):
    shifts = set()
    for _ in range(200):
        seen = Jitter(2)(picture, generator)
        found = [(y, x) for y in range(-3, 4) for x in range(-3, 4) if torch.equal(picture.roll((y, x), (2, 3)), seen)]
        shifts.update(found)
    assert shifts == {(y, x) for y in range(-2, 3) for x in range(-2, 3)}


def test_rotate_turns_about_the_middle(generator):
    picture = torch.zeros(1, 3, 41, 41)
    picture[..., 20, 30] = 1
    inside = torch.hypot(*torch.meshgrid(torch.arange(41) - 20.0, torch.arange(41) - 20.0, indexing="ij")) < 18
    for _ in range(20):
        y, x = divmod((Rotate(30)(picture, generator)[0, 0] * inside).argmax().item(), 41)
        assert ((y - 20) ** 2 + (x - 20) ** 2) ** 0.5 == pytest.approx(10, abs=1)
        assert abs(y - 20) <= 10 * 0.5 + 1
    assert torch.allclose(Rotate(0)(picture, generator), picture, atol=1e-5)


def test_scale_zooms_about_the_middle(generator):
    picture = torch.zeros(1, 3, 41, 41)
    picture[..., 20, 28] = 1
    distances = []
    for _ in range(50):
        seen = Scale(0.5, 2)(picture, generator)
        distances.append(abs(seen[0, 0, 20].argmax().item() - 20))
    assert min(distances) < 7
    assert max(distances) > 10
    assert torch.allclose(Scale(1, 1)(picture, generator), picture, atol=1e-5)


@pytest.mark.parametrize("view", [Jitter(3), Rotate(20), Scale(0.7, 1.3)])
def test_views_keep_size_and_range_pass_gradients_and_hang_on_their_generator_only(view, picture):
    picture.requires_grad_()
    first = view(picture, torch.Generator().manual_seed(8))
    torch.rand(100)
    assert torch.equal(first, view(picture, torch.Generator().manual_seed(8)))
    assert first.shape == picture.shape
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.autograd.grad(first.sum(), picture)[0].abs().sum() > 0
    assert not torch.equal(first, picture)


def test_blur_is_a_gaussian_and_comes_every_so_often(picture):
    pixels = picture - 0.5
    blur = Blur(1.2, every=3)
    assert torch.equal(blur(pixels, 0), pixels)
    assert torch.equal(blur(pixels, 1), pixels)
    reference = torch.tensor(gaussian_filter(pixels.numpy(), (0, 0, 1.2, 1.2), mode="mirror"))
    assert torch.allclose(blur(pixels, 2), reference, atol=1e-3)


def test_blur_takes_images_of_one_pixel():
    assert torch.allclose(Blur(2)(torch.full((1, 3, 1, 1), 0.2), 0), torch.full((1, 3, 1, 1), 0.2))


def test_clamp_keeps_pixels_between_black_and_white():
    assert Clamp()(torch.tensor([-3.0, 0.1, 2.0]), 0).tolist() == pytest.approx([-0.5, 0.1, 0.5])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: L2(-1), "0 or more"),
        (lambda: Jitter(-1), "0 or more"),
        (lambda: Jitter(1.5), "whole number"),
        (lambda: Rotate(200), "from 0 to 180"),
        (lambda: Scale(0, 1), "greater than 0"),
        (lambda: Scale(1.2, 1.0), "1.2 or more"),
        (lambda: Blur(0), "greater than 0"),
        (lambda: Blur(1, every=0), "1 or more"),
    ],
)
def test_mistakes_are_named(make, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        make()
