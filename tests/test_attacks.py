import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from vizlib import attacks, data, models, opinions
from vizlib.descent import descend
from vizlib.optimizers import UnitSGD

NORMS = st.sampled_from(["linf", "l2"])


def size_of(change, norm):
    """The size of a change an image, in units of 1/255."""
    flat = change.flatten(1) * 255
    return flat.abs().amax(dim=1) if norm == "linf" else flat.norm(dim=1)


@pytest.fixture(scope="module")
def digits():
    return data.digits()


def trained(digits, epsilon):
    images, labels, _, _ = digits
    model = models.digit_net(0)
    for _ in attacks.adversarial_training(model, images, labels, epsilon):
        pass
    return model.requires_grad_(False)


@pytest.fixture(scope="module")
def plain(digits):
    return trained(digits, 0)


@pytest.fixture(scope="module")
def robust(digits):
    return trained(digits, 50)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), NORMS, st.just(0) | st.floats(0.25, 255), st.floats(0, 3))
def test_a_projection_is_within_epsilon_and_within_the_range(seed, norm, epsilon, distance):
    generator = torch.Generator().manual_seed(seed)
    originals = torch.rand(2, 3, 5, 4, generator=generator)
    far = originals + distance * torch.randn(2, 3, 5, 4, generator=generator)
    near = attacks.project(far, originals, epsilon, norm)
    assert (size_of(near - originals, norm) <= epsilon + 1e-3).all()
    assert near.min() >= 0
    assert near.max() <= 1
    assert torch.allclose(attacks.project(near, originals, epsilon, norm), near, atol=1e-6)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_projection_leaves_what_is_near_enough_alone(norm):
    originals = torch.full((3, 4, 5), 0.5)
    near = originals + 0.001 * torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(attacks.project(near, originals, 30, norm), near)


def test_a_projection_takes_every_image_of_a_batch_by_itself():
    originals = torch.full((2, 3, 4, 5), 0.5)
    far = originals.clone()
    far[1] += 0.3
    near = attacks.project(far, originals, 10, "l2")
    assert torch.equal(near[0], originals[0])
    assert size_of(near - originals, "l2")[1].item() == pytest.approx(10, rel=1e-4)


def test_fgsm_is_epsilon_times_the_sign_of_the_gradient(plain, digits):
    images, labels = digits[2][:7].clone().requires_grad_(), digits[3][:7]
    gradient = torch.autograd.grad(cross_entropy(plain(images), labels), images)[0]
    images = images.detach()
    away = attacks.fgsm(plain, images, labels, 20)
    assert torch.allclose(away, (images + 20 / 255 * gradient.sign()).clamp(0, 1), atol=1e-6)
    towards = attacks.fgsm(plain, images, labels, 20, targeted=True)
    assert torch.allclose(towards, (images - 20 / 255 * gradient.sign()).clamp(0, 1), atol=1e-6)


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("random_start", [False, True])
def test_pgd_stays_within_epsilon_and_moves_the_loss_the_right_way(plain, digits, norm, targeted, random_start):
    images, labels = digits[2][:40], digits[3][:40]
    wanted = (labels + 1) % 10 if targeted else labels
    epsilon = 20 if norm == "linf" else 120
    generator = torch.Generator().manual_seed(0) if random_start else None
    attacked = attacks.pgd(plain, images, wanted, epsilon, 10, targeted=targeted, norm=norm, random_start=generator)
    assert (size_of(attacked - images, norm) <= epsilon + 1e-3).all()
    assert attacked.min() >= 0
    assert attacked.max() <= 1
    before, after = cross_entropy(plain(images), wanted), cross_entropy(plain(attacked), wanted)
    assert after < 0.8 * before if targeted else after > 3 * before


def test_pgd_is_stronger_than_fgsm(plain, digits):
    images, labels = digits[2], digits[3]
    one, many = attacks.fgsm(plain, images, labels, 25), attacks.pgd(plain, images, labels, 25, 10)
    assert cross_entropy(plain(many), labels) > cross_entropy(plain(one), labels)


