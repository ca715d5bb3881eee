"""The loss: mean cross-entropy from logits, without overflow."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import not_finite


def inputs(draw):
    logits, targets = draw.normal(7, 4, scale=2), torch.tensor([2, 0, 3, 1, 0, 2, 2])
    yield logits.requires_grad_(), targets
    yield logits.detach() + 1000, targets
    yield logits.detach() - 1000, targets
    yield 300 * logits.detach(), targets


@exercise(inputs, flows=("logits",), tolerance=1e-3)
def cross_entropy(logits, targets):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -log_p[torch.arange(len(targets)), targets].mean()


cross_entropy.bug(
    "the sign",
    "It returns minus the cross-entropy.",
    "The logarithm of a probability is negative; a loss is positive.",
    "-log_p → log_p",
)
cross_entropy.bug(
    "sum instead of mean",
    "It adds the images up.",
    "Should the step be longer because there are more images?",
    "mean() → sum()",
)
cross_entropy.bug(
    "the wrong axis",
    "The softmax runs over the images.",
    "The probabilities of one image are to add up to 1. Along which axis do they lie?",
    ("max(dim=1 → max(dim=0", "sum(dim=1 → sum(dim=0"),
)
cross_entropy.bug(
    "no logarithm",
    "It averages the probabilities themselves.",
    "Cross-entropy is minus the logarithm of the probability of the right class.",
    "-log_p[ → -log_p.exp()[",
    "-log_p[ → log_p.exp()[",
    "-log_p[ → (1 - log_p.exp())[",
)
cross_entropy.bug(
    "every class counts",
    "It averages over all classes.",
    "Only the class that each image really shows is in the formula.",
    "log_p[torch.arange(len(targets)), targets] → log_p",
    "targets].mean() → targets].mean() / 4",
)
cross_entropy.bug(
    "pairs of all with all",
    "It takes every target in every image.",
    "Image n goes with target n. How many numbers does your index pick? Print the shape.",
    "torch.arange(len(targets)), targets → :, targets",
    "torch.arange(len(targets)), targets → targets",
)
cross_entropy.bug(
    "softmax twice",
    "The softmax was taken twice.",
    "What do you start from, scores or probabilities?",
    "return → log_p = log_p.exp().log_softmax(1); return",
)
cross_entropy.bug("one per image", "It returns one number per image.", "The loss is their mean.", ".mean() → ")
cross_entropy.bug(
    "the logit",
    "It returns the logit and never divides by the sum of the exponentials.",
    "What makes a probability of a score?",
    "-log_p[ → -logits[",
    "-log_p[ → logits[",
)
cross_entropy.bug(
    "another logarithm",
    "The logarithm has another base.",
    "torch.log is the natural logarithm.",
    "return → log_p = log_p / torch.tensor(2.0).log(); return",
    "return → log_p = log_p / torch.tensor(10.0).log(); return",
)
OVERFLOWS = (
    "overflows",
    "With logits near ±1000, or hundreds apart, it gives nan or inf.",
    "exp(1000) is inf, exp(−1000) is 0 and has no logarithm. The probabilities stay the same if you take the "
    "same number off all logits of an image; and log(a / b) can be taken apart on paper.",
)
cross_entropy.bug(
    *OVERFLOWS,
    (
        "shifted = logits - → shifted = logits - 0 *",
        "shifted - shifted.exp() → (shifted.exp() / shifted.exp()",
        "log() → pow(1)).log()",
    ),
    when=not_finite,
)
cross_entropy.bug(
    "probabilities are held up",
    "Very small probabilities were replaced by a small number.",
    "That hides log(0) but gives a wrong loss and no gradient. Simplify log(a / b) on paper.",
    "-log_p[ → -log_p.exp().clamp_min(1e-12).log()[",
    when=lambda got, right: 10 < got[3].result.data < right[3].result.data,
)
cross_entropy.earns("the gradient is cut off", "-log_p[ → -log_p.detach()[")
cross_entropy.earns("not a tensor", "mean() → mean().item()")


@cross_entropy.also()
def of_torch(logits, targets):
    return torch.nn.functional.cross_entropy(logits, targets)


@cross_entropy.also()
def logsumexp(logits, targets):
    return sum(torch.logsumexp(row, 0) - row[t] for row, t in zip(logits, targets, strict=True)) / len(targets)


@cross_entropy.also()
def gather(logits, targets):
    return -logits.log_softmax(1).gather(1, targets[:, None])[:, 0].mean()
