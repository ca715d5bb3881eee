"""One step of the pixels: the line that the course is about."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for dtype in (torch.float32, torch.float64):
        yield draw.uniform(2, 3, 6, 5, dtype=dtype).requires_grad_(), draw.normal(2, 3, 6, 5, dtype=dtype), 0.7


@exercise(cases)
def pixel_step(image, gradient, lr):
    return (image.detach() + lr * gradient).requires_grad_()


pixel_step.answers(r"""
    downhill: + lr → - lr
    without the learning rate: lr * gradient → gradient
    clamped: lr * gradient) → lr * gradient).clamp(0, 1) | lr * gradient).clamp(-1, 1)
    nothing moves: + lr * gradient →
    only the step: image.detach() + → | -
    a step of fixed length: * gradient → * gradient / gradient.norm() | * gradient.sign() | * gradient / gradient.std()
    the graph is kept: The new image still hangs on the old one: it is not a leaf.
        Where does the new image forget the old one? Else the graph grows with every step.
        forbid: any(call.result.graph for call in got)
        (image.detach() + lr * gradient).requires_grad_() → image + lr * gradient
    wants no gradient: .requires_grad_() →
    changes its input: return … → image.data += lr * gradient; return image
    raises an error: return … → image += lr * gradient; return image
    returns nothing: return (image → (image
""")