def test_an_attack_leaves_the_image_and_the_network_alone(digits, fingerprint):
    model, image = models.digit_net(0), digits[2][0]
    before, kept, state = fingerprint(model), image.clone(), torch.get_rng_state()
    attacked = attacks.pgd(model, image, 3, 30, 3, random_start=torch.Generator().manual_seed(0))
    assert attacked.shape == image.shape
    assert not attacked.requires_grad
    assert fingerprint(model) == before
    assert torch.equal(image, kept)
    assert torch.equal(torch.get_rng_state(), state)


def test_an_epsilon_of_zero_changes_nothing(plain, digits):
    image = digits[2][:1]
    for norm in ("linf", "l2"):
        assert torch.equal(attacks.pgd(plain, image, 3, 0, norm=norm), image)
    assert torch.equal(attacks.fgsm(plain, image, 3, 0), image)


def test_an_attack_can_be_watched_and_stopped(plain, digits):
    images, labels = digits[2][:3], digits[3][:3]
    attack = attacks.Attack(plain, images, labels, 25, steps=4)
    seen = [attack.images()]
    for _ in attack:
        seen.append(attack.images())
        assert (seen[-1] - images).abs().max() <= 25 / 255 + 1e-6
    assert len(attack) == 4 == len(seen) - 1
    assert torch.equal(seen[0], images)
    assert torch.equal(seen[-1], attacks.pgd(plain, images, labels, 25, 4))


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket", "astronaut", "camera"])
def test_a_photo_becomes_a_dalmatian_within_two_levels_and_stays_one_as_png(lite0, name):
    photo = attacks.saved(data.photo(name))
    attacked = attacks.saved(attacks.pgd(lite0, photo, "dalmatian", 2, 40, targeted=True))
    assert (attacked - photo).abs().max() <= 2 / 255 + 1e-6
    assert opinions.opinion(attacked, "dalmatian").probability >= 0.9  # seen: 0.91 on a GPU, 0.99 and more elsewhere
    assert opinions.opinion(attacked, "dalmatian", "efficientnet_lite1").probability < 0.1


def test_adversarial_training_defends_and_costs_accuracy(plain, robust, digits):
    images, labels = digits[2], digits[3]

    def right(model, images):
        return (model(images).argmax(dim=1) == labels).float().mean().item()

    assert right(plain, images) >= right(robust, images) > 0.9
    assert right(robust, attacks.pgd(robust, images, labels, 25, 20)) > 0.7
    assert right(plain, attacks.pgd(plain, images, labels, 25, 20)) < 0.7
    assert right(plain, attacks.pgd(plain, images, labels, 50, 20)) < 0.15


def test_what_a_robust_network_dreams_looks_like_the_class_to_a_nearest_class_mean(plain, robust, digits):
    train_images, train_labels = digits[:2]
    means = torch.stack([train_images[train_labels == n].mean(dim=0) for n in range(10)])
    wanted = torch.arange(10).repeat_interleave(10)
    starts = torch.rand(100, 1, 8, 8, generator=torch.Generator().manual_seed(0))

    def read_right(model):
        pixels, dreamed, waiting = starts.clone().requires_grad_(), starts.clone(), torch.ones(100, dtype=bool)

        def loss():
            return cross_entropy(model(pixels), wanted, reduction="sum")

        for _ in descend(loss, [pixels], 0.1, 200, UnitSGD):
            with torch.no_grad():
                pixels.clamp_(0, 1)
                dreamed[waiting] = pixels[waiting]
                waiting &= model(pixels).softmax(dim=1)[torch.arange(100), wanted] < 0.95
        nearest = torch.cdist(dreamed.flatten(1), means.flatten(1)).argmin(dim=1)
        return (nearest == wanted).sum().item()

    assert read_right(robust) >= 80
    assert read_right(plain) <= 60


def test_adversarial_training_is_reproducible_and_yields_steps(digits):
    images, labels = digits[0][:50], digits[1][:50]
    losses = []
    for seed in (1, 1, 2):
        model = models.digit_net(0)
        losses.append([s.loss for s in attacks.adversarial_training(model, images, labels, 50, steps=3, seed=seed)])
    assert len(losses[0]) == 3
    assert losses[0] == losses[1] != losses[2]


