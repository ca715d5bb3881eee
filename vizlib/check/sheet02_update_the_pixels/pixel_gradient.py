"""The gradient of a score with respect to the pixels."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for dtype, wants in ((torch.float32, True), (torch.float32, False), (torch.float64, True)):
        model = draw.net(dtype=dtype).requires_grad_(wants)
        image = draw.normal(2, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_(wants)
        for weights in model.parameters():
            weights.grad = draw.normal(*weights.shape, dtype=dtype) if wants else None
        yield model, image, 3
        yield model, image, 3


@exercise(cases)
def pixel_gradient(model, image, target):
    image = image.detach().clone().requires_grad_()
    score = model(image)[:, target].sum()
    return torch.autograd.grad(score, image)[0]


def slope(model, image, target):
    return torch.autograd.grad(model(image)[0, target], image)[0]


pixel_gradient.answers(r"""
    downhill: The gradient has the wrong sign. Which way does the score grow?
        score = → score = -
    the probability: model(image) → model(image).softmax(1)
    cross-entropy: model(image) → model(image).log_softmax(1) | -model(image).log_softmax(1)
        model(image)[:, target].sum() → model(image).log_softmax(1)[:, target].mean()
    hard-coded batch size: [:, target].sum() → [0, target] | [-1, target]
    mean instead of sum: sum() → mean()
    all the classes: That is the gradient of all scores together. Only one of them is target.
        [:, target] → | .max(1).values
    another class: target].sum() → 0].sum() | 1].sum() | target - 1].sum()
    normalized: The gradient was scaled, or its signs were taken. Return it as it is.
        image)[0] → image)[0].sign() | image)[0].abs()
        return → gradient = && image)[0] → image)[0]; return gradient / gradient.norm()
    the model's gradients are zeroed, not the image's: At the second call it is twice what it should be.
        model.zero_grad() clears the weights' gradients. Which gradient is it that adds up here?
        image.detach().clone().requires_grad_() → image.requires_grad_(); model.zero_grad() &&
            return … → score.backward(); return image.grad.clone()
    gradients are never zeroed: At the second call the gradient is twice what it should be.
        backward() adds to image.grad. What was in it before?
        image.detach().clone().requires_grad_() → image.requires_grad_() &&
            return … → score.backward(); return image.grad.clone()
    the graph is kept: score, image) → score, image, create_graph=True)
    touches the gradients of the weights: return … → score.backward(); return image.grad
    raises an error
        .sum() →
        .clone().requires_grad_() →
    returns nothing: return … → score.backward(); return image.clone().grad
""")
