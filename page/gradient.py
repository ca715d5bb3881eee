"""A network and its gradient to the pixels as one module of forward operations, for where nothing else is to be had.

The backward pass of a frozen network is a feed-forward network itself: a convolution goes back as the convolution with
its kernel turned and its channels exchanged, ReLU6 as a mask, a mean as a division. So a runtime that can only infer
can climb, too. Equal to autograd's; ``tests/test_page.py`` compares them.
"""

import torch
from torch import nn
from torch.nn import functional as F

from vizlib.classifier import Classifier


class Convolution(nn.Module):
    """One convolution, and the way back through it to what went in."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        weight = layer.weight  # of a 1×1 convolution a matrix
        self.weight = nn.Parameter(weight if weight.ndim == 4 else weight[:, :, None, None])
        self.bias, self.stride = layer.bias, getattr(layer, "stride", (1, 1))[0]
        self.groups, self.pad = getattr(layer, "groups", 1), getattr(layer, "padding", (0, 0))
        self.border = getattr(getattr(layer, "static_padding", None), "padding", (0, 0, 0, 0))
        if hasattr(layer, "beta"):
            self.register_buffer("beta", layer.beta)
            self.register_buffer("gamma", layer.gamma)

    def forward(self, x):
        self.sides = x.shape[-2:]
        x = F.pad(x, self.border) if any(self.border) else x
        return F.conv2d(x, self.weight, self.bias, self.stride, self.pad, groups=self.groups)

    def back(self, gradient):
        """The gradient to what went in, from that of what came out."""
        if self.stride == 2:  # zeros between the places that were looked at
            n, c, height, width = gradient.shape
            gradient = F.pad(gradient.reshape(n, c, height, 1, width, 1), (0, 1, 0, 0, 0, 1))
            gradient = gradient.reshape(n, c, 2 * height, 2 * width)
        pads, (left, _, top, _) = [], self.border
        before = top + self.pad[0], left + self.pad[1]
        for side, have, kernel, first in zip(
            self.sides, gradient.shape[-2:], self.weight.shape[-2:], before, strict=True
        ):
            start = kernel - 1 - first
            pads.append((start, side - have - start + kernel - 1))
        gradient = F.pad(gradient, (*pads[1], *pads[0]))
        turned = self.weight.flip(2, 3) if self.weight.shape[-1] > 1 else self.weight
        turned = turned if self.groups > 1 else turned.transpose(0, 1)
        return F.conv2d(gradient, turned, groups=self.groups)

    def pull(self, x):
        """The gradient of :class:`vizlib.regularizers.BatchNormStatistics` to ``x``, this layer's output."""
        beta, gamma = self.beta[:, None, None], self.gamma[:, None, None]
        mean = x.mean((2, 3), keepdim=True)
        spread = ((x - mean).square().mean((2, 3), keepdim=True) + 1e-6).sqrt()
        scale = len(beta) * gamma.clamp_min(0.05).square() * (x.shape[2] * x.shape[3]) / 2
        return ((mean - beta) + (spread - gamma) / spread * (x - mean)) / scale


class Climb(nn.Module):
    """What one step up asks of an EfficientNet-Lite, and what it needs to know to take it.

    Args:
        model: one of the course's own networks.
    """

    def __init__(self, model: Classifier):
        super().__init__()
        network = model.network
        self.mean, self.std = model.mean, model.std
        self.stem, self.head = Convolution(network.stem[0]), Convolution(network.head[0])
        self.logits = network.logits
        self.expand, self.depthwise, self.project, self.skips = nn.ModuleList(), nn.ModuleList(), nn.ModuleList(), []
        for name, block in network.named_children():
            if name.startswith("block_"):
                widened = [Convolution(block._expand_conv)] if hasattr(block, "_expand_conv") else []
                self.expand.append(nn.ModuleList(widened))
                self.depthwise.append(Convolution(block._depthwise_conv))
                self.project.append(Convolution(block._project_conv))
                same = block._block_args.input_filters == block._block_args.output_filters
                self.skips.append(block.id_skip and same and block._block_args.stride in (1, [1]))
        # The channels that can be fired, layer by layer: of the blocks and of the head.
        self.channels = [len(one.bias) for one in (*self.project, self.head)]

    @property
    def blocks(self):
        return list(zip(self.expand, self.depthwise, self.project, self.skips, strict=True))

    def up(self, image):
        """The forward pass: the stem's output, what went into each ReLU6, the projections' outputs, the mean of every
        channel of each block and of the head, and the head's output."""
        kept, outs, means = [], [], []

        def relu6(x):
            kept.append(x)
            return x.clamp(0, 6)

        first = self.stem((image - self.mean) / self.std)
        x = relu6(first)
        for expand, depthwise, project, skip in self.blocks:
            y = x
            for convolution in expand:
                y = relu6(convolution(y))
            y = project(relu6(depthwise(y)))
            outs.append(y)
            x = x + y if skip else y
            means.append(x.mean((2, 3)))
        top = relu6(self.head(x))
        means.append(top.mean((2, 3)))
        return first, kept, outs, means, top

    def forward(self, image, one_hot, against, statistics, unit):
        """Logits, and the gradient of ``one_hot · logits − against · log Σ exp logits + unit · maps − statistics · …``.

        Args:
            image: ``(1, 3, H, W)`` in [0, 1]; sides that 32 divides.
            one_hot: ``(1, 1000)``.
            against: ``(1, 1)``, a of ``S − a log Σ exp S``.
            statistics: ``(1, 1)``, the weight of :class:`vizlib.regularizers.BatchNormStatistics`.
            unit: ``(1, sum of channels)``, how much the mean of each channel of each block and of the head counts.

        Returns:
            Logits ``(1, 1000)``, the means ``(1, sum of channels)``, and the gradient ``(1, 3, H, W)``.
        """
        first, kept, outs, means, top = self.up(image)
        logits, means, units = self.logits(means[-1]), torch.cat(means, dim=1), unit.split(self.channels, dim=1)

        def back(gradient):
            x = kept.pop()
            return gradient * ((x > 0) & (x < 6)).to(gradient.dtype)

        wanted = (one_hot - against * logits.softmax(1)) @ self.logits.weight + units[-1]
        gradient = self.head.back(back((wanted / (top.shape[2] * top.shape[3]))[:, :, None, None].expand_as(top)))
        for (expand, depthwise, project, skip), y, fired in list(zip(self.blocks, outs, units, strict=False))[::-1]:
            gradient = gradient + (fired / (y.shape[2] * y.shape[3]))[:, :, None, None]
            z = depthwise.back(back(project.back(gradient - statistics * project.pull(y))))
            for convolution in expand:
                z = convolution.back(back(z))
            gradient = gradient + z if skip else z
        gradient = self.stem.back(back(gradient) - statistics * self.stem.pull(first))
        return logits, means, gradient / self.std


class Judge(Climb):
    """The same, only asked: logits ``(1, 1000)`` of images as :class:`Climb` takes them."""

    def forward(self, image):
        *_, means, _ = self.up(image)
        return self.logits(means[-1])
