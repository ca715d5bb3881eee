"""A reader's own network is looked into, and comes back as it was."""

import asyncio
import sys
import warnings
from collections import OrderedDict, namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import torch
import torchvision
from torch import nn

from vizlib import attacks, channels, data, hooks, images, models, plotting, widgets
from vizlib.classifier import Classifier, frozen
from vizlib.objectives import channel, neuron
from vizlib.opinions import log_odds, opinion
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
        assert result.optimized[0].network == type(module).__name__
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
    attacked = attacks.pgd("efficientnet_lite0", image, "cup", 4, 2, targeted=True)
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
    assert attacks.pgd(module, photo, 3, 4, 2, targeted=True).shape == photo.shape
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
        (lambda: opinion(torch.rand(3, 40, 40), 0, Classifier.wrap(OneSize(224), size=32)), "images of 3 × 32 × 32"),
        (
            lambda: Rendering(1, network=OneSize(100), size=48),
            r"take images of 3 × 160 × 160 \(Input image size .160, 160",
        ),
        (lambda: opinion(torch.rand(3, 40, 40), 0, Giving(colours=5)), "3 colours cannot be shown as one of 5"),
        (lambda: models.get(Giving(colours=1))(torch.rand(1, 3, 40, 40)), "it looks at 1 colour"),
        (lambda: attacks.fgsm(models.digit_net(), torch.rand(3, 8, 8), 0, 4), "3 × 8 × 8: it looks at 1 colour"),
        (lambda: Classifier.wrap(Giving(), categories={"cat": 0, "dog": 1}), r"from 0 to 1, not \['cat', 'dog'\]"),
        (lambda: Classifier.wrap(Giving(), categories={1: "a", 2: "b"}), "from 0 to 1"),
        (lambda: Classifier.wrap(Giving(), output=1.5), "a name, an index or a function"),
        (lambda: Rendering(1, network=Giving(), size=7), "from 8 to 4096"),
        (lambda: Rendering("cup", size=31), "from 32 to 4096"),
        (lambda: Rendering("cup", network=()), "list of networks is empty"),
    ],
)
def test_mistakes_are_named(make, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence) as error:
        make()
    assert "\n" not in str(error.value)


class Giving(nn.Module):
    """A small network that gives what a function makes of its logits ``(N, 5)``."""

    def __init__(self, form=lambda logits: logits, classes=5, colours=3):
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.head, self.form = nn.Conv2d(colours, 6, 3), nn.Linear(6, classes), form

    def forward(self, images):
        return self.form(self.head((self.conv(images) + 1).relu().mean(dim=(2, 3))))


class ModelOutput(OrderedDict):
    """As HuggingFace's: a dict by name whose values are attributes, too, and whose integers are indices."""

    def __getattr__(self, name):
        if name not in self:
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, key):
        return list(self.values())[key] if isinstance(key, int) else super().__getitem__(key)


@dataclass
class Answer:
    features: torch.Tensor
    logits: torch.Tensor


@dataclass
class Scores:
    scores: torch.Tensor
    features: torch.Tensor


class Holder:
    def __init__(self, logits):
        self.logits = logits


Named = namedtuple("Named", ["features", "logits"])
FORMS = {
    "tuple": (lambda x: (x, 2 * x), None),
    "list": (lambda x: [x, None], None),
    "named tuple": (lambda x: Named(2 * x, x), None),
    "dict": (lambda x: {"features": 2 * x, "logits": x}, None),
    "dict without the name": (lambda x: {"scores": x, "features": 2 * x}, None),
    "dataclass": (lambda x: Answer(2 * x, x), None),
    "dataclass without the name": (lambda x: Scores(x, 2 * x), None),
    "object": (Holder, None),
    "ModelOutput": (lambda x: ModelOutput(hidden=2 * x, logits=x), None),
    "name": (lambda x: {"features": 2 * x, "scores": x}, "scores"),
    "name of an attribute": (lambda x: Scores(x, 2 * x), "scores"),
    "index": (lambda x: (2 * x, x), 1),
    "index of a ModelOutput": (lambda x: ModelOutput(hidden=2 * x, scores=x), 1),
    "function": (lambda x: {"deep": [x / 2]}, lambda output: 2 * output["deep"][0]),
    "maps": (lambda x: x[:, :, None, None].expand(-1, -1, 2, 2), lambda maps: maps.mean((2, 3))),
}


