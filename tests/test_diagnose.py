"""Each sentence has a network or a recipe with that trouble, and one without."""

import pytest
import torch
from torch import nn

from vizlib import data
from vizlib.classifier import Classifier
from vizlib.diagnose import USUAL, diagnose
from vizlib.objectives import channel
from vizlib.regularizers import L2, Jitter, View
from vizlib.rendering import Rendering


def after(steps, *arguments, **changes):
    rendering = Rendering(*arguments, **{"size": 96, "steps": 60, **changes})
    for _ in range(steps):
        next(rendering)
    return rendering


def said(rendering):
    return " ".join(diagnose(rendering))


class Detached(View):
    def __call__(self, images, generator):
        return images.detach()


class To255(View):
    def __call__(self, images, generator):
        return images * 255


def small():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())


@pytest.fixture(scope="module")
def trained():
    """A small network whose batch normalization has seen normalized photographs."""
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2),
        nn.BatchNorm2d(8, momentum=1.0),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 4),
    )
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in USUAL)
    photos = torch.stack([data.photo(name, 96) for name in data.COLOUR_PHOTOS])
    module.train()((photos - mean) / std)
    return module.eval()


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (lambda _: after(1, channel("head", 0), "one_network", size=64), "is silent here"),
        (lambda _: after(0, 1, network=small().train()), "given in train mode"),
        (lambda _: after(0, "cup", "simonyan2013", regularizers=(To255(),)), "looks at pixels from"),
        (lambda trained: after(0, 1, network=trained), "not normalized"),
        (lambda _: after(12, "cup", "simonyan2013", lr=1e-4), "step is too small"),
        (lambda _: after(12, "cup", "simonyan2013", lr=1e4), "step is too large"),
        (lambda _: after(3, "cup", "simonyan2013", lr=0.01, regularizers=(L2(1e4),)), "penalties outweigh the score"),
        (lambda _: after(0, "cup", "simonyan2013", regularizers=(Jitter(2), Detached())), "cuts the gradient off"),
    ],
)
def test_a_trouble_is_named(trained, trouble, sentence):
    rendering = trouble(trained)
    told = diagnose(rendering)
    assert any(sentence in one for one in told), told
    assert all(one.endswith(".") or one[-1].isdigit() for one in told)


@pytest.mark.parametrize("recipe", ["default", "one_network", "simonyan2013", "cs231n", "maco", "yosinski2015_1"])
@pytest.mark.parametrize("steps", [0, 15])
def test_a_sound_picture_has_no_trouble(recipe, steps):
    assert diagnose(after(steps, "dumbbell", recipe, size=160)) == []


def test_a_normalized_network_in_eval_mode_has_no_trouble(trained):
    model = Classifier.wrap(trained, *USUAL)
    assert diagnose(after(0, 1, "one_network", network=model)) == []


@pytest.mark.usefixtures("cpu")
def test_to_diagnose_leaves_the_picture_as_it_was():
    whole, asked = after(0, "cup"), after(0, "cup")
    for _ in range(4):
        next(whole)
        next(asked)
        diagnose(asked)
    assert torch.equal(whole.picture(), asked.picture())
