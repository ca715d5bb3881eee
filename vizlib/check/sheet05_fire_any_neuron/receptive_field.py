"""Which pixels a neuron sees at all."""

import torch
from torch.nn.functional import softplus

from vizlib.check.exercise import exercise
from vizlib.check.sample import Logged


class Deep(Logged):
    """A network whose layer ``seen`` looks at 9×7 pixels, with strides; what comes after it writes over its output."""

    def __init__(self, draw, blind, dtype=torch.float32):
        super().__init__()
        self.first, self.second = torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.Conv2d(4, 4, 3, stride=2)
        self.seen, self.relu = torch.nn.Conv2d(4, 5, (3, 2)), torch.nn.ReLU(inplace=True)
        self.ready(draw, 0.4, dtype)
        with torch.no_grad():
            self.first.weight[:, blind] = 0  # of the colours
            # The uppermost row that a neuron sees makes it weaker, whatever the colour. And the ReLU is shut.
            for positive in (self.second.weight, self.seen.weight, self.first.weight[:, :, :1]):
                positive.abs_()
            self.first.weight[:, :, :1].neg_()
            self.seen.bias.fill_(-200)

    def answer(self, images):
        return self.relu(self.seen(softplus(self.second(softplus(self.first(images)))))).mean((2, 3))


def inputs(draw):
    for blind, y, x, dtype in ((0, 2, 3, torch.float32), (2, 0, 0, torch.float32), (1, 4, 1, torch.float64)):
        model = Deep(draw, blind, dtype)
        yield model, model.seen, draw.normal(1, 3, 19, 17, dtype=dtype).requires_grad_(y == 0), draw.whole(0, 4), y, x


@exercise(inputs, extra=True)
def receptive_field(model, layer, image, channel, y, x):
    recorded = []
    image = image.detach().clone().requires_grad_()
    with layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone())):
        model(image)
    gradient = torch.autograd.grad(recorded[0][0, channel, y, x], image)[0]
    sees = (gradient[0] != 0).any(dim=0)
    rows, columns = sees.any(dim=1).nonzero(), sees.any(dim=0).nonzero()
    return rows.min().item(), rows.max().item(), columns.min().item(), columns.max().item()


LAST = "return rows.min().item(), rows.max().item(), columns.min().item(), columns.max().item()"
receptive_field.bug(
    "x and y swapped",
    "The neuron at (x, y) is looked at, not that at (y, x).",
    "Rows come first in every tensor.",
    "channel, y, x], image → channel, x, y], image",
)
receptive_field.bug(
    "rows and columns swapped",
    "Rows and columns are in the wrong order.",
    "Along which axis do rows lie?",
    "rows, columns = sees.any(dim=1) → columns, rows = sees.any(dim=1)",
)
receptive_field.bug(
    "one too far",
    "Bottom and right are one too large, or the field's height and width.",
    "Which is the last row that the neuron still sees?",
    "rows.max().item(), columns.min().item(), columns.max().item() → "
    "rows.max().item() + 1, columns.min().item(), columns.max().item() + 1",
    f"{LAST} → return rows.min().item(), rows.max().item() - rows.min().item() + 1, "
    f"columns.min().item(), "
    "columns.max().item() - columns.min().item() + 1",
)
receptive_field.bug(
    "another order",
    "The four numbers are in another order.",
    "(top, bottom, left, right).",
    f"{LAST} → return rows.min().item(), columns.min().item(), rows.max().item(), columns.max().item()",
)
receptive_field.bug(
    "one colour",
    "It looks at one colour only, and the network may be blind to that one.",
    "A pixel counts if any of its colours matters.",
    *(f"(gradient[0] != 0).any(dim=0) → gradient[0, {c}] != 0" for c in (0, 1, 2)),
)
receptive_field.bug(
    "negative slopes are lost",
    "Pixels that make the neuron weaker do not count.",
    "A slope of −1 is not 0.",
    "gradient[0] != 0 → gradient[0] > 0",
    "(gradient[0] != 0).any(dim=0) → gradient[0].sum(0) > 0",
)
receptive_field.bug(
    "a threshold",
    "Pixels with a small gradient do not count.",
    "The docstring says: not exactly 0.",
    *(f"gradient[0] != 0 → gradient[0].abs() > {t} * gradient.abs().max()" for t in (0.2, 0.5)),
)
receptive_field.bug(
    "the whole channel",
    "The gradient is that of more than one neuron.",
    "One neuron: one place in one channel.",
    "[0, channel, y, x], image → [0, channel].sum(), image",
    "[0, channel, y, x], image → [0, :, y, x].sum() * 0 + recorded[0].sum(), image",
)
receptive_field.bug(
    "what comes after",
    "An in-place ReLU after the layer shuts off the gradient.",
    "The hook gets the very tensor that the next layer may change.",
    "output.clone() → output",
    when=lambda got, right: any(word in got[0].error[1] for word in ("min()", "zero", "numel")),
)
receptive_field.earns(
    "leaves a hook behind",
    (
        "with layer.register_forward_hook(lambda module, inputs, output: "
        "recorded.append(output.clone())): → "
        "layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))\n "
        "   if True:"
    ),
)
receptive_field.earns(
    "switches requires_grad of its input", "image = image.detach().clone().requires_grad_() → image.requires_grad_()"
)
receptive_field.earns("not a whole number", ".min().item(), rows → .min(), rows")
receptive_field.earns(
    "touches the gradients of the weights",
    "model(image)\n → model(image); model.first.weight.grad = torch.ones(4, 3, 3, 3, dtype=image.dtype)\n",
)


@receptive_field.also()
def by_backward(model, layer, image, channel, y, x):
    leaf, found = torch.nn.Parameter(image.data.clone()), []
    handle = layer.register_forward_hook(
        lambda module, args, output: output.clone()[:, channel, y, x].sum().backward(inputs=[leaf])
    )
    try:
        model(leaf)
    finally:
        handle.remove()
    for strength in (leaf.grad.abs().amax((0, 1, 3)).tolist(), leaf.grad.abs().amax((0, 1, 2)).tolist()):
        places = [n for n, value in enumerate(strength) if value > 0]
        found += [places[0], places[-1]]
    return tuple(found)
