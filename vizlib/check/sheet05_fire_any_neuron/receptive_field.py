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


def cases(draw):
    for blind, y, x, dtype in ((0, 2, 3, torch.float32), (2, 0, 0, torch.float32), (1, 4, 1, torch.float64)):
        model = Deep(draw, blind, dtype)
        yield model, model.seen, draw.normal(1, 3, 19, 17, dtype=dtype).requires_grad_(y == 0), draw.whole(0, 4), y, x


@exercise(cases, extra=True)
def receptive_field(model, layer, image, channel, y, x):
    recorded = []
    image = image.detach().clone().requires_grad_()
    with layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone())):
        model(image)
    gradient = torch.autograd.grad(recorded[0][0, channel, y, x], image)[0]
    sees = (gradient[0] != 0).any(dim=0)
    rows, columns = sees.any(dim=1).nonzero(), sees.any(dim=0).nonzero()
    return rows.min().item(), rows.max().item(), columns.min().item(), columns.max().item()


receptive_field.answers(r"""
    x and y swapped: channel, y, x], image → channel, x, y], image
    rows and columns swapped: rows, columns = → columns, rows =
    one too far: Bottom and right are one too large, or the field's height and width.
        Which is the last row that the neuron still sees?
        rows.max().item(), → rows.max().item() + 1, && columns.max().item() → columns.max().item() + 1
        rows.max().item(), → (rows.max() - rows.min()).item() + 1, &&
            columns.max().item() → (columns.max() - columns.min()).item() + 1
    another order: The four numbers are in another order. (top, bottom, left, right).
        rows.max().item(), columns.min().item() → columns.min().item(), rows.max().item()
    one colour: It looks at one colour only, and the network may be blind to that one.
        A pixel counts if any of its colours matters.
        (gradient[0] != 0).any(dim=0) → gradient[0, 0] != 0 | gradient[0, 1] != 0 | gradient[0, 2] != 0
    negative slopes are lost: Pixels that make the neuron weaker do not count. A slope of −1 is not 0.
        gradient[0] != 0 → gradient[0] > 0
        (gradient[0] != 0).any(dim=0) → gradient[0].sum(0) > 0
    a threshold: Pixels with a small gradient do not count. The docstring says: not exactly 0.
        gradient[0] != 0 → gradient[0].abs() > 0.2 * gradient.abs().max()
    the whole channel: The gradient is that of more than one neuron. One neuron: one place in one channel.
        [0, channel, y, x], image → [0, channel].sum(), image
    what comes after: output.clone() → output
        when: any(word in got[0].error[1] for word in ("min()", "zero", "numel"))
    leaves a hook behind: with → if
    switches requires_grad of its input: image.detach().clone().requires_grad_() → image.requires_grad_()
    not a whole number: .min().item(), rows → .min(), rows
    touches the gradients of the weights: recorded = [] → recorded, model.first.weight.grad = [], 0 * model.first.weight
""")
