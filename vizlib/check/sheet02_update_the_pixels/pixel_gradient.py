"""The gradient of a score with respect to the pixels."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import ANOTHER_CLASS, BATCH, CROSS_ENTROPY, PROBABILITY


def inputs(draw):
    for dtype, wants in ((torch.float32, True), (torch.float32, False), (torch.float64, True)):
        model = draw.net(dtype=dtype).requires_grad_(wants)
        image = draw.normal(2, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_(wants)
        for weights in model.parameters():
            weights.grad = draw.normal(*weights.shape, dtype=dtype) if wants else None
        yield model, image, 3
        yield model, image, 3


@exercise(inputs)
def pixel_gradient(model, image, target):
    image = image.detach().clone().requires_grad_()
    score = model(image)[:, target].sum()
    return torch.autograd.grad(score, image)[0]


pixel_gradient.bug(
    "downhill", "The gradient has the wrong sign.", "Which way does the score grow?", "score = → score = -"
)
pixel_gradient.bug(*PROBABILITY, "model(image) → model(image).softmax(1)")
pixel_gradient.bug(
    *CROSS_ENTROPY,
    "model(image) → model(image).log_softmax(1)",
    "model(image) → -model(image).log_softmax(1)",
    ("model(image) → model(image).log_softmax(1)", ".sum() → .mean()"),
    ("model(image) → -model(image).log_softmax(1)", ".sum() → .mean()"),
)
pixel_gradient.bug(
    *BATCH,
    "[:, target].sum() → [0, target]",
    "[:, target].sum() → [-1, target]",
    when=lambda got, right: any(not one.any() for one in got[0].result.plain),
)
pixel_gradient.bug(
    "mean instead of sum",
    "The gradient is divided by the number of images.",
    "Images do not know of each other: each is to get the gradient of its own score.",
    "sum() → mean()",
)
pixel_gradient.bug(
    "all the classes",
    "That is the gradient of all scores together.",
    "Only one of them is target.",
    "[:, target] → ",
    "[:, target] → .max(1).values",
)
pixel_gradient.bug(
    *ANOTHER_CLASS, *(f"target].sum() → {c}].sum()" for c in (0, 1, 2, 4)), "target].sum() → target - 1].sum()"
)
pixel_gradient.bug(
    "normalized",
    "The gradient was scaled, or its signs were taken.",
    "Return it as it is.",
    "image)[0] → image)[0].sign()",
    "image)[0] → image)[0].abs()",
    ("return → gradient =", "image)[0] → image)[0]; return gradient / gradient.norm()"),
)
pixel_gradient.earns("the graph is kept", "score, image) → score, image, create_graph=True)")
pixel_gradient.earns(
    "touches the gradients of the weights",
    ("return torch.autograd.grad(score, image)[0] → score.backward(); return image.grad"),
)
pixel_gradient.earns("raises an error", ".sum() → ", ".clone().requires_grad_() → ")


@pixel_gradient.bug(
    "the model's gradients are zeroed, not the image's",
    "At the second call the gradient is twice what it should be, though model.zero_grad() was called.",
    "model.zero_grad() clears the weights' gradients. Which gradient is it that adds up here?",
)
def zeroes_the_model(model, image, target):
    image.requires_grad_()
    model.zero_grad()
    model(image)[:, target].sum().backward()
    return image.grad.clone()


@pixel_gradient.bug(
    "gradients are never zeroed",
    "At the second call the gradient is twice what it should be.",
    "backward() adds to image.grad. What was in it before?",
)
def never_zeroes(model, image, target):
    image.requires_grad_()
    model(image)[:, target].sum().backward()
    return image.grad.clone()


@pixel_gradient.earns("returns nothing")
def of_data(model, image, target):
    copy = image.data.requires_grad_()
    model(copy)[:, target].sum().backward(inputs=[copy])
    return image.grad


@pixel_gradient.also()
def one_by_one(model, image, target):
    leaves = [one[None].clone().requires_grad_() for one in image.detach()]
    return torch.cat([torch.autograd.grad(model(leaf)[0, target], leaf)[0] for leaf in leaves])


@pixel_gradient.also()
def one_hot(model, image, target):
    image = image.detach().requires_grad_()
    logits = model(image)
    logits.backward(torch.eye(logits.shape[1]).to(logits)[target].expand_as(logits), inputs=[image])
    return image.grad


@pixel_gradient.also()
def functional(model, image, target):
    return torch.func.grad(lambda i: model(i)[:, target].sum())(image.detach()).detach()
