"""The same network in fewer passes: what a frozen EfficientNet-Lite can do without."""

from torch import nn
from torch.nn.utils import fuse_conv_bn_weights


def make_fast(network: nn.Module) -> None:
    """Rebuild an EfficientNet of ``efficientnet_lite_pytorch``, in place; in eval mode it is the same function.

    Batch normalizations go into the convolutions before them, even borders into the convolutions that need them, and
    1×1 convolutions become matrix products.
    """
    pairs = [(network, "_conv_stem", "_bn0"), (network, "_conv_head", "_bn1")]
    for block in network._blocks:
        names = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
        pairs += [(block, *pair) for pair in names if hasattr(block, pair[0])]
    for module, convolution, norm in pairs:
        _fold(module, convolution, norm)

    for module in list(network.modules()):
        # An even border needs no copy of the whole stack of maps: the convolution adds it by itself.
        border = getattr(getattr(module, "static_padding", None), "padding", ())
        if len(set(border)) == 1:
            module.padding, module.static_padding = border[:2], nn.Identity()
        for key, child in module.named_children():
            if isinstance(child, nn.Conv2d) and child.kernel_size == (1, 1):
                setattr(module, key, Pointwise(child))


def _fold(module, convolution_name, norm_name):
    convolution, norm = getattr(module, convolution_name), getattr(module, norm_name)
    convolution.weight, convolution.bias = fuse_conv_bn_weights(
        convolution.weight, convolution.bias,
        norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias,
    )  # fmt: skip
    setattr(module, norm_name, nn.Identity())


class Pointwise(nn.Module):
    """A 1×1 convolution as the matrix product that it is; on a CPU, PyTorch's own is slow for one small image."""

    def __init__(self, convolution: nn.Conv2d):
        super().__init__()
        self.weight = nn.Parameter(convolution.weight.flatten(1))
        self.bias = convolution.bias

    def forward(self, maps):
        return nn.functional.linear(maps.movedim(1, -1), self.weight, self.bias).movedim(-1, 1)
