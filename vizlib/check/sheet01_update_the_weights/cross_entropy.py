"""The loss: mean cross-entropy from logits, without overflow."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    logits, targets = draw.normal(7, 4, scale=2), torch.tensor([2, 0, 3, 1, 0, 2, 2])
    yield logits.requires_grad_(), targets
    yield logits.detach() + 1000, targets
    yield logits.detach() - 1000, targets
    yield 300 * logits.detach(), targets


@exercise(cases, gradient_to=("logits",), tolerance=1e-3)
def cross_entropy(logits, targets):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -log_p[torch.arange(len(targets)), targets].mean()


cross_entropy.answers("""
    the sign: It returns minus the cross-entropy. The logarithm of a probability is negative; a loss is positive.
        -log_p → log_p
    sum instead of mean: mean() → sum()
    the wrong axis: The softmax runs over the images.
        The probabilities of one image are to add up to 1. Along which axis do they lie?
        max(dim=1 → max(dim=0 && sum(dim=1 → sum(dim=0
    no logarithm: It averages the probabilities themselves.
        Cross-entropy is minus the logarithm of the probability of the right class.
        -log_p[ → -log_p.exp()[ | log_p.exp()[ | (1 - log_p.exp())[
    every class counts: It averages over all classes. Only the class that each image really shows is in the formula.
        log_p[torch.arange(len(targets)), targets] → log_p
    pairs of all with all: It takes every target in every image.
        Image n goes with target n. How many numbers does your index pick? Print the shape.
        torch.arange(len(targets)), targets → :, targets | targets
    softmax twice: The softmax was taken twice. What do you start from, scores or probabilities?
        return → log_p = log_p.exp().log_softmax(1); return
    the logit: It returns the logit and never divides by the sum of the exponentials.
        What makes a probability of a score?
        -log_p[ → -logits[ | logits[
    overflows: With logits near ±1000, or hundreds apart, it gives nan or inf.
        exp(1000) is inf, exp(−1000) is 0 and has no logarithm. The probabilities stay the same if you take the same
        number off all logits of an image; and log(a / b) can be taken apart on paper.
        when: not_finite(got, right)
        logits - → logits - 0 * && shifted - shifted.exp() → (shifted.exp() / shifted.exp() && log() → pow(1)).log()
    probabilities are held up: Very small probabilities were replaced by a small number.
        That hides log(0) but gives a wrong loss and no gradient. Simplify log(a / b) on paper.
        when: 10 < got[3].result.data < right[3].result.data
        -log_p[ → -log_p.exp().clamp_min(1e-12).log()[
    the gradient is cut off: -log_p[ → -log_p.detach()[
    not a tensor: mean() → mean().item()
""")
