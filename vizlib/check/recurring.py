"""Bugs that come back in many exercises: their cards, and predicates that find them."""

import torch

DOWNHILL = ("downhill", "The steps go down the gradient, so what should grow falls.", "Which sign leads up?")
PROBABILITY = (
    "the probability",
    "That is the probability, after the softmax, or its gradient.",
    "The score is what comes before the softmax. A probability also rises when the other classes fall.",
)
CROSS_ENTROPY = (
    "cross-entropy",
    "That is a cross-entropy, or the logarithm of a probability, not the score.",
    "Only the score of the target is wanted. The other classes have no part in it.",
)
ANOTHER_CLASS = ("another class", "That is another class.", "Which index is target? Classes count from 0.")
NEVER_ZEROED = (
    "gradients are never zeroed",
    "Each step adds the gradients of all steps before it.",
    "backward() adds to .grad. Who clears the image's before the next step? (model.zero_grad() does not reach it.)",
)
CLAMPED = (
    "clamped",
    "The pixels were clamped.",
    "Nothing in the docstring limits them: leave their values as they come.",
)
BATCH = ("hard-coded batch size", "Only one of the images counts.", "The first axis holds the images: all of them.")
STEPS = ("the number of steps", "It does not make exactly steps steps.", "How many turns does your loop make?")
ZERO_OVER_ZERO = (
    "0/0",
    "A gradient of zero gives nan, not the same image.",
    "0/0 is nan. What keeps the divisor above 0?",
)
SOFTMAX_TWICE = (
    "softmax twice",
    "The loss was computed from probabilities.",
    "cross_entropy wants what comes out of the network as it is.",
)
GRAPH_GROWS = (
    "the graph is kept",
    "The image hangs on the graph of the steps before it, so each step takes longer than the last.",
    "Where does a step forget the one before it?",
)


def graph_grows(got, right) -> bool:
    """Whether the network was handed an image that remembers more and more."""
    sizes = [[entry["graph"] for entry in call.log if "graph" in entry] for call in got]
    return any(len(each) > 2 and each[-1] > each[1] for each in sizes)


def not_finite(got, right) -> bool:
    """Whether there is a nan or an inf in a result where none should be."""
    return any(not torch.as_tensor(call.result.data).isfinite().all() for call in got)


def trained(got, right) -> bool:
    """Whether a network was asked in train mode."""
    return any(entry.get("training") for call in got for entry in call.log)