@pytest.mark.parametrize("form", FORMS)
def test_logits_are_found_in_whatever_a_network_gives(form):
    make, output = FORMS[form]
    photo = data.photo("coffee", 32)
    model = Classifier.wrap(Giving(make), output=output)
    assert torch.equal(model(photo[None]), models.get(Giving())(photo[None]))
    settings = {"recipe": "simonyan2013", "size": 32, **ALONE}
    assert torch.equal(render(2, network=model, **settings).images, render(2, network=Giving(), **settings).images)
    assert opinion(photo, 2, model).probability == opinion(photo, 2, Giving()).probability
    assert torch.equal(attacks.fgsm(model, photo, 2, 4), attacks.fgsm(Giving(), photo, 2, 4))


NO_LOGITS = {
    "one number": (lambda x: x[:, :1], {}, "one number an image: if it is the logit of yes, say binary=True"),
    "no axis for classes": (lambda x: x[:, 0], {}, "one number an image"),
    "maps": (lambda x: x[:, :, None, None].expand(-1, -1, 4, 4), {}, "not logits .N, classes.; of maps take the mean"),
    "whole numbers": (lambda x: x.argmax(1, keepdim=True).expand(-1, 5), {}, "torch.int64, not logits"),
    "NaN": (lambda x: x * torch.nan, {}, "NaN or infinite logits"),
    "infinite": (lambda x: x.clone().fill_(torch.inf), {}, "NaN or infinite logits"),
    "one row": (lambda x: x.mean(dim=0, keepdim=True), {}, "for 2 images, not logits"),
    "more rows": (lambda x: torch.cat([x, x]), {}, "for 2 images, not logits"),
    "nothing": (lambda x: None, {}, "a NoneType, and no logits in it: say with Classifier.wrap"),
    "an empty tuple": (lambda x: (), {}, "a tuple, and no logits in it"),
    "a tuple of lists": (lambda x: ([x],), {}, "a tuple with 0, and no logits in it"),
    "another name": (
        lambda x: {"scores": x},
        {"output": "logit"},
        "a dict with 'scores', in which there is no output='logit'",
    ),
    "another index": (lambda x: (x,), {"output": 1}, "in which there is no output=1"),
    "binary of five": (lambda x: x, {"binary": True}, "but binary=True is for one logit an image"),
    "names": (lambda x: x, {"categories": "abc"}, "5 logits, but there are 3 names"),
}
CALLS = {
    "render": lambda network: render(0, "simonyan2013", network=network, size=32),
    "opinion": lambda network: opinion(data.photo("coffee", 32), 0, network),
    "attack": lambda network: attacks.Attack(network, data.photo("coffee", 32), 0, 4),
    "log-odds": lambda network: log_odds(data.photo("coffee", 32), 0, network),
    "layer": lambda network: Rendering(channel("conv", 0), network=network, size=32),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("case", NO_LOGITS)
def test_what_gives_no_logits_is_refused_before_the_first_step(case, call):
    form, given, sentence = NO_LOGITS[case]
    module = Giving(form)
    with pytest.raises(ValueError, match=f"Giving gives .*{sentence}") as error:
        CALLS[call](Classifier.wrap(module, **given))
    assert "\n" not in str(error.value)


def test_a_control_says_so_too():
    async def scenario():
        for control in (
            widgets.fooling_lab(Giving(lambda x: x[:, :1]), target="0", steps=2),
            widgets.class_dreamer(Giving(lambda x: x[:, :1]), "0", "simonyan2013", steps=2),
        ):
            assert "one number an image: if it is the logit of yes, say binary=True" in control.text
            control.close()

    asyncio.run(scenario())


def test_controls_look_into_a_grey_network():
    network = Giving(colours=1)

    async def scenario():
        for control in (
            widgets.class_dreamer(network, "2", "simonyan2013", steps=2),
            widgets.regularizer_lab("2", "one_network", further=1, steps=1, size=48, network=network),
            widgets.neuron_browser(network, "conv", 5, steps=2, size=48),
            widgets.which_patch("conv", turns=2, model=network, steps=1),
        ):
            control.take(2)
            assert control.error is None
            assert control.done == 2
            control.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("axes", [1, 2])
def test_one_logit_becomes_two_classes_either_of_which_can_be_asked_for(axes):
    module = Giving(lambda z: z if axes == 2 else z[:, 0], classes=1)
    model = Classifier.wrap(module, binary=True, categories=["no face", "face"])
    photo = data.photo("coffee", 32)
    z = module(photo[None]).flatten()
    assert torch.allclose(model(photo[None]).softmax(1)[:, 1], z.sigmoid())
    assert opinion(photo, "face", model).probability == pytest.approx(z.sigmoid().item(), abs=1e-3)
    for name in model.categories:
        assert not render(name, "simonyan2013", network=model, size=32, **ALONE).stuck
    near = attacks.pgd(model, photo, "face", 8, 5, targeted=True)
    assert module(near[None]).flatten() > z


@pytest.mark.parametrize(
    ("categories", "names"),
    [
        ({0: "a", 1: "b", 2: "c", 3: "d", 4: "e"}, "abcde"),
        ({"4": "e", "3": "d", "2": "c", "1": "b", "0": "a"}, "abcde"),
        (range(5), "01234"),
    ],
)
def test_class_names_may_be_a_dict(categories, names):
    model = Classifier.wrap(Giving(), categories=categories)
    assert model.categories == tuple(names)
    assert render(names[3], "simonyan2013", network=model, size=32, **ALONE).optimized[0].top in names


class OneSize(nn.Module):
    """Takes images of one size only, and of one number of colours."""

    def __init__(self, side, colours=3, error=AssertionError):
        super().__init__()
        torch.manual_seed(0)
        self.side, self.error = side, error
        self.conv, self.head = nn.Conv2d(colours, 4, 3, stride=2), nn.LazyLinear(5)
        with torch.no_grad():
            self(torch.zeros(1, colours, side, side))

    def forward(self, images):
        if images.shape[-1] != self.side:
            raise self.error(f"Input image size {tuple(images.shape[2:])} doesn't match model ({self.side})")
        return self.head(self.conv(images).flatten(1))


@pytest.mark.parametrize("error", [AssertionError, ValueError, RuntimeError, IndexError])
@pytest.mark.parametrize("side", [224, 32, 28])
def test_the_one_size_that_a_network_takes_is_found_and_said(side, error):
    network = OneSize(side, error=error)
    result = render(1, network=network, size=48, **ALONE)  # the default looks through a window of 160
    assert result.settings["notes"] == [f"OneSize does not take 160 × 160 pixels: it was shown {side} × {side}"]
    assert not result.stuck
    assert result.images.shape == (1, 3, 48, 48)
    assert not attacks.fgsm(network, data.photo("coffee", 40), 1, 4).equal(data.photo("coffee", 40))
    assert render(1, "simonyan2013", network=network, size=side, **ALONE).settings["notes"] == []


def test_what_was_found_at_one_size_changes_nothing_at_another():
    class Least(Giving):
        def forward(self, images):
            assert images.shape[-1] >= 60, "too small"
            return super().forward(images)

    settings = {"recipe": "simonyan2013", "size": 64, **ALONE}
    model = Classifier.wrap(Least())
    alone = render(1, network=model, **settings)
    model = Classifier.wrap(Least())
    assert "shown 224 × 224" in render(1, network=model, **{**settings, "size": 40}).settings["notes"][0]
    assert torch.equal(render(1, network=model, **settings).images, alone.images)


class Depthwise(Giving):
    """Its first convolution looks at every colour by itself."""

    def __init__(self):
        super().__init__(colours=3)
        self.conv = nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.Conv2d(3, 6, 1))


