"""Bugs that come back in many exercises: their cards, and predicates that find them."""

import torch

from vizlib.check.catalogue import read


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


CARDS = """
    downhill: The step goes down the gradient, so the score falls.
        Weights go down the loss; pixels go up the score. Which sign is that?
    uphill: The step goes up the gradient, so the loss rises.
        The gradient points to where the loss grows. Which sign leads away from there?
    nothing moves: What should move is as it was.
        Does the new value take the place of the old one, and is it what comes back?
    without the learning rate: lr has no say in how long the step is. What decides how far to go?
    only the step: It returns the step without what it starts from. Where do we stand after the step?
    only the change: It returns the change without the image. What is changed by it?
    a step of fixed length: The gradient was normalized first.
        Here a steep slope is to give a long step: use the gradient as it is.
    not normalized: The steps do not have the length that was asked for.
        How long is a step, by the docstring? What has a vector to be divided by to have length 1?
    one length for the batch: All images share one length, so that of each depends on the others.
        Each image has its own. Over which axes does its length run?
    another length: The length is measured in another way.
        The L2 length is the root of the sum of the squares, over the whole image.
    no sign: Pixels move by different amounts. What does the S in FGSM stand for? Each pixel moves as far as the others.
    0/0: A gradient of zero gives nan, not the same image. 0/0 is nan. What keeps the divisor above 0?
        when: not_finite(got, right)
    the number of steps: It does not make exactly steps steps. How many turns does your loop make?
    gradients are never zeroed: Each step adds the gradients of all steps before it.
        backward() adds to .grad. Who clears the image's before the next step? (model.zero_grad() does not reach it.)
    the graph is kept: The image hangs on the graph of the steps before it, so each step takes longer than the last.
        Where does a step forget the one before it?
        forbid: graph_grows(got, right)
    wants no gradient: The image does not want gradients, so the next step will find none.
        Who tells a tensor that its gradient will be asked for?
        forbid: not all(call.result.requires_grad for call in got)
    the probability: That is the probability, after the softmax, or its gradient.
        The score is what comes before the softmax. A probability also rises when the other classes fall.
    cross-entropy: That is a cross-entropy, or the logarithm of a probability, not the score.
        Only the score of the target is wanted. The other classes have no part in it.
    softmax twice: The loss was computed from probabilities. cross_entropy wants what comes out of the network as it is.
    the score: The steps follow the score, not the loss. The cross-entropy also knows the other classes.
    another class: That is another class. Which index is target? Classes count from 0.
    another channel: That is another channel, or all of them. (N, C, H, W): on which axis is the channel?
    hard-coded batch size: Only one of the images counts. The first axis holds the images: all of them.
    one number: It returns one number for all images. Each image has its own. Which axis holds the images?
    mean instead of sum: It takes a mean where the docstring adds up.
        What does Σ stand for, and what would a mean divide by?
    sum instead of mean: It adds up where the docstring takes a mean. Should the result grow with how many there are?
    a number of images: It returns how many, not which share. A share lies between 0 and 1.
    clamped: The pixels were clamped. Nothing in the docstring limits them: leave their values as they come.
    not clamped to [0, 1]: Some pixels are below 0 or above 1. What values may a pixel have, and when do you see to it?
    not from grey: It does not start from zeros. Where does the blank slate lie?
    + instead of −: The penalty pushes the pixels away from grey. In which direction does −λ‖I‖² pull a bright pixel?
    not squared: The penalty is ‖I‖, not ‖I‖². Is there a root in the formula?
    no penalty: The penalty does not pull on the pixels.
        Is it in the objective, and does it still know that it came from the image? (.data has forgotten.)
    what comes after: An in-place ReLU after the layer has written over the recording.
        The hook gets the very tensor that the next layer may change. What would the next layer not reach?
    the end of the network: It takes what the network says at its end. Ask the layer. Who keeps its output?
    absolute values: The sign of the activations is lost. To fire is to be large, not to be far from 0.
    the unit of epsilon: The limit or the step is 255 times too large, or too small.
        epsilon counts in the levels of an 8-bit pixel.
    around the wrong image: The limits are drawn around the adversarial image. To which image shall it stay near?
    height and width swapped: Height and width are in the wrong order. Rows come first in every tensor.
    x and y swapped: x and y are in the wrong order. Which of them counts rows?
    rows and columns swapped: Rows and columns are in the wrong order. Which comes first, by the docstring?
    only one axis: Only one axis counts. What runs down, and what across? Both belong to it.
    weakest first: The order is upside down. Which is to come first?
    k ignored: Another number was asked for. Where is k used?
"""
BUGS = {bug.name: bug for bug in read(CARDS, globals())}
