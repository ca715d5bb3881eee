"""A reader's own network is looked into, and comes back as it was."""

import pytest
import torch
import torchvision
from torch import nn

from vizlib import data, fooling, hooks, models
from vizlib.classifier import Classifier, frozen
from vizlib.objectives import channel, neuron
from vizlib.opinions import opinion
from vizlib.rendering import Rendering, render

ALONE = {"second_opinions": (), "steps": 2}


def plain():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2), nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 7),
    )  # fmt: skip


class WithLayers(nn.Module):
    """Keeps its parts in an attribute called ``layers``, as many networks do."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(3, 5, 3), nn.ReLU()])
        self.head = nn.Linear(5, 4)

    def forward(self, images):
        for layer in self.layers:
            images = layer(images)
        return self.head(images.mean(dim=(2, 3)))


NETWORKS = {
    "sequential": (plain, 48, "0"),
    "module list": (WithLayers, 48, "layers.0"),
    "resnet18": (lambda: torchvision.models.resnet18(weights=None), 64, "layer1.0.conv1"),
    "vit_b_16": (lambda: torchvision.models.vit_b_16(weights=None), 48, "encoder.layers.encoder_layer_0"),
}


@pytest.fixture(scope="module", params=NETWORKS)
def given(request):
    make, side, layer = NETWORKS[request.param]
    torch.manual_seed(0)
    size = 224 if request.param == "vit_b_16" else None
    module = make().train()
    if request.param == "vit_b_16":  # without weights its last layer is all zeros
        nn.init.normal_(module.heads.head.weight)
    # Grey must not be zero for the network: behind a first ReLU there would be no gradient.
    return module, Classifier.wrap(module, mean=[0.4] * 3, std=[0.25] * 3, size=size), side, layer


def test_pictures_of_classes_and_channels_are_made_and_the_module_is_left_alone(given, fingerprint):
    module, model, side, layer = given
    before = fingerprint(module)
    for objective in (3, channel(layer, 2)):
        result = render(objective, "simonyan2013", network=model, size=(side, side + 16), **ALONE)
        assert result.images.std() > 0
        assert result.own[0].network == type(module).__name__
    assert fingerprint(module) == before
    assert module.training


def test_the_layers_are_those_that_put_out_one_tensor(given):
    module, model, side, layer = given
    assert layer in model.layers
    assert list(model.layers)[-1] == "logits"
    with hooks.record(model, model.layers) as activations, torch.no_grad():
        model(torch.rand(1, 3, side, side))
    assert set(activations) == set(model.layers)
    if isinstance(module, torchvision.models.VisionTransformer):
        assert "encoder.layers.encoder_layer_0.self_attention" not in model.layers  # puts out a tuple
        assert activations[layer].ndim == 3


def test_tokens_are_the_places_of_a_channel():
    make, _, layer = NETWORKS["vit_b_16"]
    torch.manual_seed(0)
    module = make().eval()
    model = Classifier.wrap(module, size=224)
    image = torch.rand(2, 3, 224, 224)
    with hooks.record(model, [layer]) as activations, torch.no_grad():
        model(image)
    tokens = activations[layer]
    assert torch.allclose(channel(layer, 5)(model, activations), tokens[:, :, 5].mean(dim=1))
    assert torch.equal(neuron(layer, 5, 12, 0)(model, activations), tokens[:, 12, 5])


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_the_answer_is_the_modules_own_after_normalization_in_either_memory_format(memory):
    torch.manual_seed(0)
    module = plain().eval().to(memory_format=memory)
    model = Classifier.wrap(module, mean=[0.1, 0.2, 0.3], std=[0.5, 0.6, 0.7])
    image = torch.rand(2, 3, 31, 45)
    wanted = module((image - torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)) / torch.tensor([0.5, 0.6, 0.7]).view(3, 1, 1))
    assert torch.allclose(model(image), wanted, atol=1e-5)
    assert module[0].weight.is_contiguous(memory_format=memory)


def test_images_and_modules_of_float64_are_taken():
    torch.manual_seed(0)
    image = torch.rand(1, 3, 40, 56, dtype=torch.float64)
    for module in (plain().eval(), plain().eval().double()):
        logits = models.get(module)(image)
        assert logits.dtype == torch.float64
        assert logits.shape == (1, 7)
    assert models.load("efficientnet_lite0", "cpu")(image).dtype == torch.float64
    attacked = fooling.pgd("efficientnet_lite0", image, "cup", 4, 2, targeted=True)
    assert attacked.dtype == torch.float64
    assert (attacked - image).abs().max() * 255 <= 4 + 1e-6


def test_a_name_a_classifier_and_a_module_are_all_taken(lite0):
    module = plain()
    assert models.get(lite0) is lite0
    assert models.get("efficientnet_lite0").name == "efficientnet_lite0"
    photo = data.photo("coffee", 64)
    assert opinion(photo, 3, module).network == "Sequential"
    assert opinion(photo, 3, module).top.isdecimal()
    named = Classifier.wrap(module, categories=list("abcdefg"))
    assert opinion(photo, "c", named).probability == pytest.approx(opinion(photo, 2, module).probability)
    assert fooling.pgd(module, photo, 3, 4, 2, targeted=True).shape == photo.shape
    assert module.training


def test_a_network_in_train_mode_with_dropout_answers_the_same_twice():
    torch.manual_seed(0)
    model = models.get(plain().train())
    image = torch.rand(1, 3, 40, 40)
    assert torch.equal(model(image), model(image))


def test_frozen_gives_back_mixed_modes_and_gradients_after_an_error():
    module = plain()
    module[1].eval()
    module[0].weight.requires_grad_(False)
    with pytest.raises(RuntimeError), frozen(module):
        assert not any(part.training for part in module.modules())
        assert not any(weights.requires_grad for weights in module.parameters())
        raise RuntimeError
    assert [part.training for part in module] == [True, False, True, True, True, True, True]
    assert [weights.requires_grad for weights in module.parameters()] == [False, *[True] * 5]


def test_a_layer_that_is_called_twice_gives_the_last_call():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.add = nn.Conv2d(3, 3, 1)

        def forward(self, images):
            return self.add(self.add(images)).mean(dim=(2, 3))

    module, image = Twice(), torch.rand(1, 3, 5, 5)
    with hooks.record(module, ["add"]) as activations:
        module(image)
    assert torch.equal(activations["add"], module.add(module.add(image)))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Classifier.wrap("resnet"), "a Classifier or a torch.nn.Module, not str"),
        (lambda: Classifier.wrap(plain(), std=[0.1, 0, 0.1]), "greater than 0"),
        (lambda: Classifier.wrap(plain(), size=2.5), "whole number"),
        (lambda: Rendering("cup", network=plain(), size=48), "no class names; give an index, not 'cup'"),
        (lambda: Rendering(7, network=plain(), size=48), "from 0 to 6"),
        (lambda: Rendering(channel("1", 6), network=plain(), size=48), "from 0 to 5"),
        (lambda: Rendering(channel("11", 0), network=plain(), size=48), "no layer '11'; the nearest: '1'"),
        (lambda: Classifier.wrap(NETWORKS["vit_b_16"][0](), size=32).layers, "does not take images of 3 × 32 × 32"),
        (lambda: Rendering("cup", network=()), "list of networks is empty"),
    ],
)
def test_mistakes_are_named(make, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence) as error:
        make()
    assert "\n" not in str(error.value)