class Branches(Giving):
    """A convolution for red, one for green, one for blue."""

    def __init__(self):
        super().__init__(colours=1)

    def forward(self, images):
        red, green, blue = images.split(1, dim=1)
        return super().forward(red) + super().forward(green) - super().forward(blue)


class Embedded(Giving):
    """A position embedding with four axes comes before any convolution."""

    def __init__(self):
        super().__init__(colours=3)
        self.position = nn.Parameter(torch.rand(1, 6, 1, 1))
        self.conv, self.patches = nn.Identity(), nn.Linear(3, 6)

    def forward(self, images):
        return super().forward(self.patches(images.movedim(1, -1)).movedim(-1, 1) + self.position)


COLOURS = {
    "colour": (Giving, {}, 3),
    "depthwise": (Depthwise, {}, 3),
    "branches": (Branches, {}, 3),
    "position embedding": (Embedded, {}, 3),
    "grey": (lambda: Giving(colours=1), {}, 1),
    "grey, one size": (lambda: OneSize(28, colours=1), {}, 1),
    "digits": (models.digit_net, {}, 1),
    "faces": (models.face_net, {}, 1),
    "two": (lambda: Giving(colours=2), {}, 2),
    "five": (lambda: Giving(colours=5), {}, 5),
    "said by the mean": (lambda: Giving(colours=6), {"mean": [0.5] * 6}, 6),
}


