"""Checks for notebook 02, update the pixels."""

import torch

from vizlib.check import sample
from vizlib.check.core import Case, exercise, like, same


@exercise(lambda model: ...)
def freeze(trial):
    model, image = sample.trainable(sample.Net()), sample.uniform(2, 3, 6, 5).requires_grad_()
    expected = torch.autograd.grad(sample.Net()(image)[:, 1].sum(), image)[0]
    got = trial.call(model, allow=("model.requires_grad", "model.mode"))
    trial.forbid(
        got is not model,
        Case("not the model", f"It returned {'None' if got is None else 'something else'}, not the model it was given.",
             "Change the model itself, and return it."),
    )  # fmt: skip
    wanting = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    trial.forbid(
        bool(wanting),
        Case("weights still want gradients", f"These weights still want gradients: {', '.join(wanting)}.",
             "Each parameter has its own requires_grad. model.requires_grad = False only hangs a new attribute on the "
             "model; there is a method with an underscore at its end."),
    )  # fmt: skip
    training = [name or "the model" for name, module in model.named_modules() if module.training]
    trial.forbid(
        bool(training),
        Case("still in train mode", f"Still in train mode: {', '.join(training)}.",
             "Dropout and batch normalization behave differently in training. One method "
             "switches the model and all its parts."),
    )  # fmt: skip
    gradient = trial.gradient(model(image), image)
    trial.expect(gradient * 0, expected * 0, Case("the image gets no gradient", "The network does not work as before.",
                                                  "Freeze the weights, and leave everything else as it "
                                                  "is."))  # fmt: skip


@exercise(lambda height, width, channels=3: ...)
def blank_image(trial):
    for arguments, shape in (((7, 5), (1, 3, 7, 5)), ((4, 6, 2), (1, 2, 4, 6))):
        got = trial.call(*arguments)
        height, width, channels = *arguments[:2], shape[1]
        trial.expect(
            got,
            torch.zeros(shape),
            Case("height and width swapped", "Height and width are in the wrong order.",
                 "PyTorch counts rows first: (N, C, H, W).", like(torch.zeros(1, channels, width, height))),
            Case("no batch", "The batch axis is missing.", "A network takes a batch of images, even of one.",
                 like(torch.zeros(shape[1:]))),
            Case("channels last", "The channels come last.", "PyTorch's order is (N, C, H, W).",
                 like(torch.zeros(1, height, width, channels), torch.zeros(height, width, channels))),
            Case("channels ignored", f"channels={channels} was asked for.", "Use the argument channels.",
                 lambda got, c=channels: got.ndim == 4 and got.shape[1] != c),
            Case("not blank", "The pixels are not zero.", "Zero is grey: a blank slate, with nothing of ours in it.",
                 lambda got, shape=shape: got.shape == shape),
        )  # fmt: skip
        trial.forbid(
            not got.requires_grad,
            Case("wants no gradient", "requires_grad is False, so backward() will leave its .grad empty.",
                 "Tell the tensor that you will ask for its gradient."),
        )  # fmt: skip
        trial.forbid(
            not got.is_leaf,
            Case("not a leaf", "The image was computed from another tensor that wants gradients.",
                 "Ask for requires_grad in the last step, so that the image itself is where the graph begins."),
        )  # fmt: skip


