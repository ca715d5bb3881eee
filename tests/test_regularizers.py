import math

import pytest
import torch
from scipy.ndimage import gaussian_filter

from vizlib.images import frequencies
from vizlib.regularizers import (
    L1,
    L2,
    ZOO,
    BatchNormStatistics,
    BatchStatistics,
    Blur,
    Clamp,
    ClipSmallContribution,
    ClipSmallNorm,
    Crop,
    Decay,
    Jitter,
    Mirror,
    Noise,
    Rotate,
    Scale,
    TotalVariation,
    Window,
    apply_views,
)
from vizlib.rendering import Rendering


@pytest.fixture
def picture():
    return torch.rand(2, 3, 20, 26, generator=torch.Generator().manual_seed(5))


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_l2_is_the_squared_distance_from_grey_and_pulls_towards_it(picture):
    picture.requires_grad_()
    penalty = L2(0.3)(picture).sum()
    assert penalty.item() == pytest.approx(
        0.3 * sum((p - 0.5) ** 2 for p in picture.detach().flatten().tolist()), rel=1e-4
    )
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


def test_a_mirror_shows_either_side_equally_often(picture, generator):
    seen = [Mirror()(picture, generator) for _ in range(400)]
    turned = [torch.allclose(one, picture.flip(3), atol=1e-5) for one in seen]
    assert all(
        is_turned or torch.allclose(one, picture, atol=1e-5) for one, is_turned in zip(seen, turned, strict=True)
    )
    assert 160 < sum(turned) < 240


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
    assert torch.equal(blur(pixels, 0, None), pixels)
    assert torch.equal(blur(pixels, 1, None), pixels)
    reference = torch.tensor(gaussian_filter(pixels.numpy(), (0, 0, 1.2, 1.2), mode="mirror"))
    assert torch.allclose(blur(pixels, 2, None), reference, atol=1e-3)


def test_blur_takes_images_of_one_pixel():
    assert torch.allclose(Blur(2)(torch.full((1, 3, 1, 1), 0.2), 0, None), torch.full((1, 3, 1, 1), 0.2))


