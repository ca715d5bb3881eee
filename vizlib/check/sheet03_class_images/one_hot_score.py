"""The score of a class: a one-hot vector times the logits."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    yield draw.normal(7, 5, scale=2).requires_grad_(), 3
    yield draw.normal(2, 5, dtype=torch.float64), 1


@exercise(cases, gradient_to=("logits",))
def one_hot_score(logits, target):
    one_hot = torch.zeros_like(logits)
    one_hot[:, target] = 1
    return (one_hot * logits).sum(dim=1)


one_hot_score.answers("""
    the probability: * logits → * logits.softmax(1)
    cross-entropy: * logits → * logits.log_softmax(1) | * -logits.log_softmax(1)
        sum(dim=1) → sum(dim=1) * 0 - logits.log_softmax(1)[:, target].mean()
    one number: sum(dim=1) → sum() | sum(dim=1).mean()
    the wrong axis: It picks an image, not a class. logits is (N, K). Which index is the class?
        when: got[0].result.shape == [5] or "out of bounds" in got[1].error[1]
        sum(dim=1) → sum(dim=0)
        return … → return logits[target]
        one_hot[:, target] → one_hot[target]
    mean instead of sum: sum(dim=1) → mean(dim=1)
    another class: [:, target] → [:, target - 1] | [:, 0]
        return … → return logits.max(1).values
    the gradient is cut off: * logits → * logits.data
    another dtype: sum(dim=1) → sum(dim=1).float()
""")
