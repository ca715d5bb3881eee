import pytest
import torch
from torch import nn

from vizlib import saliency
from vizlib.classifier import Classifier
from vizlib.inversion import invert, mismatch


def last(maps):
    *_, final = maps
    return final


@pytest.fixture(scope="module")
def corner():
    """A network of two classes, the second of which looks at nothing but the top left corner."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2))
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].bias.zero_()
        network[1].weight[1].view(3, 32, 32)[:, :8, :8] = 2.0
    return Classifier.wrap(network, categories=["nothing", "corner"], size=32)


@pytest.fixture
def image():
    return torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1


def test_the_gradient_of_a_linear_network_is_its_weights_and_the_image_stays(corner, image):
    before = image.clone()
    map_ = saliency.gradient(corner, image, "corner")
    assert torch.equal(map_, corner.network[1].weight[1].view(3, 32, 32))
    assert torch.equal(image, before)


def test_smoothing_gives_a_mean_for_every_copy_and_a_seed_decides_the_noise(lite0):
    image = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    one, other = (list(saliency.smoothed(lite0, image, 543, samples=3, seed=seed)) for seed in (0, 1))
    again = last(saliency.smoothed(lite0, image, 543, samples=3, seed=0))
    assert len(one) == 3
    assert torch.equal(one[-1], again)
    assert not torch.equal(one[-1], other[-1])
    silent = last(saliency.smoothed(lite0, image, 543, sd=0, samples=2))
    torch.testing.assert_close(silent, saliency.gradient(lite0, image, 543))


def test_occlusion_finds_the_corner_and_hides_every_pixel(corner, image):
    image[:, :8, :8] = 1
    rows = list(saliency.occlusion(corner, image, "corner", side=8, stride=5))
    assert len(rows) == len(saliency.corners(32, 8, 5))
    assert (rows[0][20:] == 0).all()
    assert rows[-1][:3, :3].min() > 0
    assert (rows[-1][16:, 16:] == 0).all()
    assert torch.equal(last(saliency.occlusion(corner, image, "nothing", 8, 8)), torch.zeros(32, 32))


@pytest.mark.parametrize(("length", "expected"), [(32, [0, 16]), (40, [0, 16, 24]), (16, [0])])
def test_squares_reach_from_end_to_end(length, expected):
    assert saliency.corners(length, 16, 16) == expected


def test_a_stride_that_leaves_pixels_out_is_refused(corner, image):
    with pytest.raises(ValueError, match="The stride"):
        next(saliency.occlusion(corner, image, "corner", side=4, stride=5))


def test_redrawing_changes_the_last_layers_only_and_keeps_their_numbers(lite0):
    named = [part for part in lite0.network.modules() if list(part.parameters(recurse=False))]
    last_two = saliency.redrawn(lite0, 2)
    parts = [part for part in last_two.network.modules() if list(part.parameters(recurse=False))]
    changed = [not torch.equal(a.weight, b.weight) for a, b in zip(named, parts, strict=True)]
    assert changed == [False] * (len(named) - 2) + [True] * 2
    assert torch.equal(named[-1].weight.flatten().sort().values, parts[-1].weight.flatten().sort().values)
    assert last_two.layers.keys() == lite0.layers.keys()
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(saliency.redrawn(lite0, 0)(images), lite0(images))
    assert not torch.equal(last_two(images), lite0(images))
    assert torch.equal(last_two(images), saliency.redrawn(lite0, 2)(images))


def test_rank_correlation_is_1_for_any_growing_function_and_minus_1_backwards():
    values = torch.rand(6, 7, generator=torch.Generator().manual_seed(0))
    assert saliency.rank_correlation(values, values.exp()) == pytest.approx(1)
    assert saliency.rank_correlation(values, -values) == pytest.approx(-1)
    other = torch.rand(60, 70, generator=torch.Generator().manual_seed(1))
    assert abs(saliency.rank_correlation(other, other.flip(0))) < 0.1


def test_squares_are_deleted_in_their_order_and_the_rest_stays(image):
    order = torch.arange(4.0).view(2, 2)
    left = saliency.without(image, order, 0.25, side=16)
    assert not torch.equal(left[:, 16:, 16:], image[:, 16:, 16:])
    assert left[:, 16:, 16:].std() < image[:, 16:, 16:].std() / 2
    kept = torch.ones(32, 32, dtype=torch.bool)
    kept[16:, 16:] = False
    assert torch.equal(left[:, kept], image[:, kept])
    assert torch.equal(saliency.without(image, order, 0, side=16), image)


def test_blocks_are_means_of_squares():
    assert torch.equal(saliency.blocks(torch.tensor([[1.0, 3], [5, 7]]), 2), torch.tensor([[4.0]]))


def test_a_shown_map_is_between_black_and_white():
    shown = saliency.shown(torch.linspace(-1, 4, 400).view(20, 20))
    assert shown.shape == (1, 20, 20)
    assert shown.min() == 0
    assert shown.max() == 1


def test_mismatch_is_0_for_the_images_and_1_for_a_layer_that_is_silent():
    network = nn.Sequential(nn.Conv2d(3, 4, 1, bias=False), nn.Flatten(), nn.Linear(4 * 64, 2))
    model = Classifier.wrap(network, size=8)
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    apart = mismatch(model, images, "0")
    assert torch.equal(apart(images), torch.zeros(2))
    torch.testing.assert_close(apart(torch.zeros_like(images)), torch.ones(2))
    moved = images.clone()
    moved[1] *= 0.5
    torch.testing.assert_close(apart(moved), torch.tensor([0.0, 0.25]))
    pixels = images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(apart(0.5 * pixels).sum(), pixels)
    assert gradient.abs().sum() > 0


def test_inversion_comes_nearer_and_its_seed_decides_the_noise():
    network = nn.Sequential(nn.Conv2d(3, 4, 1, bias=False), nn.Flatten(), nn.Linear(4 * 64, 2))
    model = Classifier.wrap(network, size=8)
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    pictures, again, other = (list(invert(model, images, "0", steps=20, seed=seed)) for seed in (0, 0, 1))
    assert len(pictures) == 20
    assert pictures[0].shape == images.shape
    apart = mismatch(model, images, "0")
    assert (apart(pictures[-1]) < 0.8 * apart(pictures[0])).all()
    assert torch.equal(pictures[0], again[0])
    assert not torch.equal(pictures[0], other[0])