def test_png_keeps_every_8_bit_pixel_and_jpeg_does_not():
    image = data.photo("coffee", 64)
    png = attacks.saved(image)
    assert torch.equal(png, opinions.round_to_8_bits(image))
    assert torch.equal(attacks.saved(png), png)
    fine, coarse = (attacks.saved(image[None], "JPEG", quality) for quality in (95, 10))
    assert fine.shape == (1, 3, 64, 64)
    assert 0 < (fine - png).abs().mean() < (coarse - png).abs().mean() < 0.1


def attack(**changes):
    arguments = {"images": torch.rand(2, 1, 8, 8), "labels": 3, "epsilon": 8.0, "steps": 2, **changes}
    return attacks.pgd(models.digit_net(0), **arguments)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"epsilon": 256}, "Epsilon, in units of 1/255, must be from 0 to 255, not 256"),
        ({"epsilon": -1}, "from 0 to 255"),
        ({"epsilon": float("nan")}, "finite"),
        ({"epsilon": "2"}, "must be a number"),
        ({"epsilon": 3000, "norm": "l2"}, "from 0 to 2040"),
        ({"epsilon": 8 / 255}, "in units of 1/255: for 8/255 write 8"),
        ({"epsilon": 0.2, "norm": "l2"}, "in units of 1/255"),
        ({"norm": "l1"}, "no norm 'l1'; the nearest"),
        ({"steps": -1}, "0 or more"),
        ({"steps": 1.5}, "whole number"),
        ({"step_size": -0.1}, "The size of a step must be"),
        ({"labels": 10}, "A class index must be from 0 to 9, not 10"),
        ({"labels": 1.5}, "whole number"),
        ({"labels": "dalmatian"}, "no class names; give an index, not 'dalmatian'"),
        ({"labels": torch.tensor([1, 2, 3])}, "2 images, 3 labels"),
        ({"images": torch.rand(8, 8)}, "shape"),
        ({"images": torch.rand(2, 1, 8, 8) * 255}, r"lie in \[0, 1\]"),
        ({"images": torch.full((1, 1, 8, 8), torch.nan)}, "NaN"),
        ({"images": [[0.5]]}, "torch tensor, not list"),
    ],
)
def test_mistakes_are_named(arguments, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        attack(**arguments)


def test_an_unknown_class_lists_the_nearest(lite0):
    with pytest.raises(ValueError, match="no class 'dalmation'; the nearest: 'dalmatian'"):
        attacks.fgsm(lite0, torch.rand(3, 64, 64), "dalmation", 2)


def test_mistakes_of_training_saving_and_projecting_are_named(digits):
    right = {"images": digits[0][:9], "labels": digits[1][:9], "epsilon": 9}
    for changes, sentence in (
        ({"epsilon": 300}, "from 0 to 255"),
        ({"epsilon": 8 / 255}, "in units of 1/255"),
        ({"labels": right["labels"][:5]}, "9 images, 5 labels"),
        ({"batch": 0}, "1 or more"),
    ):
        with pytest.raises(ValueError, match=sentence):
            attacks.adversarial_training(models.digit_net(0), **{**right, **changes})
    for arguments, sentence in (
        ((torch.rand(2, 3, 9, 9),), "one image, not 2"),
        ((torch.rand(3, 9, 9), "GIF"), "no format 'GIF'"),
        ((torch.rand(3, 9, 9), "JPEG", 100), "from 1 to 95"),
        ((torch.rand(1, 9, 9),), "shape"),
    ):
        with pytest.raises(ValueError, match=sentence):
            attacks.saved(*arguments)
    with pytest.raises(ValueError, match="their originals"):
        attacks.project(torch.rand(3, 4, 4), torch.rand(3, 4, 5), 2)


def test_the_face_net_is_seeded_and_takes_faces():
    a, b, c = (models.face_net(seed) for seed in (3, 3, 4))
    assert torch.equal(a[0].weight, b[0].weight)
    assert not torch.equal(a[0].weight, c[0].weight)
    assert a(data.faces()[2]).shape == (40, 2)


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor])
def test_labels_come_in_any_form(plain, digits, kind):
    labels = digits[3][:3].tolist()
    assert attacks._labels(models.get(plain), kind(labels), digits[2][:3]).tolist() == labels