@pytest.mark.parametrize("case", COLOURS)
def test_a_picture_has_the_colours_that_the_network_looks_at(case, tmp_path):
    make, given, colours = COLOURS[case]
    model = Classifier.wrap(make(), **given)
    assert model.channels == colours
    result = render(1, "one_network", network=model, size=48, steps=2, frames=2)
    assert result.images.shape == (1, colours, 48, 48)
    assert not result.stuck
    assert [said.network for said in result.held_out] == list(models.LITE)
    assert result.picture().mode == ("L" if colours < 3 else "RGB")
    path = result.save(tmp_path / "mine.png")
    assert torch.equal(channels.opened(path), result.images[0])
    result.save_film(tmp_path / "mine.webp")
    plotting.to_array(result.images)
    plotting.show_film(result.frames)


@pytest.mark.parametrize("colours", [1, 5])
@pytest.mark.parametrize("recipe", ["simonyan2013", "yosinski2015_1", "yosinski2015_4", "cs231n", "maco", "many"])
def test_every_recipe_makes_pictures_of_other_colours(recipe, colours, tmp_path):
    result = render(1, recipe, network=Giving(colours=colours), size=48, batch=2, **ALONE)
    assert result.images.shape == (2, colours, 48, 48)
    assert not result.stuck
    every = channels.opened(result.save(tmp_path / "two.png"))
    assert torch.equal(every, torch.cat(list(result.images), dim=2))


def test_a_start_has_the_colours_of_the_network():
    for start in ("noise", "coffee"):
        result = render(1, "simonyan2013", network=Giving(colours=1), size=48, start=start, **ALONE)
        assert result.images.shape == (1, 1, 48, 48)
    render(1, "simonyan2013", network=Giving(colours=5), size=48, start="noise", **ALONE)
    with pytest.raises(ValueError, match="An image of 3 colours cannot be shown as one of 5"):
        Rendering(1, "simonyan2013", network=Giving(colours=5), size=48, start="coffee")


def test_a_grey_picture_is_shown_to_others_as_three_equal_colours(lite0):
    grey = data.photo("camera", 96)[:1]
    assert opinion(grey, "cup", lite0) == opinion(grey.expand(3, -1, -1), "cup", lite0)
    assert torch.equal(log_odds(grey, "cup", lite0), log_odds(grey.expand(3, -1, -1), "cup", lite0))
    assert opinion(torch.cat([grey, 1 - grey]), "cup", lite0) == opinion(grey, "cup", lite0)
    many = torch.cat([data.photo("coffee", 96), grey])
    assert opinion(many, "cup", lite0) == opinion(many[:3], "cup", lite0)


