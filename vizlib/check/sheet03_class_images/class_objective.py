"""What a class image climbs: a score and a penalty."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for n, dtype in ((2, torch.float32), (1, torch.float64)):
        yield draw.net(dtype=dtype), draw.normal(n, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_(), 3, 0.3


@exercise(cases, gradient_to=("image",))
def class_objective(model, image, target, weight_decay):
    score = model(image)[:, target]
    return score - weight_decay * image.square().sum(dim=(1, 2, 3))


class_objective.answers("""
    + instead of −: The penalty is added to the score, so large pixels are rewarded.
        The objective is to be made large, the image small. Which sign has λ‖I‖²?
        score - → score +
    not squared: sum(dim=(1, 2, 3)) → sum(dim=(1, 2, 3)).sqrt()
        image.square().sum(dim=(1, 2, 3)) → image.norm()
    cross-entropy: model(image) → model(image).log_softmax(1) | -model(image).log_softmax(1)
        model(image) → -model(image).log_softmax(1) && score - → score +
    the probability: model(image) → model(image).softmax(1)
    mean instead of sum: sum(dim → mean(dim
    over the whole batch: Each image pays for all of them. Each image has its own ‖I‖².
        sum(dim=(1, 2, 3)) → sum()
    one number: return score → return (score && (1, 2, 3)) → (1, 2, 3))).sum() | (1, 2, 3))).mean()
    hard-coded batch size: [:, target] → [0, target] | [:1, target]
    no penalty: weight_decay * → 0 *
    another λ: The penalty is half or twice what it should be, or lacks λ. λ stands in front of ‖I‖² as it is.
        weight_decay * → weight_decay / 2 * | 2 * weight_decay * | 1 *
    the penalty has no gradient: The value is right, but the penalty does not reach the pixels: its gradient is zero.
        Which of your tensors has forgotten that it came from image?
        image.square() → image.data.square()
    the score has no gradient: The value is right, but the score does not reach the pixels.
        Does the network see image itself?
        model(image) → model(image.detach())
    another class: [:, target] → [:, 0] | [:, target - 1]
    the gradient is cut off: return → image = image.detach(); score = score.detach(); return
""")
