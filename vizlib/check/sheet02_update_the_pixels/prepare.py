"""A frozen network and a blank image."""

import torch

from vizlib.check.exercise import exercise


def inputs(draw):
    def ready(**options):
        return draw.net(**options).train().requires_grad_(True)

    yield ready(), 7, 5
    yield ready(channels=2, dtype=torch.float64), 4, 6, 2


@exercise(inputs)
def prepare(model, height, width, channels=3):
    model.eval()
    for weights in model.parameters():
        weights.requires_grad_(False)
    first = next(model.parameters())
    image = torch.zeros(1, channels, height, width, dtype=first.dtype, device=first.device)
    return image.requires_grad_()


def still(kind, wrong):
    """Whether, after a call, some part of the model is not as it should be."""

    def predicate(got, right):
        after = got[0].after.get(f"model.{kind}")
        return after is None or any(value.data is wrong for value in after.data)

    return predicate


prepare.bug(
    "height and width swapped",
    "Height and width are in the wrong order.",
    "In which order does PyTorch count the axes of an image?",
    "height, width, dtype → width, height, dtype",
)
prepare.bug(
    "no batch",
    "The batch axis is missing.",
    "A network takes a batch of images, even of one.",
    "zeros(1, channels → zeros(channels",
)
prepare.bug(
    "channels last",
    "The channels come last.",
    "In which order does PyTorch count the axes of an image?",
    "(1, channels, height, width → (1, height, width, channels",
)
prepare.bug(
    "channels ignored",
    "Another number of channels was asked for.",
    "Where is channels used?",
    "zeros(1, channels → zeros(1, 3",
)
prepare.bug(
    "not blank",
    "The pixels are not zero.",
    "Zero is grey: a blank slate, with nothing of ours in it.",
    "torch.zeros(1, channels, height, width → torch.full((1, channels, height, width), 0.5",
    "torch.zeros → torch.ones",
)
prepare.bug(
    "two things",
    "It returns the model too.",
    "The model is changed itself. Only the image comes back.",
    "image.requires_grad_() → model, image.requires_grad_()",
    "image.requires_grad_() → model",
    when=lambda got, right: got[0].result.kind not in ("tensor", "None"),
)
prepare.bug(
    "still in train mode",
    "Some part of the network is still in train mode.",
    "Dropout and batch normalization behave differently in training. One call reaches all parts.",
    "model.eval() → pass",
    "model.eval() → model.training = False",
    when=still("mode", True),
)
prepare.bug(
    "weights still want gradients",
    "Some of the weights still want gradients.",
    "Each parameter has its own requires_grad; an attribute of the model of that name changes none of them.",
    "weights.requires_grad_(False) → pass",
    "weights.requires_grad_(False) → model.requires_grad = False",
    "model.parameters():\n → model.classify.parameters():\n",
    when=still("requires_grad", True),
)
prepare.bug(
    "wants no gradient",
    "The image does not want gradients, so backward() will leave its .grad empty.",
    "Who tells a tensor that its gradient will be asked for?",
    "image.requires_grad_() → image",
    forbid=lambda got, right: not all(call.result.requires_grad for call in got),
)
prepare.bug(
    "not a leaf",
    "The image was computed from another tensor that wants gradients.",
    "The image itself is to be where the graph begins.",
    "image.requires_grad_() → image.requires_grad_() * 1",
    forbid=lambda got, right: any(call.result.graph for call in got),
)
prepare.earns("another default", "channels=3 → channels=1")
prepare.earns("another dtype", "dtype=first.dtype → dtype=torch.float32")
prepare.earns("changes the weights", "requires_grad_(False) → requires_grad_(False).zero_()")
prepare.earns("uses the global random state", "torch.zeros(1 → 0 * torch.randn(1")
prepare.earns("returns nothing", "return image → image")
prepare.also(
    ("for weights in model.parameters(): → if True:", "weights.requires_grad_ → model.requires_grad_"),
    "return image.requires_grad_() → return torch.nn.Parameter(image)",
)
