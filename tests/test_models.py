import warnings

import pytest
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

from vizlib import _efficientnet, hooks, models
from vizlib.__main__ import main
from vizlib.rendering import render


@pytest.fixture(scope="module")
def as_shipped():
    """The network of the package, with its batch normalizations."""
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(_efficientnet.weights_file("efficientnet_lite0"), weights_only=True))
    return network.eval()


@pytest.fixture(scope="module")
def pictures():
    return torch.rand(2, 3, 160, 192, generator=torch.Generator().manual_seed(1))


def test_folding_is_not_visible_at_the_logits(lite0, as_shipped, pictures):
    with torch.no_grad():
        expected = as_shipped((pictures - 127 / 255) / (128 / 255))
        assert torch.allclose(lite0(pictures), expected, atol=1e-3)


def test_folding_is_not_visible_at_the_named_layers(lite0, as_shipped, pictures):
    x = (pictures - 127 / 255) / (128 / 255)
    with torch.no_grad(), hooks.record(lite0, lite0.layers) as ours:
        lite0(pictures)
    with torch.no_grad():
        x = as_shipped._swish(as_shipped._bn0(as_shipped._conv_stem(x)))
        assert torch.allclose(ours["stem"], x, atol=1e-3)
        for number, block in enumerate(as_shipped._blocks, 1):
            x = block(x)
            assert torch.allclose(ours[f"block_{number}"], x, atol=1e-2), number
        x = as_shipped._swish(as_shipped._bn1(as_shipped._conv_head(x)))
        assert torch.allclose(ours["head"], x, atol=1e-2)


def test_it_is_frozen_in_eval_mode_and_knows_its_layers(lite0):
    assert not lite0.training
    assert not any(p.requires_grad for p in lite0.parameters())
    assert list(lite0.layers) == ["stem", *(f"block_{n}" for n in range(1, 17)), "head", "logits"]
    assert len(lite0.categories) == 1000
    assert models.load("efficientnet_lite0", "cpu") is lite0


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("dumbbell", 543),
        ("cup", 968),
        ("Dalmatian", 251),
        ("bell_pepper", 945),
        (" lemon ", 951),
        ("pirate", 724),
        ("cardigan", 474),
        ("Cardigan", 264),
        (7, 7),
    ],
)
def test_classes_are_named_by_a_person(lite0, name, index):
    assert lite0.category(name) == index


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("dumbel", "nearest: 'dumbbell'"),
        ("terrier", r"ambiguous: it fits 'toy terrier' \(\d+\)"),
        ("CARDIGAN", "ambiguous"),
        ("pepper", "nearest: 'bell pepper'"),
        ("qqqqqq", "no class 'qqqqqq'"),
        ("", "no class ''"),
        (1000, "from 0 to 999"),
        (-1, "from 0 to 999"),
        (3.5, "whole number"),
    ],
)
def test_a_wrong_class_gets_one_sentence(lite0, name, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        lite0.category(name)


@pytest.mark.parametrize(
    ("cuda", "mps", "device"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_a_gpu_is_taken_where_there_is_one(monkeypatch, cuda, mps, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert models.default_device() == torch.device(device)


def test_an_unknown_network_lists_the_nearest():
    with pytest.raises(ValueError, match="'alexnet'"):
        models.load("alexne")


def test_a_network_that_cannot_be_downloaded_says_so_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(OSError, match="weights of 'alexnet' are not on this machine") as error:
        models.load("alexnet")
    assert "\n" not in str(error.value)


def test_a_torchvision_network_loads_when_its_weights_are_cached(tmp_path, monkeypatch):
    network = torchvision.models.squeezenet1_1(weights=None)
    weights = torchvision.models.SqueezeNet1_1_Weights.DEFAULT
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(network.state_dict(), folder / weights.url.rsplit("/", 1)[1])
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    model = models.load("squeezenet1_1", "cpu")
    assert model.category("dumbbell") == 543
    with torch.no_grad(), hooks.record(model, ["logits"]) as seen:
        logits = model(torch.rand(1, 3, 64, 64))
    assert seen["logits"].flatten(1).shape == logits.shape


def test_the_digit_net_is_seeded_and_leaves_the_global_random_state():
    state = torch.random.get_rng_state()
    a, b, c = models.digit_net(3), models.digit_net(3), models.digit_net(4)
    assert torch.equal(a[0].weight, b[0].weight)
    assert not torch.equal(a[0].weight, c[0].weight)
    assert torch.equal(state, torch.random.get_rng_state())
    assert a(torch.rand(5, 1, 8, 8)).shape == (5, 10)


def test_the_face_net_has_as_many_classes_as_are_asked_for():
    faces = torch.rand(5, 1, 25, 25)
    assert models.face_net()(faces).shape == (5, 2)
    assert models.face_net(seed=1, classes=11)(faces).shape == (5, 11)
    with pytest.raises(ValueError, match="classes"):
        models.face_net(classes=1)


# One of each family of torchvision's classifiers, the smallest.
FAMILIES = (
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3",
    "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "resnet18",
    "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_1", "swin_t", "swin_v2_t", "vgg11", "vgg11_bn", "vit_b_16",
    "wide_resnet50_2",
)  # fmt: skip
ONE_SIZE = {"maxvit_t": "MaxVit", "vit_b_16": "VisionTransformer"}
SHOWN = "does not take 160 × 160 pixels: it was shown 224 × 224"


@pytest.fixture
def random_weights(monkeypatch):
    """Every network of torchvision loads, with weights as if drawn at the start of a training."""

    def drawn(weights, **_):
        name = next(one for one in torchvision.models.list_models() if _weights(one) is weights)
        torch.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the way to draw them will change
            # Those of Inception grow from layer to layer.
            network = torchvision.models.get_model(name, **({"init_weights": False} if "ception" in name else {}))
        for layer in network.modules():  # the last layer of a vision transformer begins with zeros
            if isinstance(layer, nn.Linear) and layer.out_features == 1000 and not layer.weight.any():
                nn.init.normal_(layer.weight, std=0.01)
        return network.state_dict()

    def _weights(name):
        return torchvision.models.get_model_weights(name).DEFAULT

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", lambda *arguments, **named: None)
    monkeypatch.setattr(torchvision.models.WeightsEnum, "get_state_dict", drawn)
    monkeypatch.setattr(models, "_load", models._load.__wrapped__)  # whoever loads one later gets another


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("recipe", ["default", "one_network"])
def test_every_family_of_torchvision_renders_a_class(random_weights, name, recipe):
    network = models.load(name, "cpu")
    result = render("dumbbell", recipe, network=network, steps=3, second_opinions=())
    assert result.images.isfinite().all()
    assert len(result.trace) == 3
    assert result.settings["notes"] == ([f"{name} {SHOWN}"] if name in ONE_SIZE else [])
    # The same module as a stranger's: nothing says which size it was trained on.
    result = render(543, recipe, network=network.network, steps=1, second_opinions=())
    assert result.settings["notes"] == ([f"{ONE_SIZE[name]} {SHOWN}"] if name in ONE_SIZE else [])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["vit_b_16", "inception_v3"])
def test_the_command_line_takes_torchvisions_networks_by_name(random_weights, tmp_path, capsys, name):
    file = tmp_path / "dumbbell.png"
    assert main(["render", "dumbbell", "--network", name, "--steps", "2", "-o", str(file)]) == 0
    assert file.is_file()
    assert f"own {name}" in capsys.readouterr().out
