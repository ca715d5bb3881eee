"""A step of known length for each image."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import ZERO_OVER_ZERO, not_finite


def inputs(draw):
    # Lengths that differ by a thousand, and one that is zero.
    for scales in ((3.0, 0.1), (3e-3, 1e-5), (0.2, 0.0)):
        gradient = draw.normal(2, 3, 6, 5) * torch.tensor(scales).view(2, 1, 1, 1)
        yield draw.uniform(2, 3, 6, 5), gradient, 0.7


@exercise(inputs, tolerance=1e-3)
def normalized_step(image, gradient, lr):
    length = gradient.flatten(1).norm(dim=1).clamp_min(1e-12)
    return image.detach() + lr * gradient / length.view(-1, 1, 1, 1)


LENGTH = "gradient.flatten(1).norm(dim=1).clamp_min(1e-12)"
normalized_step.bug("downhill", "The step goes down the gradient.", "The score is to grow.", "+ lr → - lr")
normalized_step.bug(
    "one length for the batch",
    "All images share one length, so a steep one makes the others stand still.",
    "Each image is to move by lr. Over which axes does its length run?",
    f"{LENGTH} → gradient.norm().clamp_min(1e-12)",
)
normalized_step.bug(
    "not normalized",
    "The length of the step depends on the length of the gradient.",
    "What do you have to divide a vector by to make its length 1?",
    f"{LENGTH} → torch.ones(1)",
    ("lr * → ", f"{LENGTH} → torch.ones(1)"),
)
normalized_step.bug(
    "not rooted",
    "The gradient is divided by the square of its length.",
    "The L2 length has a root.",
    "norm(dim=1) → norm(dim=1).square()",
)
normalized_step.bug(
    "another length",
    "The gradient is divided by another measure of its size.",
    "The L2 length is the root of the sum of the squares, over the whole image.",
    "norm(dim=1) → abs().amax(1)",
    "norm(dim=1) → abs().sum(1)",
    "norm(dim=1) → std(1)",
    "norm(dim=1) → abs().mean(1)",
    "norm(dim=1) → square().mean(1).sqrt()",
    "gradient / length.view(-1, 1, 1, 1) → gradient.sign()",
)
normalized_step.bug(
    "piece by piece",
    "Each channel, row or pixel was normalized by itself.",
    "There is one length for the whole image.",
    *(
        (f"{LENGTH} → gradient.norm(dim={dim}, keepdim=True).clamp_min(1e-12)", "length.view(-1, 1, 1, 1) → length")
        for dim in (1, 2, 3, (2, 3))
    ),
)
normalized_step.bug("without the learning rate", "The step has length 1.", "How long should it be?", "lr * → ")
normalized_step.bug(
    "only the step",
    "It returns the step without the image.",
    "Where is the image after the step?",
    "image.detach() + → ",
)
normalized_step.bug(*ZERO_OVER_ZERO, ".clamp_min(1e-12) → ", when=not_finite)
normalized_step.bug(
    "the number against 0/0 is too large",
    "A short gradient gives a step that is much shorter than lr.",
    "What is the shortest gradient that you still want to hear? The docstring says.",
    ".clamp_min(1e-12) → .clamp_min(1e-3)",
    "clamp_min(1e-12) → add(1e-4)",
    "clamp_min(1e-12) → add(1e-6)",
    when=lambda got, right: (got[0].result.plain - right[0].result.plain).abs().max() < 1e-3,
)
normalized_step.earns(
    "changes its input", "return image.detach() + → image += lr * gradient / length.view(-1, 1, 1, 1); return image #"
)


@normalized_step.also()
def with_loop(image, gradient, lr):
    new = image.clone()
    for one, slope in zip(new, gradient, strict=True):
        if slope.any():
            one += lr * slope / slope.norm()
    return new


@normalized_step.also()
def functional(image, gradient, lr):
    direction = torch.nn.functional.normalize(gradient.flatten(1), dim=1).view_as(image)
    return (image.detach() + lr * direction).requires_grad_()