def test_clamp_keeps_pixels_between_black_and_white():
    assert Clamp()(torch.tensor([-3.0, 0.1, 2.0]), 0, None).tolist() == pytest.approx([-0.5, 0.1, 0.5])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: L2(-1), "0 or more"),
        (lambda: Jitter(-1), "from 0 to 4096"),
        (lambda: Jitter(1.5), "whole number"),
        (lambda: Window(0, 160), "greater than 0"),
        (lambda: Window(1, 0), "from 1 to 1024"),
        (lambda: BatchNormStatistics(-1), "0 or more"),
        (lambda: BatchStatistics(-1), "0 or more"),
        (lambda: Rotate("far"), "degrees of Rotate must be a number"),
        (lambda: Rotate(200), "from 0 to 180"),
        (lambda: Scale(0, 1), "greater than 0"),
        (lambda: Scale(1.2, 1.0), "1.2 or more"),
        (lambda: L1(-1), "0 or more"),
        (lambda: TotalVariation(-1), "0 or more"),
        (lambda: Noise(-0.1), "0 or more"),
        (lambda: Crop(0), "greater than 0"),
        (lambda: Crop(1.5), "from 0 to 1"),
        (lambda: Decay(1.5), "from 0 to 1"),
        (lambda: ClipSmallNorm(101), "from 0 to 100"),
        (lambda: ClipSmallContribution(-1), "from 0 to 100"),
        (lambda: Blur(0), "greater than 0"),
        (lambda: Blur(1, every=0), "1 or more"),
    ],
)
def test_mistakes_are_named(make, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        make()


def climb(*chosen, steps=12, recipe="simonyan2013"):
    """The image that a few steps make with these regularizers, as the distance from grey."""
    rendering = Rendering("dumbbell", recipe, size=96, steps=steps, regularizers=chosen)
    for _ in rendering:
        pass
    return rendering.picture() - 0.5


@pytest.fixture(scope="module")
def plain():
    return climb()


def high_frequencies(image):
    power = torch.fft.rfft2(image).abs().square()
    return (power[..., frequencies(96, 96) > 0.25].sum() / power.sum()).item()


def variation(image):
    return ((image.diff(dim=2).abs().sum() + image.diff(dim=3).abs().sum()) / image.abs().sum()).item()


# What each regularizer promises, as a measure that has to be smaller with it than without.
PROMISES = {
    L2(1.0): lambda image: image.norm().item(),
    L1(0.2): lambda image: image.abs().sum().item(),
    TotalVariation(0.2): variation,
    Blur(1.0): high_frequencies,
    Decay(0.2): lambda image: image.norm().item(),
    ClipSmallNorm(50): lambda image: (image != 0).float().mean().item(),
    ClipSmallContribution(50): lambda image: (image != 0).float().mean().item(),
}


@pytest.mark.parametrize("regularizer", PROMISES, ids=str)
def test_a_picture_differs_with_it_in_the_direction_it_promises(plain, regularizer):
    measure = PROMISES[regularizer]
    held_back = climb(regularizer)
    assert not torch.equal(held_back, plain)
    assert measure(held_back) < 0.95 * measure(plain)


VIEWS = [Jitter(8), Mirror(), Rotate(30), Scale(0.6, 1.4), Crop(0.6), Noise(0.2)]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_picture_made_through_a_view_pleases_the_network_more_through_it(lite0, view):
    def score_through_the_view(image):
        generator = torch.Generator().manual_seed(77)
        with torch.no_grad():
            return sum(lite0(view(image + 0.5, generator))[0, 543].item() for _ in range(12))

    plain, made_through_it = climb(steps=50), climb(view, steps=50)
    assert not torch.equal(made_through_it, plain)
    assert score_through_the_view(made_through_it) > score_through_the_view(plain)


def test_noise_has_the_strength_asked_for(picture, generator):
    seen = Noise(0.3)(picture, generator)
    assert (seen - picture).std().item() == pytest.approx(0.3, rel=0.1)
    assert abs((seen - picture).mean().item()) < 0.03


def test_every_regularizer_is_covered_here():
    tested = {type(one) for one in [*PROMISES, *VIEWS]} | {Clamp, Window, BatchNormStatistics, BatchStatistics}
    assert tested == set(ZOO.values())


def turned(view, image, generator):
    """The place of the brightest pixel, from the middle, before and after."""
    middle = [(side - 1) / 2 for side in image.shape[-2:]]
    places = []
    for one in (image, view(image, generator)):
        y, x = divmod(one[0, 0].argmax().item(), image.shape[-1])
        places.append((y - middle[0], x - middle[1]))
    return places


@pytest.mark.parametrize("size", [(81, 161), (161, 81)])
def test_a_turn_is_a_turn_where_the_sides_differ(size, generator, monkeypatch):
    image = torch.zeros(1, 3, *size)
    image[..., size[0] // 2, size[1] // 2 + 30] = 1
    monkeypatch.setattr("vizlib.regularizers.views._uniform", lambda low, high, generator: high)
    _, (y, x) = turned(Rotate(90), image, generator)
    assert (abs(y), abs(x)) == (30, 0)


def test_a_window_shows_the_middle_at_the_size_asked_for(generator):
    ramp = torch.linspace(0, 1, 80).expand(1, 3, 60, 80)
    seen = apply_views(ramp, [Window(0.5, 30)], generator)
    assert seen.shape == (1, 3, 30, 40)
    assert (seen.amin().item(), seen.amax().item()) == pytest.approx((0.25, 0.75), abs=0.02)
    assert torch.allclose(apply_views(ramp, [Window(1, 60)], generator), ramp, atol=1e-5)
    assert Window(0.5, 30).matrix(generator).tolist() == [[0.5, 0], [0, 0.5]]


def test_beside_a_window_what_leaves_on_one_side_comes_in_on_the_other(generator, monkeypatch):
    monkeypatch.setattr("vizlib.regularizers.views._uniform", lambda low, high, generator: low)
    image = torch.rand(1, 3, 30, 40, generator=generator)
    tiled = image.repeat(1, 1, 2, 2).roll((15, 20), (2, 3))  # twice as far each way, the image in the middle
    seen = apply_views(image, (Scale(0.5, 2), Window(1, 60)), generator)
    assert torch.allclose(seen, tiled, atol=1e-4)
    apart = apply_views(image, (Scale(0.5, 2),), generator)  # without one: a flat colour
    assert apart[..., :5, :].flatten(2).std(dim=2).max() < 1e-6


def test_the_order_of_a_window_and_a_turn_does_not_matter():
    image = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    views = (Window(0.6, 32), Rotate(40), Scale(0.8, 1.2))
    one, other = (
        apply_views(image, order, torch.Generator().manual_seed(4)) for order in (views, (*views[1:], views[0]))
    )
    assert torch.allclose(one, other, atol=1e-5)


def test_with_a_shift_larger_than_the_image_a_window_comes_to_see_all_of_it(generator):
    image, touched = torch.zeros(1, 3, 32, 32, requires_grad=True), 0
    for _ in range(60):
        (gradient,) = torch.autograd.grad(apply_views(image, (Jitter(4096), Window(0.4, 13)), generator).sum(), image)
        touched = touched + gradient.abs()
    assert (touched > 0).all()


def by_hand(maps, beta, gamma):
    """The penalty of one layer, as its formula says, with loops."""
    total = 0
    for image in maps:
        off = 0
        for values, b, g in zip(image.flatten(1).tolist(), beta.tolist(), gamma.abs().tolist(), strict=True):
            mean = sum(values) / len(values)
            spread = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
            off += ((mean - b) ** 2 + (spread - g) ** 2) / max(g, 0.05) ** 2
        total += off / len(beta)
    return total


@pytest.fixture
def normalizing():
    """A network with one batch normalization, of four channels of very different spread."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(inplace=True),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
    )
    with torch.no_grad():
        module[1].weight.copy_(torch.tensor([0.5, -1.0, 0.01, 2.0]))
        module[1].bias.copy_(torch.tensor([0.1, -0.2, 0.3, 0.0]))
    return module


def test_batch_norm_statistics_are_what_the_formula_says_for_any_network(normalizing):
    penalty, maps = off(normalizing, BatchNormStatistics(0.5))
    assert penalty == pytest.approx(0.5 * by_hand(maps, normalizing[1].bias, normalizing[1].weight), rel=3e-3)


def off(module, penalty, count=2):
    """What a penalty says of some images together, and the maps that it looks at."""
    rendering = Rendering(2, "simonyan2013", network=module, size=32, batch=count, regularizers=(penalty,))
    images = torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    images = images * torch.linspace(0.2, 1, count)[:, None, None, None]  # unlike one another
    return rendering.ask(rendering.models[0], images)[1].item(), module[:2].eval()(images)


def test_statistics_of_a_batch_are_those_of_all_its_images_in_one(normalizing):
    penalty, maps = off(normalizing, BatchStatistics(0.5))
    together = torch.cat(list(maps), dim=2)[None]
    norm = normalizing[1]
    assert penalty == pytest.approx(2 * 0.5 * by_hand(together, norm.bias, norm.weight), rel=3e-3)
    assert penalty < off(normalizing, BatchNormStatistics(0.5))[0]  # one image may be dark if the other is bright
    assert off(normalizing, BatchStatistics(0.5), 1)[0] == pytest.approx(
        off(normalizing, BatchNormStatistics(0.5), 1)[0]
    )


def test_ours_remembers_real_photographs_better_than_noise(lite0):
    from vizlib import data

    rendering = Rendering("cup", size=224, regularizers=(BatchNormStatistics(1.0),))
    photo, noise = data.photo("coffee")[None], torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    known, unknown, grey = (
        rendering.ask(lite0, image)[1].item() for image in (photo, noise, torch.full_like(photo, 0.5))
    )
    assert known < 0.5 * min(unknown, grey)
    assert len(lite0.batch_norm_statistics) == 17


def test_a_network_without_batch_normalization_remembers_nothing():
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    rendering = Rendering(2, "simonyan2013", network=module, size=32, steps=1, regularizers=(BatchNormStatistics(0.5),))
    list(rendering)
    assert rendering.ask(rendering.models[0], rendering.picture())[1] == 0


def test_l1_and_total_variation_are_what_their_formulas_say(picture):
    assert L1(2)(picture).sum().item() == pytest.approx(2 * (picture - 0.5).abs().sum().item())
    down = sum(
        abs(a - b)
        for image in picture.tolist()
        for c in image
        for p, q in zip(c, c[1:], strict=False)
        for a, b in zip(p, q, strict=True)
    )
    across = sum(
        abs(a - b) for image in picture.tolist() for c in image for row in c for a, b in zip(row, row[1:], strict=False)
    )
    assert TotalVariation(0.5)(picture).sum().item() == pytest.approx(0.5 * (down + across), rel=1e-4)


def test_crop_shows_a_part_enlarged(generator):
    ramp = torch.linspace(0, 1, 40).expand(1, 3, 30, 40)
    for _ in range(10):
        seen = Crop(0.5)(ramp, generator)
        assert seen.shape == ramp.shape
        assert (seen.max() - seen.min()).item() == pytest.approx(0.5, abs=0.03)
    assert torch.allclose(Crop(1.0)(ramp, generator), ramp, atol=1e-6)


def test_decay_and_clipping_are_what_their_formulas_say(picture):
    pixels = picture - 0.5
    assert torch.allclose(Decay(0.3)(pixels, 0, None), 0.7 * pixels)
    kept = ClipSmallNorm(75)(pixels, 0, None)
    norms = pixels.norm(dim=1)
    for image, norm, original in zip(kept, norms, pixels, strict=True):
        alive = image.abs().sum(dim=0) > 0
        assert alive.float().mean().item() == pytest.approx(0.25, abs=0.01)
        assert norm[alive].min() > norm[~alive].max()
        assert torch.equal(image[:, alive], original[:, alive])
    gradient = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(1))
    kept = ClipSmallContribution(90)(pixels, 0, gradient)
    contribution = (pixels * gradient).sum(dim=1).abs()
    alive = kept.abs().sum(dim=1) > 0
    assert alive.float().mean().item() == pytest.approx(0.1, abs=0.01)
    assert all(c[a].min() > c[~a].max() for c, a in zip(contribution, alive, strict=True))


@pytest.mark.parametrize("penalty", [L1(2), L2(0.3), TotalVariation(0.5)])
def test_a_penalty_belongs_to_its_image(penalty):
    images = torch.rand(3, 3, 8, 10, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(penalty(images), torch.cat([penalty(one[None]) for one in images]))
