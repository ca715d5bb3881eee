"""A frozen network and a blank image."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    def ready(**options):
        return draw.net(**options).train().requires_grad_(True)

    yield ready(), 7, 5
    yield ready(channels=2, dtype=torch.float64), 4, 6, 2


@exercise(cases)
def prepare(model, height, width, channels=3):
    model.eval()
    for weights in model.parameters():
        weights.requires_grad_(False)
    first = next(model.parameters())
    image = torch.zeros(1, channels, height, width, dtype=first.dtype, device=first.device)
    return image.requires_grad_()


def still(kind, got):
    """Whether, after a call, some part of the model is as it was."""
    after = got[0].after.get(f"model.{kind}")
    return after is None or any(value.data is True for value in after.data)


prepare.answers(r"""
    height and width swapped: height, width, dtype → width, height, dtype
    not blank: The pixels are not zero. Zero is grey: a blank slate, with nothing of ours in it.
        torch.zeros → 0.5 + torch.zeros | torch.ones
    still in train mode: Some part of the network is still in train mode.
        Dropout and batch normalization behave differently in training. One call reaches all parts.
        when: still("mode", got)
        model.eval() → pass | model.training = False
    weights still want gradients: Some of the weights still want gradients.
        Each parameter has its own requires_grad; an attribute of the model of that name changes none of them.
        when: still("requires_grad", got)
        weights.requires_grad_(False) → pass | model.requires_grad = False
        model.parameters():\n → model.classify.parameters():\n
    wants no gradient: image.requires_grad_() → image
    not a leaf: The image was computed from another tensor that wants gradients.
        The image itself is to be where the graph begins.
        forbid: any(call.result.graph for call in got)
        image.requires_grad_() → image.requires_grad_() * 1
    another default: channels=3 → channels=1
    another dtype: dtype=first.dtype → dtype=torch.float32
    changes the weights: requires_grad_(False) → requires_grad_(False).zero_()
    uses the global random state: torch.zeros(1 → 0 * torch.randn(1
    returns nothing: return image → image
""")