def test_waves_of_one_colour_are_as_strong_as_brightness_is_in_three():
    def strength(channels):
        generator = torch.Generator().manual_seed(0)
        waves = images.FourierImage(48, 64, generator, sd=0.1, chroma=0, channels=channels)
        return waves().mean(dim=1).std().item()

    assert strength(1) == pytest.approx(strength(3), rel=0.1)


def test_networks_of_different_colours_cannot_look_together():
    with pytest.raises(ValueError, match=r"look at \[1, 3\] colours"):
        Rendering(1, network=(Giving(), Giving(colours=1)), size=48)


ENDINGS = {
    "softmax": (lambda x: x.softmax(1), {}, "ends in a softmax"),
    "softmax in half precision": (lambda x: x.softmax(1).half(), {}, "ends in a softmax"),
    "sigmoid": (lambda x: x[:, :1].sigmoid(), {"binary": True}, "ends in a sigmoid"),
    "none": (lambda x: x, {}, None),
    "log-softmax": (lambda x: x.log_softmax(1), {}, None),
    "softmax, undone": (lambda x: x.softmax(1), {"output": torch.log}, None),
    "one logit": (lambda x: x[:, :1], {"binary": True}, None),
    "sigmoid, undone": (lambda x: x[:, :1].sigmoid(), {"binary": True, "output": torch.logit}, None),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_a_softmax_at_the_end_is_said_and_not_refused(case):
    form, given, sentence = ENDINGS[case]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        opinion(data.photo("coffee", 32), 0, Classifier.wrap(Giving(form), **given))
    result = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = render(0, "simonyan2013", network=Classifier.wrap(Giving(form), **given), size=32, **ALONE)
    notes = result.settings["notes"]
    if sentence is None:
        assert not warned
        assert notes == []
    else:
        assert sentence in str(warned[0].message)
        assert [sentence in note for note in notes] == [True]


def no_grad(module):
    module.forward = torch.no_grad()(module.forward)
    return module


def inference(module):
    module.forward = torch.inference_mode()(module.forward)
    return module


def quantized(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(module.eval(), {nn.Linear}, dtype=torch.qint8)


def made_in_inference_mode():
    with torch.inference_mode():
        return Giving()


BLOCKED = {
    "no_grad": lambda: no_grad(Giving()),
    "inference_mode": lambda: inference(Giving()),
    "detached": lambda: Giving(lambda x: x.detach()),
    "through NumPy": lambda: Giving(lambda x: torch.tensor(x.tolist())),
    "quantized": lambda: quantized(Giving()),
    "made in inference mode": made_in_inference_mode,
}


@pytest.mark.parametrize("call", ["render", "attack"])
@pytest.mark.parametrize("case", BLOCKED)
@pytest.mark.filterwarnings("ignore")
def test_a_network_that_lets_no_gradient_back_is_refused_and_can_be_asked(case, call):
    network = BLOCKED[case]()
    assert 0 < opinion(data.photo("coffee", 32), 0, network).probability < 1
    name = type(network).__name__
    with pytest.raises(
        ValueError, match=f"No gradient comes back through {name}|was made within torch.inference"
    ) as error:
        CALLS[call](network)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode, lambda: torch.set_grad_enabled(False)])
@pytest.mark.parametrize("call", ["render", "attack"])
@pytest.mark.parametrize("network", [Giving, lambda: "efficientnet_lite1"])
def test_gradients_that_are_switched_off_are_said(off, call, network):
    with off(), pytest.raises(ValueError, match="Gradients are switched off here: leave the block torch.no_grad"):
        CALLS[call](network())


def test_a_network_that_is_first_loaded_in_inference_mode_can_be_looked_into_later():
    load = models._load.__wrapped__
    with torch.inference_mode():
        model = load("efficientnet_lite0", torch.device("cpu"))
    assert not Rendering("cup", "simonyan2013", network=model, size=32).trace


def compiled(module):
    return torch.compile(module)


def compiled_in_place(module):
    module.compile()
    return module


