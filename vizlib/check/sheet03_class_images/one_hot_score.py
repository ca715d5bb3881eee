"""The score of a class: a one-hot vector times the logits."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import ANOTHER_CLASS, CROSS_ENTROPY, PROBABILITY


def inputs(draw):
    yield draw.normal(7, 5, scale=2).requires_grad_(), 3
    yield draw.normal(2, 5, dtype=torch.float64), 1


@exercise(inputs, flows=("logits",))
def one_hot_score(logits, target):
    one_hot = torch.zeros_like(logits)
    one_hot[:, target] = 1
    return (one_hot * logits).sum(dim=1)


one_hot_score.bug(*PROBABILITY, "* logits → * logits.softmax(1)")
one_hot_score.bug(
    *CROSS_ENTROPY,
    "* logits → * logits.log_softmax(1)",
    "* logits → * -logits.log_softmax(1)",
    "sum(dim=1) → sum(dim=1) * 0 - logits.log_softmax(1)[:, target].mean()",
)
one_hot_score.bug(
    "added over the images",
    "It returns one number for all images.",
    "Each image keeps its own score.",
    "sum(dim=1) → sum()",
    "sum(dim=1) → sum(dim=1).mean()",
)
one_hot_score.bug(
    "the wrong axis",
    "It picks an image, not a class.",
    "logits is (N, K). Which index is the class?",
    "sum(dim=1) → sum(dim=0)",
    "return → return logits[target] #",
    "one_hot[:, target] → one_hot[target]",
    when=lambda got, right: got[0].result.shape == [5] or "out of bounds" in got[1].error[1],
)
one_hot_score.bug(
    "not added up", "The zeros of the other classes are still there.", "Σ runs over the classes.", ".sum(dim=1) → "
)
one_hot_score.bug(
    "mean instead of sum",
    "The score is divided by the number of classes.",
    "Σ adds; the zeros do not count.",
    "sum(dim=1) → mean(dim=1)",
)
one_hot_score.bug(
    *ANOTHER_CLASS,
    *(f"[:, target] → [:, target - {n}]" for n in (1, 2, 3, 4)),
    "return → return logits.max(1).values #",
)
one_hot_score.earns("the gradient is cut off", "* logits → * logits.data")
one_hot_score.earns("another dtype", "sum(dim=1) → sum(dim=1).float()")
one_hot_score.also("return → return logits[:, target] #", "return → return logits @ one_hot[0] #")


@one_hot_score.also()
def functional(logits, target):
    one_hot = torch.nn.functional.one_hot(torch.tensor(target), logits.shape[1]).to(logits)
    return torch.einsum("nk,k->n", logits, one_hot)
