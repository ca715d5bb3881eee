"""How strongly a channel fires, or one of its neurons."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    yield draw.normal(2, 5, 7, 6).requires_grad_(), 3
    yield draw.normal(3, 5, 7, 6, dtype=torch.float64).requires_grad_(), 3, (4, 1)
    yield draw.normal(2, 5, 7, 6).requires_grad_(), 1, (0, 0)


@exercise(cases, gradient_to=("activation",))
def unit_objective(activation, channel, place=None):
    unit = activation[:, channel]
    if place is None:
        return unit.mean(dim=(1, 2))
    y, x = place
    return unit[:, y, x]


unit_objective.answers("""
    the wrong axis: It does not pick the channel. (N, C, H, W): on which axis is the channel?
        when: "out of bounds" in (got[0].error or got[1].error)[1]
        activation[:, channel] → activation[:, :, channel] | activation[..., channel] | activation[channel]
    x and y swapped: y, x = place → x, y = place
    hard-coded batch size: activation[:, channel] → activation[:1, channel] |
        activation[:1, channel].expand(len(activation), 7, 6)
    one number: unit.mean(dim=(1, 2)) → unit.mean()
        unit[:, y, x] → unit[:, y, x].mean()
    sum instead of mean: unit.mean → unit.sum
    the strongest neuron: Only one place in the channel counts. The whole channel is to fire.
        unit.mean(dim=(1, 2)) → unit.amax(dim=(1, 2)) | unit[:, 3, 3]
    all channels: All channels count. Only this one is to fire.
        unit.mean(dim=(1, 2)) → activation.mean(dim=(1, 2, 3))
        unit[:, y, x] → activation[:, :, y, x].mean(dim=1)
    the whole channel: The place is not used. One neuron: one place in one channel.
        if place is None → if True
        unit[:, y, x] → unit[:, y].mean(1) | unit[:, :, x].mean(1)
    absolute values: activation[:, channel] → activation[:, channel].abs() | activation[:, channel].relu()
    (0, 0) is no place: At the place (0, 0) it takes the whole channel. Which places are false in Python?
        if place is None → if place is None or not any(place) | if not place or not place[0]
    not a tensor: unit[:, y, x] → unit[:, y, x].tolist()
        unit.mean(dim=(1, 2)) → unit.mean().item()
    the gradient is cut off: activation[:, channel] → activation.data[:, channel]
    another default: place=None → place=(0, 0)
""")
