"""Plain gradient ascent on the pixels, to be repaired."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for n, dtype, wants in ((2, torch.float32, True), (3, torch.float64, False)):
        image = draw.normal(n, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_(wants)
        yield draw.net(dtype=dtype), image, 3, 0.2, 4


@exercise(cases)
def repair_ascent(model, image, target, lr, steps):
    image = image.detach().clone().requires_grad_()
    for _ in range(steps):
        image.grad = None
        score = model(image)[:, target].sum()
        score.backward()
        image.data += lr * image.grad
    return image.detach()


repair_ascent.flaws("""
    the caller's image changes: The image that was given is drawn upon.
        Whose pixels does your first line take? The caller may need them again.
        image.detach().clone().requires_grad_() → image.requires_grad_()
    the model's gradients are zeroed, not the image's: Each step adds the gradients of all steps before it.
        Which gradients does model.zero_grad() clear, and which one adds up?
        image.grad = None → model.zero_grad()
    mean instead of sum: The step of an image becomes shorter the more images are beside it.
        Images do not know of each other. What does mean() divide by?
        ].sum() → ].mean()
""")
repair_ascent.answers(r"""
    downhill: += lr → -= lr
    the probability: model(image) → model(image).softmax(1)
    cross-entropy: model(image) → model(image).log_softmax(1)
    another class: :, target → :, 0 | :, 1 | :, target - 1
    the number of steps: range(steps) → range(steps + 1) | range(1, steps)
    clamped: * image.grad\n → * image.grad; image.data.clamp_(0, 1)\n | * image.grad; image.data.clamp_(-1, 1)\n
    a step of fixed length: lr * image.grad → lr * image.grad / image.grad.norm() | lr * image.grad.sign()
    the graph is kept: image.grad = None → pass && score.backward() → slope = torch.autograd.grad(score, image)[0] &&
        image.data += lr * image.grad → image = image + lr * slope
""")
