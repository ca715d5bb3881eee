"""Inputs small enough to be followed by hand: networks of a few weights, and calls written as Python."""

import ast

import torch
from torch import nn
from torch.nn import functional as F


class Linear(nn.Module):
    """A network whose logits are the rows of ``weights`` times the pixels of an image; for any size that fits."""

    def __init__(self, weights):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weights))

    def forward(self, images):
        return images.flatten(1) @ self.weight.T.to(images.dtype)


class Layered(nn.Module):
    """A network whose ``layer`` makes a channel for each of ``weights`` out of a pixel; an in-place ReLU follows."""

    def __init__(self, weights):
        super().__init__()
        self.layer = nn.Conv2d(len(weights[0]), len(weights), 1, bias=False)
        self.layer.weight.data = torch.tensor(weights)[:, :, None, None]
        self.requires_grad_(False)

    def forward(self, images):
        return F.relu_(self.layer(images)).sum((2, 3))


class Window(nn.Module):
    """A network whose ``layer`` adds up squares of ``side`` × ``side`` pixels, without a padding."""

    def __init__(self, side):
        super().__init__()
        self.layer = nn.Conv2d(1, 1, side, bias=False)
        self.layer.weight.data.fill_(1.0)
        self.requires_grad_(False)

    def forward(self, images):
        return self.layer(images).sum((2, 3))


class Tried:
    """The calls of an exercise as :func:`vizlib.check.observe.observe` takes them: in place of its own inputs.

    Args:
        exercise: whose name and signature count.
        calls: each as lines of Python, of which the last calls the function, e.g. ``"jitter(image, 1, generator)"``.
    """

    gradient_to = ()

    def __init__(self, exercise, calls):
        self.name, self.signature, self.calls = exercise.name, exercise.signature, calls

    def cases(self, seed):
        for call in self.calls:
            *before, last = ast.parse(call).body
            scope = {"torch": torch, "Linear": Linear, "Layered": Layered, "Window": Window}
            exec(compile(ast.Module(before, []), "call", "exec"), scope)
            yield tuple(eval(compile(ast.Expression(part), "call", "eval"), scope) for part in last.value.args)
