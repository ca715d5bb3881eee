"""What a class image climbs: a score and a penalty."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import ANOTHER_CLASS, BATCH, CROSS_ENTROPY, PROBABILITY


def inputs(draw):
    for n, dtype in ((2, torch.float32), (1, torch.float64)):
        yield draw.net(dtype=dtype), draw.normal(n, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_(), 3, 0.3


@exercise(inputs, flows=("image",))
def class_objective(model, image, target, weight_decay):
    score = model(image)[:, target]
    return score - weight_decay * image.square().sum(dim=(1, 2, 3))


class_objective.bug(
    "+ instead of −",
    "The penalty is added to the score, so large pixels are rewarded.",
    "The objective is to be made large, the image small. Which sign has λ‖I‖²?",
    "score - → score +",
)
class_objective.bug(
    "not squared",
    "The penalty is ‖I‖, not ‖I‖².",
    "Is there a root in the formula?",
    "sum(dim=(1, 2, 3)) → sum(dim=(1, 2, 3)).sqrt()",
    "image.square().sum(dim=(1, 2, 3)) → image.norm()",
)
class_objective.bug(
    *CROSS_ENTROPY,
    "model(image) → model(image).log_softmax(1)",
    "model(image) → -model(image).log_softmax(1)",
    ("model(image) → -model(image).log_softmax(1)", "score - → score +"),
)
class_objective.bug(*PROBABILITY, "model(image) → model(image).softmax(1)")
class_objective.bug(
    "mean instead of sum", "The penalty is the mean of the squares.", "What does ‖I‖² add up?", "sum(dim → mean(dim"
)
class_objective.bug(
    "over the whole batch",
    "Each image pays for all of them.",
    "Each image has its own ‖I‖².",
    "sum(dim=(1, 2, 3)) → sum()",
)
class_objective.bug(
    "added over the images",
    "It returns one number for all images.",
    "One for each image is wanted: (N,).",
    ("return score → return (score", "(1, 2, 3)) → (1, 2, 3))).sum()"),
    ("return score → return (score", "(1, 2, 3)) → (1, 2, 3))).mean()"),
)
class_objective.bug(*BATCH, "[:, target] → [0, target]", "[:, target] → [:1, target]")
class_objective.bug("no penalty", "The penalty is missing.", "Where is weight_decay used?", "weight_decay * → 0 *")
class_objective.bug(
    "another λ",
    "The penalty is half or twice what it should be.",
    "λ stands in front of ‖I‖² as it is.",
    "weight_decay * → weight_decay / 2 *",
    "weight_decay * → 2 * weight_decay *",
    "weight_decay * → ",
)
class_objective.bug(
    "the penalty has no gradient",
    "The value is right, but the penalty does not reach the pixels: its gradient is zero.",
    "Which of your tensors has forgotten that it came from image?",
    "image.square() → image.data.square()",
)
class_objective.bug(
    "the score has no gradient",
    "The value is right, but the score does not reach the pixels.",
    "Does the network see image itself?",
    "model(image) → model(image.detach())",
)
class_objective.bug(*ANOTHER_CLASS, *(f"[:, target] → [:, {c}]" for c in (0, 1, 2, 4)))
class_objective.earns("the gradient is cut off", "return → image = image.detach(); score = score.detach(); return")
class_objective.also(
    "image.square().sum(dim=(1, 2, 3)) → torch.linalg.vector_norm(image, dim=(1, 2, 3)) ** 2",
    "image.square().sum(dim=(1, 2, 3)) → torch.einsum('nchw,nchw->n', image, image)",
)
