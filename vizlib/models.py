"""Networks that look at images: frozen ImageNet classifiers, any network of your own, and a small one for digits."""

import functools

import torch
from torch import nn

from vizlib import _validate
from vizlib._efficientnet import LITE, load_lite
from vizlib.classifier import Classifier

LOOKED_INTO = "efficientnet_lite0"


def get(network: "str | Classifier | nn.Module") -> Classifier:
    """The classifier of a name for :func:`load`, of a module, which is wrapped, or as it is."""
    if isinstance(network, Classifier):
        return network
    return load(network) if isinstance(network, str) else Classifier.wrap(network)


def default_device() -> torch.device:
    """A CUDA GPU where there is one, else Apple's (MPS), else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


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
    torchvision = _torchvision()
    known = torchvision.models.list_models(module=torchvision.models)
    _validate.choice(name, [*LITE, *known], "network")
    return _load(name, torch.device(device) if device is not None else default_device())


@functools.cache
def _load(name: str, device: torch.device) -> Classifier:
    # A network draws its first weights before it is given those of the file. Those made in inference mode would have no
    # gradients ever after.
    with torch.random.fork_rng(devices=[]), torch.inference_mode(False):
        model = load_lite(name, categories()) if name in LITE else _load_torchvision(name)
        model = model.to(device).to(memory_format=torch.channels_last)
        return model.eval().requires_grad_(False)


def _torchvision():
    """The package, imported when it is needed: that takes as long as PyTorch itself."""
    import torchvision

    return torchvision


def categories() -> tuple[str, ...]:
    """The 1,000 class names of ImageNet-1k, in the order of the logits."""
    return tuple(_torchvision().models.EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"])


def _load_torchvision(name):
    torchvision = _torchvision()
    weights = torchvision.models.get_model_weights(name).DEFAULT  # pyright: ignore[reportAttributeAccessIssue]  # each has one
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
    return Classifier(name, network, weights.meta["categories"], preset.mean, preset.std, preset.crop_size[0])


def digit_net(seed: int = 0) -> nn.Sequential:
    """A small untrained network for 8×8 digits: images ``(N, 1, 8, 8)`` in, logits ``(N, 10)`` out, 6,090 weights.

    Args:
        seed: decides the first weights; the global random state is left as it was.
    """
    return _small_net(seed, places=2 * 2, classes=10)


def face_net(seed: int = 0, classes: int = 2) -> nn.Sequential:
    """A small untrained network for faces: images ``(N, 1, 25, 25)`` in, logits ``(N, classes)`` out.

    Args:
        seed: decides the first weights; the global random state is left as it was.
        classes: two for a detector, no face and face; more to tell people apart.
    """
    return _small_net(seed, places=6 * 6, classes=_validate.whole(classes, "The number of classes", 2))


def _small_net(seed, places, classes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), last := nn.Linear(32 * places, classes),
        )  # fmt: skip
        for layer in network:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                layer.bias.data.zero_()  # pyright: ignore[reportOptionalMemberAccess]  # they have one
    with torch.no_grad():
        last.weight *= 0.3  # so that at first no class is favoured, and the loss is that of guessing
    return network