@exercise(lambda model, image, target: ...)
def pixel_gradient(trial):
    target = 3
    for dtype, wants in ((torch.float32, True), (torch.float32, False), (torch.float64, True)):
        model = sample.Net(dtype=dtype).requires_grad_(wants)
        image = sample.normal(2, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_(wants)
        old = [sample.normal(*p.shape, dtype=dtype) for p in model.parameters()]

        def of(loss, model=model, start=image):
            image = start.detach().clone().requires_grad_()
            return torch.autograd.grad(loss(model(image)), image)[0]

        expected = of(lambda logits: logits[:, target].sum())
        added = (
            old[0] + torch.autograd.grad(model(image)[:, target].sum(), next(model.parameters()))[0] if wants else None
        )
        for call in range(2):
            for parameter, gradient in zip(model.parameters(), old, strict=True):
                parameter.grad = gradient.clone() if wants else None
            got = trial.call(model, image, target)
            # backward() on the caller's image adds up only if the gradient is still there at the second call.
            twice = like(2 * expected) if call else lambda got: False
            weights = next(model.parameters()).grad
            cleared = wants and weights is not None and not same(weights, old[0]) and not same(weights, added)
            trial.expect(
                got,
                expected,
                Case("the model's gradients are zeroed, not the image's",
                     "At the second call the gradient is twice what it should be, though model.zero_grad() was called.",
                     "model.zero_grad() clears the weights' gradients. The one that adds up is the image's.",
                     lambda got, cleared=cleared, twice=twice: cleared and twice(got)),
                Case("gradients are never zeroed", "At the second call the gradient is twice what it should be.",
                     "backward() adds to image.grad. Clear it first, or use torch.autograd.grad.", twice),
                Case("downhill", "The gradient has the wrong sign.",
                     "Which way does the score grow? Take its gradient as it is.", like(-expected)),
                Case("the probability", "That is the gradient of the probability, after the softmax.",
                     "Take the score (logit). A softmax also rises when the other classes fall.",
                     like(of(lambda z: z.softmax(1)[:, target].sum()))),
                Case("cross-entropy", "That is the gradient of a cross-entropy, not of the score.",
                     "Only the score of the target is wanted. The other classes have no part in it.",
                     like(*(s * of(lambda z: z.log_softmax(1)[:, target].sum()) for s in (1, -1, 0.5, -0.5)))),
                Case("hard-coded batch size", "Only one of the images gets a gradient.",
                     "logits is (N, classes): take column target of every row.",
                     lambda got: any(not g.any() for g in got)),
                Case("mean instead of sum", "The gradient is divided by the number of images.",
                     "Images do not know of each other: each is to get the gradient of its own score.",
                     like(expected / 2, expected / 5, expected / 10)),
                Case("all the classes", "That is the gradient of all scores together.", "Pick the score of target.",
                     like(of(lambda z: z.sum()), of(lambda z: z.max(1).values.sum()))),
                Case("another class", "That is the gradient of another class.",
                     "logits[:, target]; classes count from 0.",
                     like(*(of(lambda z, c=c: z[:, c].sum()) for c in range(5)))),
                Case("normalized", "The gradient was scaled or its signs were taken.", "Return it as it is.",
                     lambda got, expected=expected: same(got.sign(), expected.sign()) or same(got, expected.abs())),
            )  # fmt: skip
            trial.forbid(
                got.requires_grad,
                Case("the graph is kept", "The gradient is still tied to a graph.",
                     "Without create_graph the gradient is plain numbers. A graph that is kept grows with every step."),
            )  # fmt: skip


@exercise(lambda image, gradient, lr: ...)
def pixel_step(trial):
    for dtype in (torch.float32, torch.float64):
        image = sample.uniform(2, 3, 6, 5, dtype=dtype).requires_grad_()
        gradient = sample.normal(2, 3, 6, 5, dtype=dtype)
        got = trial.call(image, gradient, 0.7)
        up = image.detach() + 0.7 * gradient
        trial.expect(
            got,
            up,
            Case("downhill", "The step goes down the gradient, so the score falls.",
                 "Weights go down the loss; pixels go up the score. Which sign is that?",
                 like(image.detach() - 0.7 * gradient)),
            Case("without the learning rate", "The step is the whole gradient.", "How far to go is decided by lr.",
                 like(image.detach() + gradient)),
            Case("clamped", "The pixels were clamped.",
                 "Nothing holds the image back yet: leave its values as they come.",
                 like(up.clamp(0, 1), up.clamp(-1, 1), up.clamp(-0.5, 0.5))),
            Case("nothing moves", "The image comes back as it was.", "Return the new image.", like(image)),
            Case("only the step", "It returns the step without the image.",
                 "The new image is the old one and the step.",
                 like(0.7 * gradient, -0.7 * gradient)),
            Case("a step of fixed length", "The gradient was normalized first.",
                 "Here a steep slope is to give a long step: use the gradient as it is.",

                 like(*(image.detach() + 0.7 * gradient / d
                        for d in (gradient.norm(), gradient.abs(), gradient.std())))),
        )  # fmt: skip
        trial.forbid(
            got.requires_grad and not got.is_leaf,
            Case("the graph is kept", "The new image still hangs on the old one: it is not a leaf.",
                 "Cut it off with detach(), and then ask for gradients. Else the graph grows with every step."),
        )  # fmt: skip
        trial.forbid(
            not got.requires_grad,
            Case("wants no gradient", "The new image does not want gradients, so the next step will find none.",
                 "The next step needs a leaf with requires_grad, as the first did."),
        )  # fmt: skip


def _ascend(model, image, target, lr, confidence=0.95, max_steps=500, score=None, add_up=False, stop=None):
    """The reference, with the bugs that an answer may have as options."""
    score = score or (lambda logits: logits[:, target])
    stop = stop or (lambda logits: logits.softmax(1)[:, target] >= confidence)
    image, total = image.detach().clone(), 0
    for steps in range(max_steps + 1):
        image.requires_grad_()
        logits = model(image)
        if stop(logits) or steps == max_steps:
            break
        gradient = torch.autograd.grad(score(logits).sum(), image)[0]
        total = gradient + total if add_up else gradient
        image = image.detach() + lr * total
    return image.detach(), steps


@exercise(lambda model, image, target, lr, confidence=0.95, max_steps=500: ...)
def ascend_until(trial):
    target = 3
    runs = (0.1, 0.95, 60), (0.1, 0.6, 60), (0.1, 0.95, 2), (0.1, 0.01, 60), (0.01, 0.95, 5)
    for lr, confidence, max_steps in runs:
        model = sample.Net(gain=2, budget=3 * max_steps + 10)
        image = sample.normal(1, 3, 6, 5, scale=0.4).requires_grad_(max_steps < 10)
        got = trial.call(model, image, target, lr, confidence, max_steps)
        model.budget, graphs = 100_000, model.graphs[:]
        trial.forbid(
            not isinstance(got, tuple | list) or len(got) != 2,
            Case("not two things", f"It should return image and steps, but it returned {type(got).__name__}.",
                 "return image, steps"),
        )  # fmt: skip

        def run(model=model, image=image, values=(lr, confidence, max_steps), **bug):
            return _ascend(model, image, target, *values, **bug)

        expected, steps = run()
        picture, count = got

        def ran(confidence=confidence, run=run, **bug):
            return like(lambda: run(**bug)[0])

        trial.expect(
            picture,
            expected,
            Case("too many steps", "It steps once more than it should.",
                 "Look at the probability before each step: an image that is good enough needs no more.",
                 like(lambda run=run, values=(lr, 2.0, steps + 1): run(values=values)[0])),
            Case("nothing moves", "The image comes back as it was.", "Does each step start where the last one ended?",
                 like(image)),
            Case("downhill", "The steps go down the gradient.", "Which sign makes the score grow?",
                 ran(score=lambda z: -z[:, target])),
            Case("gradients are never zeroed", "Each step adds the gradients of all steps before it.",
                 "backward() adds to .grad. Clear the image's (model.zero_grad() does not reach it), or start "
                 "each step from "
                 "a fresh leaf.", ran(add_up=True)),
            Case("the probability", "The steps follow the gradient of the probability.",
                 "Follow the score (logit). The softmax only decides when to stop.",
                 ran(score=lambda z: z.softmax(1)[:, target])),
            Case("cross-entropy", "The steps follow a cross-entropy, not the score.",
                 "Only the score of the target is in the formula.", ran(score=lambda z: z.log_softmax(1)[:, target])),
            Case("stops at the score", "It compares the score, not the probability, with confidence.",
                 "A probability comes from the softmax over all scores.",
                 ran(stop=lambda z, c=confidence: z[:, target] >= c)),
            Case("stops too early", "It stops as soon as the target comes first.",
                 "The probability has to reach confidence.", ran(stop=lambda z: z.argmax(1) == target)),
            Case("confidence ignored", "It does not stop at the confidence that was asked for.",
                 "Use the argument confidence.", ran(stop=lambda z: z.softmax(1)[:, target] >= 0.95)),
            Case("max_steps ignored", "It does not stop after max_steps steps.", "Use the argument max_steps.",
                 like(*(lambda run=run, values=(lr, confidence, n): run(values=values)[0]
                        for n in (500, max_steps - 1)))),
            Case("clamped", "The pixels were clamped.",
                 "Nothing holds the image back yet: leave its values as they come.",

                 lambda got: got.max() <= 1 and (got.max() in (0.5, 1) or got.min() in (0, -1, -0.5))),
            Case("another class", "The steps make another class stronger.", "Which column of the logits is target?",
                 ran(score=lambda z: z[:, target - 1])),
        )  # fmt: skip
        trial.expect(
            count,
            steps,
            Case("counts wrongly", f"The image is right, after {steps} steps, but {count} were reported.",
                 "Count the updates, not the looks at the probability.", lambda _: True),
        )  # fmt: skip
        trial.no_graph(expected, graphs)
