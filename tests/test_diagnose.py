"""Each sentence has a network or a recipe with that trouble, and one without."""

import pytest
import torch
from torch import nn

from vizlib import data
from vizlib.classifier import Classifier
from vizlib.diagnose import USUAL, diagnose
from vizlib.objectives import channel
from vizlib.regularizers import L2, BatchNormStatistics, Jitter, View
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


def small(*ending):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), *ending).eval()


def normalized(mean, std):
    return after(0, 1, network=Classifier.wrap(small(), mean=mean, std=std))


def outweighed():
    return after(0, "cup", regularizers=(BatchNormStatistics(1e5),))


def blocked():
    """A network whose forward came under no_grad after the picture was begun."""
    network = small()
    rendering = after(0, 1, network=network)
    network.forward = torch.no_grad()(network.forward)
    return rendering


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
        (lambda _: after(0, 1, network=small(nn.Softmax(1))), "ends in a softmax"),
        (lambda _: normalized([123.7, 116.3, 103.5], [58.4, 57.1, 57.4]), "are in units of 1/255"),
        (lambda _: normalized([0.485, 0.456, 0.406], [58.4, 57.1, 57.4]), "are in units of 1/255"),
        (lambda _: outweighed(), "penalties on activations outweigh the score"),
        (lambda _: blocked(), "No gradient comes back through Sequential"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*softmax")
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


def test_no_gradient_because_of_no_grad_is_not_blamed_on_the_unit():
    rendering = after(0, "cup")
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            (told,) = diagnose(rendering)
        assert told.startswith("Gradients are switched off here")
    (told,) = diagnose(blocked())
    assert "silent" not in told


@pytest.mark.parametrize(("mean", "std"), [(0.5, 0.5), (USUAL[0], USUAL[1]), (0.0, 1.0), (0.5, 1 / 255)])
def test_a_normalization_for_pixels_in_0_to_1_has_no_trouble(mean, std):
    assert diagnose(normalized(mean, std)) == []


def test_a_grey_network_is_diagnosed_too():
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    assert diagnose(after(0, 1, "one_network", network=network)) == []
