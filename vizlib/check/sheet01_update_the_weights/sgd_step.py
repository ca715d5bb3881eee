"""One step of gradient descent."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for dtype in (torch.float32, torch.float64):
        yield draw.normal(2, 3, 5, dtype=dtype), draw.normal(2, 3, 5, dtype=dtype), 0.3


@exercise(cases, may_change=("weights.value",))
def sgd_step(weights, gradient, lr):
    return weights - lr * gradient


sgd_step.answers("""
    uphill: - lr → + lr
    without the learning rate: lr * gradient → gradient
    only the step: weights - lr → lr | -lr
    nothing moves: - lr * gradient →
    divides by the learning rate: The gradient is divided by lr. A small lr is to give a small step.
        lr * gradient → gradient / lr
    a step of fixed length: lr * gradient → lr * gradient / gradient.norm() | lr * gradient.sign()
    changes its input: return weights → gradient *= lr; lr = 1; return weights
    not a tensor: weights - lr * gradient → weights.numpy() - lr * gradient.numpy()
    another dtype: weights - lr * gradient → (weights - lr * gradient).float()
    another device: weights - lr * gradient → (weights - lr * gradient).to("meta")
    does not come to an end: return → while True: weights =
    returns nothing: return → weights =
""")
