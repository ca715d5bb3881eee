"""Look for images for which a layer puts out what is wanted."""

import torch
from torch import nn
from torch.nn.functional import softplus

from vizlib.check.exercise import exercise
from vizlib.check.sample import Logged


class Seen(Logged):
    """What a layer puts out, (N, 4, H, W): smooth, and larger than 0."""

    def __init__(self, draw, dtype):
        super().__init__(budget=100)
        self.filter = nn.Conv2d(3, 4, 3, padding=1)
        self.ready(draw, 0.6, dtype)

    def answer(self, images):
        return softplus(2 * self.filter(images))


def cases(draw):
    for n, dtype, lr, steps in ((3, torch.float32, 12.0, 4), (2, torch.float64, 30.0, 3)):
        features, images = Seen(draw, dtype), draw.uniform(n, 3, 6, 5, low=0.02, high=0.98, dtype=dtype)
        strength = torch.linspace(0.6, 1.5, n, dtype=dtype).view(n, 1, 1, 1)  # no two are equally long
        wanted = strength * features(draw.uniform(n, 3, 6, 5, low=0.0, high=1.0, dtype=dtype))
        yield features, wanted, images, lr, steps


@exercise(cases)
def invert_layer(features, wanted, images, lr, steps):
    size = wanted.flatten(1).square().sum(dim=1)
    new, losses = images.detach(), []
    for _ in range(steps):
        new = new.clone().requires_grad_()
        loss = (features(new) - wanted).flatten(1).square().sum(dim=1) / size
        gradient = torch.autograd.grad(loss.sum(), new)[0]
        new = (new.detach() - lr * gradient).clamp(0, 1)
        losses.append(loss.detach())
    return new, torch.stack(losses)


invert_layer.answers(r"""
    uphill: detach() - lr → detach() + lr
    not relative: The distance is not divided by ‖wanted‖². How far would an image be for which nothing fires?
        / size →
    relative to something else: The distance is divided by the length of what the layer puts out now, or for the start.
        What does the formula divide by, and does that ever change?
        / size → / features(new).flatten(1).square().sum(dim=1) |
            / features(new).detach().flatten(1).square().sum(dim=1) | / features(images).flatten(1).square().sum(dim=1)
    the root: The lengths are divided, not their squares. What stands above and below the line, with which power?
        / size → / size; loss = loss.sqrt()
        / size → / size.sqrt()
        - wanted).flatten(1).square().sum(dim=1) → - wanted).flatten(1).norm(dim=1)
    absolute values: The differences are not squared. Which power has ‖…‖²?
        - wanted).flatten(1).square() → - wanted).flatten(1).abs()
        - wanted).flatten(1).square() → - wanted).flatten(1).abs() &&
            wanted.flatten(1).square() → wanted.flatten(1).abs()
    mean instead of sum: sum(dim=1) / size → mean(dim=1) / size
    one length for the batch: wanted.flatten(1).square().sum(dim=1)\n → wanted.square().sum()\n
        square().sum(dim=1) / size → square().sum() / wanted.square().sum() * torch.ones_like(size) / len(images)
    mean instead of the image's own: The step of an image becomes shorter the more images are beside it.
        Images do not know of each other. What does mean() divide by?
        loss.sum(), → loss.mean(),
    not clamped to [0, 1]: gradient).clamp(0, 1) → gradient)
    clamped only at the end: The pixels are cut once, after all steps. When may a pixel leave [0, 1]?
        gradient).clamp(0, 1) → gradient) && return new → return new.clamp(0, 1)
    the losses after the steps: Each loss is that of the image after the step. Which image did the gradient come from?
        losses.append(loss.detach()) → losses.append((features(new) - wanted).flatten(1).square().sum(dim=1) / size)
    losses summed over the images: The losses of all images were added up, or averaged. Each image has its own.
        How many numbers does a step give?
        append(loss.detach()) → append(loss.detach().sum()) | append(loss.detach().mean())
    images and steps swapped: The losses stand in the wrong order. Which axis counts the steps, by the docstring?
        torch.stack(losses) → torch.stack(losses, dim=1)
    only the last loss: Only one loss came back for each image. There is one for each step.
        What do you keep at every turn of the loop?
        torch.stack(losses) → losses[-1] | losses[0]
    the number of steps: range(steps) → range(steps - 1) | range(steps + 1) | range(20)
    nothing moves: new = (new.detach() → _ = (new.detach()
    without the learning rate: lr * gradient → gradient
    a step of fixed length: lr * gradient → lr * gradient / gradient.norm() | lr * gradient.sign()
    gradients are never zeroed: size = → total, size = 0, && gradient = torch → gradient = total = total + torch
    not from images: It does not start from the images that it is given. Where does the first step leave from?
        new, losses = images.detach() → new, losses = 0 * images.detach() | new, losses = 0 * images.detach() + 0.5
    the graph is kept: new = new.clone() → new = new if new.requires_grad else new.clone() && new.detach() - → new - &&
            return new → return new.detach()
    losses with a graph: The losses still hang on their graphs, which fill the memory step by step.
        Which of a loss do you keep: the number, or also how it came about?
        forbid: any(part.graph for call in got for part in call.result.data)
        append(loss.detach()) → append(loss)
    changes its input: new = new.clone() → new = new.detach() &&
            (new.detach() - lr * gradient).clamp(0, 1) → new.detach().sub_(lr * gradient).clamp_(0, 1)
    another number of things: return new, torch.stack(losses) → return new, torch.stack(losses), size
""")
