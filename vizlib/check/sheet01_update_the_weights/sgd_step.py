"""One step of gradient descent."""

import torch

from vizlib.check.exercise import exercise


def inputs(draw):
    for dtype in (torch.float32, torch.float64):
        yield draw.normal(2, 3, 5, dtype=dtype), draw.normal(2, 3, 5, dtype=dtype), 0.3


@exercise(inputs, free=("weights.value",))
def sgd_step(weights, gradient, lr):
    return weights - lr * gradient


sgd_step.bug(
    "uphill",
    "The step goes up the gradient, so the loss rises.",
    "The gradient points to where the loss grows. Which sign leads away from there?",
    "- lr → + lr",
)
sgd_step.bug(
    "without the learning rate",
    "The step is the whole gradient.",
    "What decides how long the step is?",
    "lr * gradient → gradient",
)
sgd_step.bug(
    "only the step",
    "It returns the step, not the weights after it.",
    "Where do the weights stand after the step?",
    "weights - lr → lr",
    "weights - lr → -lr",
)
sgd_step.bug(
    "nothing moves",
    "The weights come back as they were.",
    "Is the new value returned, or the old one?",
    "- lr * gradient → ",
)
sgd_step.bug(
    "divides by the learning rate",
    "The gradient is divided by lr.",
    "A small lr is to give a small step.",
    "lr * gradient → gradient / lr",
)
sgd_step.bug(
    "a step of fixed length",
    "The gradient was normalized first.",
    "Here a steep slope is to give a long step.",
    "lr * gradient → lr * gradient / gradient.norm()",
    "lr * gradient → lr * gradient.sign()",
    "lr * gradient → lr * gradient / gradient.numel()",
)
sgd_step.earns("changes its input", "return weights → gradient *= lr; lr = 1; return weights")
sgd_step.earns("not a tensor", "weights - lr * gradient → weights.numpy() - lr * gradient.numpy()")
sgd_step.earns("another dtype", "weights - lr * gradient → (weights - lr * gradient).float()")
sgd_step.earns("another device", "weights - lr * gradient → (weights - lr * gradient).to('meta')")
sgd_step.earns("does not come to an end", "return → while True: weights =")
sgd_step.earns("returns nothing", "return → weights =")
sgd_step.also("return weights - lr * gradient → weights -= lr * gradient; return weights")


@sgd_step.also()
def sub(weights, gradient, lr):
    print("step", lr)
    return torch.sub(weights, gradient, alpha=lr)
