import pytest
import torch
from torch.nn.functional import cross_entropy

from vizlib import data, denoise, models
from vizlib.descent import descend

POINTS = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def three_points():
    denoiser = denoise.Denoiser((2,), width=64)
    losses = [step.loss for step in denoise.train(denoiser, POINTS, steps=800, lr=0.003)]
    return denoiser.requires_grad_(False), losses


def perfect(noisy, sigma):
    """The mean of the three points, each weighted by how likely it lies behind what is seen."""
    return (-(torch.cdist(noisy, POINTS) ** 2) / (2 * sigma**2)).softmax(dim=1) @ POINTS


def density(noisy, sigma):
    return torch.exp(-(torch.cdist(noisy, POINTS) ** 2) / (2 * sigma**2)).sum(dim=1)


def test_a_denoiser_keeps_the_shape_and_takes_one_sigma_or_one_an_image():
    denoiser = denoise.Denoiser((3, 5, 4), width=16)
    images = torch.randn(2, 3, 5, 4, generator=seeded())
    one, each = denoiser(images, 0.3), denoiser(images, torch.tensor([0.3, 0.7]))
    assert one.shape == images.shape
    assert torch.allclose(one[0], each[0], atol=1e-6)
    assert not torch.allclose(one[1], each[1], atol=1e-4)


def test_a_patch_denoiser_takes_pictures_of_any_even_size_and_sees_26_pixels_across():
    denoiser = denoise.PatchDenoiser(width=8)
    pictures = torch.randn(2, 3, 48, 36, generator=seeded())
    one, each = denoiser(pictures, 0.3), denoiser(pictures, torch.tensor([0.3, 0.7]))
    assert one.shape == pictures.shape
    assert torch.allclose(one[0], each[0], atol=1e-6)
    assert not torch.allclose(one[1], each[1], atol=1e-4)
    pictures.requires_grad_()
    (seen,) = torch.autograd.grad(denoiser(pictures, 0.3)[0, 0, 20, 16], pictures)
    rows = seen[0].abs().sum(dim=(0, 2)).nonzero()
    assert rows.max() - rows.min() + 1 <= 26
    assert (seen[1] == 0).all()


def test_with_little_noise_a_patch_denoiser_changes_little():
    pictures = torch.rand(1, 3, 8, 8, generator=seeded()) - 0.5
    assert (denoise.PatchDenoiser()(pictures, 0.01) - pictures).abs().max() < 0.05


def noise_left(denoiser, pictures, sigma=0.3):
    """How far the denoised pictures are from the clean ones, as a share of the noise: 1 if none is taken away."""
    noise = torch.randn(pictures.shape, generator=seeded(9))
    with torch.no_grad():
        return ((denoiser(pictures + sigma * noise, sigma) - pictures).norm() / (sigma * noise.norm())).item()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_patch_denoiser_learns_the_pictures_that_it_is_shown_and_not_others(seed):
    stripes = torch.arange(16).remainder(4).div(4).sub(0.4).expand(8, 3, 16, 16)
    denoiser = denoise.PatchDenoiser(8, seed)
    untrained = noise_left(denoiser, stripes)
    for _ in denoise.train(denoiser, stripes, steps=60, lr=0.01, batch=8, seed=seed):
        pass
    assert noise_left(denoiser, stripes) < 0.7 * untrained
    assert noise_left(denoiser, stripes) < 0.7 * noise_left(denoiser, stripes.mT)


