"""How strongly a channel fires, or one of its neurons."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import BATCH


def inputs(draw):
    yield draw.normal(2, 5, 7, 6).requires_grad_(), 3
    yield draw.normal(3, 5, 7, 6, dtype=torch.float64).requires_grad_(), 3, (4, 1)
    yield draw.normal(2, 5, 7, 6).requires_grad_(), 1, (0, 0)


@exercise(inputs, flows=("activation",))
def unit_objective(activation, channel, place=None):
    unit = activation[:, channel]
    if place is None:
        return unit.mean(dim=(1, 2))
    y, x = place
    return unit[:, y, x]


unit_objective.bug(
    "the wrong axis",
    "It does not pick the channel.",
    "(N, C, H, W): on which axis is the channel?",
    "activation[:, channel] → activation[:, :, channel]",
    "activation[:, channel] → activation[..., channel]",
    "activation[:, channel] → activation[channel]",
    when=lambda got, right: "out of bounds" in (got[0].error or got[1].error)[1],
)
unit_objective.bug(
    "x and y swapped", "x and y are in the wrong order.", "Which of them counts rows?", "y, x = place → x, y = place"
)
unit_objective.bug(
    *BATCH,
    ("unit = activation[:, channel] → unit = activation[:1, channel]"),
    "unit = activation[:, channel] → unit = activation[:1, channel].expand(len(activation), 7, 6)",
)
unit_objective.bug(
    "one number",
    "It returns one number for all images.",
    "Each image has its own.",
    ("unit.mean(dim=(1, 2)) → unit.mean()", "unit[:, y, x] → unit[:, y, x].mean()"),
    "unit.mean(dim=(1, 2)) → unit.mean()",
    "unit[:, y, x] → unit[:, y, x].mean()",
)
unit_objective.bug("sum instead of mean", "It adds.", "Should a larger image count for more?", "unit.mean → unit.sum")
unit_objective.bug(
    "the strongest neuron",
    "Only one place in the channel counts.",
    "The whole channel is to fire.",
    "unit.mean(dim=(1, 2)) → unit.amax(dim=(1, 2))",
    "unit.mean(dim=(1, 2)) → unit[:, 3, 3]",
)
unit_objective.bug(
    "all channels",
    "All channels count.",
    "Only this one is to fire.",
    ("unit.mean(dim=(1, 2)) → activation.mean(dim=(1, 2, 3))"),
    "unit[:, y, x] → activation[:, :, y, x].mean(dim=1)",
)
unit_objective.bug(
    "the whole channel",
    "The place is not used.",
    "One neuron: one place in one channel.",
    "if place is None → if True",
    "unit[:, y, x] → unit[:, y].mean(1)",
    "unit[:, y, x] → unit[:, :, x].mean(1)",
)
unit_objective.bug(
    "absolute values",
    "The sign of the activations is lost.",
    "To fire is to be large, not to be far from 0.",
    *(f"unit = activation[:, channel] → unit = activation[:, channel].{f}()" for f in ("abs", "relu", "square")),
)
unit_objective.bug("the sign", "It has the wrong sign.", "The objective is to be made large.", "unit = → unit = -")
unit_objective.bug(
    "another place",
    "It takes another neuron, or channel.",
    "All of them count from 0.",
    "[:, y, x] → [:, y - 1, x - 1]",
    "activation[:, channel] → activation[:, channel - 1]",
)
unit_objective.bug(
    "(0, 0) is no place",
    "At the place (0, 0) it takes the whole channel.",
    "Which places are false in Python?",
    ("if place is None → if place is None or not any(place)"),
    "if place is None → if not place or not place[0]",
)
unit_objective.earns(
    "not a tensor", "unit[:, y, x] → unit[:, y, x].tolist()", "unit.mean(dim=(1, 2)) → unit.mean().item()"
)
unit_objective.earns("the gradient is cut off", "activation[:, channel] → activation.data[:, channel]")
unit_objective.earns("another default", "place=None → place=(0, 0)")
unit_objective.also("unit[:, y, x] → activation[:, channel][:, y].select(1, x)")


@unit_objective.also()
def masked(activation, channel, place=None):
    mask = torch.zeros_like(activation)
    if place is None:
        mask[:, channel] = 1 / mask[0, 0].numel()
    else:
        mask[:, channel, place[0], place[1]] = 1
    return (activation * mask).sum((1, 2, 3))