@pytest.mark.parametrize("compile", [compiled, compiled_in_place])
def test_a_compiled_network_is_looked_into_as_it_was_before(compile, fingerprint):
    plain = Giving()
    module = compile(Giving())
    assert list(models.get(module).layers) == ["conv", "head", "logits"]
    for objective in (1, channel("conv", 2)):
        settings = {"recipe": "simonyan2013", "size": 32, **ALONE}
        made = render(objective, network=module, **settings)
        assert torch.equal(made.images, render(objective, network=plain, **settings).images)
    if compile is compiled_in_place:
        assert module._compiled_call_impl is not None


@pytest.mark.parametrize("script", [torch.jit.script, lambda module: torch.jit.trace(module, torch.rand(1, 3, 32, 32))])
@pytest.mark.filterwarnings("ignore")
def test_of_a_scripted_network_the_logits_are_seen(script):
    module = script(plain().eval())
    model = models.get(module)
    assert list(model.layers) == ["logits"]
    assert not render(1, "default", network=module, size=48, **ALONE).stuck
    assert opinion(data.photo("coffee", 32), 0, module).probability > 0
    with pytest.raises(ValueError, match="no layer '0'; the nearest: 'logits'"):
        Rendering(channel("0", 1), network=module, size=48)


def test_a_module_in_train_mode_answers_alike_from_many_threads(fingerprint):
    torch.manual_seed(0)
    module = plain().train()
    before, image = fingerprint(module), torch.rand(4, 3, 64, 64)
    expected = models.get(module)(image)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: models.get(module)(image), range(400)))
    assert all(torch.equal(answer, expected) for answer in answers)
    assert fingerprint(module) == before


def test_threads_that_look_into_one_network_record_their_own():
    torch.manual_seed(0)
    module = plain().train()
    model = models.get(module)

    def make(objective):
        return render(objective, "simonyan2013", network=model, size=32, steps=20, second_opinions=()).images

    objectives = [0, channel("0", 2), 1, channel("4", 3)] * 2
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(make, objectives))
    assert all(torch.equal(made, make(objective)) for made, objective in zip(together, objectives, strict=True))
    assert module.training


def test_threads_may_have_their_first_look_at_the_same_time():
    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # most rounds ended in "There is no layer '0'" before hooks had a lock
    try:
        for _ in range(10):
            model = models.get(plain().train())
            with ThreadPoolExecutor(6) as threads:
                jobs = [threads.submit(render, one, "simonyan2013", network=model, size=32, steps=1, second_opinions=())
                        for one in [0, channel("0", 2), 1, channel("4", 3)] * 2]  # fmt: skip
                assert all(job.result() for job in jobs)
    finally:
        sys.setswitchinterval(often)


class Auxiliary(nn.Module):
    """Has a head that looks in training only, with a normalization of its own."""

    def __init__(self):
        super().__init__()
        self.body, self.main = plain()[:3], nn.Linear(6, 7)
        self.auxiliary = nn.Sequential(nn.BatchNorm2d(6), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 7))

    def forward(self, images):
        maps = self.body(images)
        main = self.main(maps.mean(dim=(2, 3)))
        return (main, self.auxiliary(maps)) if self.training else main


def test_a_head_that_never_runs_in_eval_mode_is_no_layer():
    torch.manual_seed(0)
    module = Auxiliary().train()
    model = models.get(module)
    assert list(model.layers) == ["body", "body.0", "body.1", "body.2", "main", "logits"]
    assert list(model.batch_norm_statistics) == [module.body[1]]
    assert not render(1, "default", network=module, size=48, **ALONE).stuck


def test_a_network_that_takes_one_image_at_a_time_is_taken():
    class OneByOne(nn.Module):
        def forward(self, images):
            assert len(images) == 1, "one image, please"
            return images.mean(dim=(2, 3))

    assert attacks.pgd(OneByOne(), data.photo("coffee", 64), 1, 4, 2, targeted=True).shape == (3, 64, 64)


def test_the_first_look_is_not_heard_by_hooks():
    module, heard = plain().eval(), []
    handle = module[0].register_forward_hook(lambda part, given, out: heard.append((len(out), out.requires_grad)))
    model = models.get(module)
    model(torch.rand(3, 3, 40, 56, requires_grad=True))
    assert heard == [(3, True)]
    handle.remove()