def test_the_seed_decides_the_first_weights_and_nothing_else_is_drawn():
    before = torch.get_rng_state()
    a, b, c = (denoise.Denoiser((2,), 8, seed).layers[0].weight for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert torch.equal(torch.get_rng_state(), before)


def test_training_comes_near_the_mean_of_what_may_lie_behind(three_points):
    denoiser, losses = three_points
    assert sum(losses[-50:]) < 0.5 * sum(losses[:50])
    for sigma in (0.2, 0.5, 1.0):
        noisy = POINTS.repeat(100, 1) + sigma * torch.randn(300, 2, generator=seeded(3))
        error = (denoiser(noisy, sigma) - perfect(noisy, sigma)).norm(dim=1).mean()
        assert error < 0.25 * (noisy - perfect(noisy, sigma)).norm(dim=1).mean()


def test_tweedie_the_perfect_denoiser_shows_where_points_are_more_likely():
    noisy = torch.randn(20, 2, dtype=torch.float64, generator=seeded()).requires_grad_()
    sigma, points = 0.7, POINTS.double()
    closeness = -(torch.cdist(noisy, points) ** 2) / (2 * sigma**2)
    log_density = closeness.logsumexp(dim=1).sum()
    (slope,) = torch.autograd.grad(log_density, noisy, retain_graph=True)
    assert torch.allclose(closeness.softmax(dim=1) @ points - noisy, sigma**2 * slope, atol=1e-9)


def test_the_learned_step_makes_points_more_likely(three_points):
    denoiser, _ = three_points
    noisy = POINTS.repeat(100, 1) + 0.3 * torch.randn(300, 2, generator=seeded(4))
    moved = denoise.denoised_step(noisy, denoiser, 0.3, 0.5)
    assert (density(moved, 0.3) > density(noisy, 0.3)).float().mean() > 0.9


def test_the_same_seed_trains_the_same():
    first, second, other = (
        [step.loss for step in denoise.train(denoise.Denoiser((2,), 8), POINTS, steps=3, seed=seed)]
        for seed in (0, 0, 1)
    )
    assert first == second
    assert first != other


def test_the_loss_is_weighted_and_each_image_has_its_own_noise():
    seen = []

    def nothing(noisy, sigma):
        seen.append((noisy, sigma))
        return noisy

    images = torch.full((4000, 1, 2, 3), 0.5)
    value = denoise.denoising_loss(nothing, images, seeded())
    noisy, sigma = seen[0]
    assert len(sigma.unique()) > 3900
    assert denoise.SMALLEST <= sigma.min() < 0.05 < 2 < sigma.max() <= denoise.LARGEST
    spread = ((noisy - images) / sigma.view(-1, 1, 1, 1)).std()
    assert spread.item() == pytest.approx(1, abs=0.03)
    # All the noise is left in: E(σ² (1/σ² + 4)) = 1 + 4 E(σ²).
    assert value.item() == pytest.approx(1 + 4 * (sigma**2).mean().item(), rel=0.05)


def test_a_step_of_weight_0_does_nothing_and_of_weight_1_denoises(three_points):
    denoiser, _ = three_points
    noisy = torch.randn(5, 2, generator=seeded())
    assert torch.equal(denoise.denoised_step(noisy, denoiser, 0.5, 0), noisy)
    assert torch.allclose(denoise.denoised_step(noisy, denoiser, 0.5, 1), denoiser(noisy, 0.5), atol=1e-6)
    half = denoise.denoised_step(noisy, denoiser, 0.5, 0.5)
    assert torch.allclose(half, (noisy + denoiser(noisy, 0.5)) / 2, atol=1e-6)
    assert not denoise.denoised_step(noisy.requires_grad_(), denoiser, 0.5, 0.5).requires_grad


def left_or_right(points):
    """A classifier of the plane: class 0 is on the left, 1 on the right."""
    return torch.stack([-4 * points[:, 0], 4 * points[:, 0]], dim=1)


@pytest.mark.parametrize(("scale", "least", "most"), [(0, 0.35, 0.65), (5, 0.8, 1.0)])
def test_with_falling_noise_it_samples_and_the_scale_steers(three_points, scale, least, most):
    denoiser, _ = three_points
    weight, sigmas = 0.2, [3 * 0.8**n for n in range(20)]
    points = (3 * torch.randn(400, 2, generator=seeded())).requires_grad_()
    wanted = torch.ones(400, dtype=torch.long)
    assert len(list(denoise.guided(left_or_right, denoiser, points, wanted, sigmas, weight, scale))) == 20
    distances = torch.cdist(points.detach(), POINTS)
    assert distances.min(dim=1).values.median() < 0.2
    assert least <= (points[:, 0] > 0).float().mean().item() <= most


def test_one_guided_step_is_the_formula(three_points):
    denoiser, _ = three_points
    points = torch.randn(3, 2, generator=seeded()).requires_grad_()
    targets = torch.tensor([0, 1, 1])
    before = points.detach().clone().requires_grad_()
    chances = left_or_right(denoiser(before, 0.6)).log_softmax(dim=1)[range(3), targets].sum()
    (slope,) = torch.autograd.grad(chances, before)
    up = before + 2 * 0.3 * 0.6**2 * slope
    list(denoise.guided(left_or_right, denoiser, points, targets, [0.6], 0.3, 2))
    assert torch.allclose(points, up + 0.3 * (denoiser(up, 0.6) - up), atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"weight": 1.5}, "The weight must be from 0 to 1, not 1.5."),
        ({"scale": -1}, "The scale must be 0 or more, not -1."),
        ({"sigmas": [0.5, 0]}, "Sigma must be greater than 0, not 0."),
    ],
)
def test_a_wrong_setting_is_said_before_the_first_step(three_points, settings, sentence):
    points = torch.zeros(1, 2, requires_grad=True)
    settings = {"sigmas": [0.5], "weight": 0.5, "scale": 1} | settings
    with pytest.raises(ValueError, match=sentence):
        denoise.guided(left_or_right, three_points[0], points, torch.tensor([0]), **settings)
    assert (points == 0).all()


@pytest.mark.slow
def test_digits_come_out_that_a_judge_without_a_network_reads():
    images, labels, _, _ = data.digits()
    denoiser = denoise.Denoiser()
    for _ in denoise.train(denoiser, images):
        pass
    denoiser.requires_grad_(False)
    means = torch.stack([images[labels == n].mean(dim=0) for n in range(10)]).flatten(1)
    model = models.digit_net(0)
    for _ in descend(lambda: cross_entropy(model(images), labels), model.parameters(), 0.1, 200):
        pass
    model.requires_grad_(False)
    wanted = torch.arange(10).repeat(10)
    made = (3 * torch.randn(100, 1, 8, 8, generator=seeded())).requires_grad_()
    weight = 1 - 0.01 ** (1 / 40)
    sigmas = [3 * (1 - weight) ** n for n in range(40)]
    for _ in denoise.guided(model, denoiser, made, wanted, sigmas, weight, 10):
        pass
    read = torch.cdist(made.detach().flatten(1), means).argmin(dim=1)
    assert (read == wanted).float().mean() > 0.9
