"""What no change within ε can do to a network of linear layers: a proof by interval bounds."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for n, sizes, epsilon, dtype in ((3, (12, 8, 6, 4), 4, torch.float32), (2, (10, 7, 5), 25, torch.float64)):
        images = draw.uniform(n, sizes[0], low=0.005, high=0.995, dtype=dtype)
        layers = [
            (draw.normal(wide, narrow, scale=0.6, dtype=dtype), draw.normal(wide, scale=0.6, dtype=dtype))
            for narrow, wide in zip(sizes, sizes[1:], strict=False)
        ]
        logits, edges = images, []
        for number, (weight, bias) in enumerate(layers):
            logits = (logits.relu() if number else logits) @ weight.T + bias
            edges.append(logits)
        labels = logits.argmax(dim=1)
        labels[-1] = (labels[-1] + 1) % sizes[-1]  # the others are read right: the right class is the largest
        draw.require(labels[0] != labels[-1])
        draw.require((edges[0] < -0.1).any() and (logits < -0.1).any())
        draw.require(((images < epsilon / 300) | (images > 1 - epsilon / 300)).any())
        yield images, labels, epsilon, layers


@exercise(cases)
def certificate(images, labels, epsilon, layers):
    lower, upper = (images - epsilon / 255).clamp(0, 1), (images + epsilon / 255).clamp(0, 1)
    for number, (weight, bias) in enumerate(layers):
        if number > 0:
            lower, upper = lower.relu(), upper.relu()
        middle = (lower + upper) / 2 @ weight.T + bias
        reach = (upper - lower) / 2 @ weight.abs().T
        lower, upper = middle - reach, middle + reach
    right = lower.gather(1, labels[:, None])[:, 0]
    others = upper.scatter(1, labels[:, None], -torch.inf).amax(dim=1)
    return right - others


certificate.answers("""
    the sign of the weights: The reach is multiplied by the weights with their signs, so that bounds cross.
        If an input may move by 1 up or down, how far may an output move whose weight is −2?
        weight.abs().T → weight.T
        middle - reach, middle + reach → lower @ weight.T + bias, upper @ weight.T + bias
    only the image itself: ε has no say in it.
        Where do the two ends of a pixel lie, and what becomes of their distance in a layer?
        (images - epsilon / 255).clamp(0, 1), (images + epsilon / 255).clamp(0, 1) → images, images
        middle - reach, middle + reach → middle, middle
    pixels beyond [0, 1]: The bounds allow pixels below 0 or above 1. Which values may a pixel of any image have?
        epsilon / 255).clamp(0, 1), (images + epsilon / 255).clamp(0, 1) → epsilon / 255), (images + epsilon / 255)
    the reach is doubled: The intervals are too wide. What does a half of the width belong to, and what the whole?
        (upper - lower) / 2 → (upper - lower)
    the bias moves the reach: The bias is part of the reach. By how much does a bias move an output up or down?
        weight.abs().T → weight.abs().T + bias | weight.abs().T + bias.abs()
    the ReLU is left out: Between two layers there is a ReLU, and the bounds must go through it, too.
        A ReLU never turns the order of two numbers. So what does it make of a lower end, and of an upper one?
        lower, upper = lower.relu(), upper.relu() → pass
        lower.relu(), upper.relu() → lower, upper.relu() | lower.relu(), upper
        number > 0 → number > 1
    a ReLU on the logits: The last layer gives logits. They may be negative: no ReLU comes after it.
        right = → lower, upper = lower.relu(), upper.relu(); right =
    the lower ends: It compares lower ends with lower ends. What is the worst case for the right class:
        how large may the others become?
        others = upper → others = lower
    the upper ends: It compares with the most that the right class can reach.
        A proof has to hold in the worst case. Which end of the right class is that?
        right = lower → right = upper
    the right class among the others: The largest of all is taken, the right class itself among them.
        Whom does the right class have to beat?
        upper.scatter(1, labels[:, None], -torch.inf) → upper
    the unit of epsilon: (images - epsilon / 255) → (images - epsilon) && (images + epsilon / 255) → (images + epsilon)
        (images - epsilon / 255) → (images - epsilon / 256) && (images + epsilon / 255) → (images + epsilon / 256)
    one label for all: One label is used for all images. Each image has its own.
        lower.gather(1, labels[:, None])[:, 0] → lower[:, labels[0]]
    the other way round: The sign is wrong. When is the margin to be positive?
        right - others → others - right
    yes or no: It says whether there is a proof, and not by how much. The margin is wanted.
        right - others → (right - others > 0).to(images.dtype)
""")
