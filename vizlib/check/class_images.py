"""Checks for notebook 03, class images (Simonyan et al. 2013)."""

import torch

from vizlib.check import sample
from vizlib.check.core import Case, exercise, like, same

TARGET = 3


def _per_image(values):
    return values.flatten(1).sum(1)


def _gradient(loss, image):
    image = image.detach().clone().requires_grad_()
    return torch.autograd.grad(loss(image).sum(), image)[0]


@exercise(lambda logits, target: ...)
def one_hot_score(trial):
    logits = sample.normal(7, 5, scale=2).requires_grad_()
    score = logits[:, TARGET].detach()
    got = trial.call(logits, TARGET)
    trial.expect(
        got,
        score,
        Case("the probability", "It returns probabilities.", "The score is what comes before the softmax.",
             like(logits.softmax(1)[:, TARGET])),
        Case("cross-entropy", "It returns a cross-entropy, or the logarithm of a probability.",
             "Only the score itself is wanted: Σ onehot · logits.",
             like(*(s * logits.log_softmax(1)[:, TARGET] for s in (1, -1)), -logits.log_softmax(1)[:, TARGET].mean())),
        Case("added over the images", "It returns one number for all images.",
             "Add over the classes only: the result is (N,).", like(score.sum(), score.mean(), logits.sum())),
        Case("the wrong axis", "It picks an image, not a class.", "logits is (N, classes).",
             lambda got: got.shape == (5,) or same(got, logits[TARGET].sum())),
        Case("not added up", "The zeros of the other classes are still there.", "Add over the classes.",
             like(logits * torch.eye(5)[TARGET])),
        Case("mean instead of sum", "The score is divided by the number of classes.",
             "Σ adds; the zeros do not count.", like(score / 5)),
        Case("another class", "It returns the score of another class.", "Classes count from 0.",
             like(*logits.unbind(1), logits.max(1).values)),
    )  # fmt: skip
    gradient = trial.gradient(got, logits)
    trial.expect(gradient, torch.eye(5)[TARGET].expand(7, 5))
    single = trial.call(logits.detach().double()[:2], TARGET)
    trial.expect(single, score.double()[:2])


@exercise(lambda model, image, target, weight_decay: ...)
def class_objective(trial):
    decay = 0.3
    for n, dtype in ((2, torch.float32), (1, torch.float64)):
        model = sample.Net(dtype=dtype)
        image = sample.normal(n, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_()
        logits, square = model(image).detach(), _per_image(image.detach().square())
        score, probability = logits[:, TARGET], logits.softmax(1)[:, TARGET]
        expected = score - decay * square
        got = trial.call(model, image, TARGET, decay)
        trial.expect(
            got,
            expected,
            Case("+ instead of −", "The penalty is added to the score, so large pixels are rewarded.",
                 "The objective is to be made large, the image small. Which sign has λ‖I‖²?",
                 like(score + decay * square)),
            Case("not squared", "The penalty is ‖I‖, not ‖I‖².", "Square every pixel and add: there is no root.",
                 like(score - decay * square.sqrt(), score - decay * square.sum().sqrt())),
            Case("cross-entropy", "It uses a cross-entropy, or the logarithm of a probability, for the score.",
                 "S_c is the logit of the class.",
                 like(*(s * probability.log() - decay * square for s in (1, -1)), -probability.log() + decay * square)),
            Case("the probability", "It uses the probability for the score.",
                 "S_c is the logit: a probability also rises when the other scores fall.",
                 like(probability - decay * square)),
            Case("mean instead of sum", "The penalty is the mean of the squares.", "‖I‖² is their sum.",
                 like(score - decay * square / 90)),
            Case("over the whole batch", "Each image pays for all of them.",
                 "Add over channels, height and width only, so that each image has its own ‖I‖².",
                 like(score - decay * square.sum())),
            Case("added over the images", "It returns one number for all images.", "One per image is wanted: (N,).",
                 like(expected.sum(), expected.mean())),
            Case("hard-coded batch size", "It looks at the first image only.", "Take column target of every row.",
                 like(score[0] - decay * square, expected[0], expected[:1])),
            Case("no penalty", "The penalty is missing.", "Use weight_decay.", like(score)),
            Case("another λ", "The penalty is half or twice what it should be.", "λ stands in front of ‖I‖² as it is.",
                 like(score - decay / 2 * square, score - 2 * decay * square, score - square)),
        )  # fmt: skip
        plain = _gradient(lambda i, model=model: model(i)[:, TARGET], image)
        trial.expect(
            trial.gradient(got, image),
            plain - 2 * decay * image.detach(),
            Case("the penalty has no gradient",
                 "The value is right, but the penalty does not reach the pixels: its gradient "
                 "is zero.", "image.data and detach() are plain numbers. Use image itself.", like(plain)),
            Case("the score has no gradient", "The value is right, but the score does not reach the pixels.",
                 "Does the network see image itself?", like(-2 * decay * image)),
        )  # fmt: skip


@exercise(lambda image, gradient, lr: ...)
def normalized_step(trial):
    image, lr = sample.uniform(1, 3, 6, 5), 0.7
    for scale in (3.0, 1e-4):
        gradient = scale * sample.normal(1, 3, 6, 5) / 10
        got = trial.call(image, gradient, lr)

        def step(divisor, gradient=gradient):
            return image + lr * gradient / divisor

        norm = gradient.norm()
        trial.expect(
            got,
            step(norm),
            Case("downhill", "The step goes down the gradient.", "The score is to grow.", like(step(-norm))),
            Case("not normalized", "The length of the step depends on the length of the gradient.",
                 "Divide the gradient by its own L2 length before you multiply by lr.",
                 like(step(1), image + gradient)),
            Case("not squared, not rooted", "The gradient is divided by the square of its length.",
                 "The L2 length has a root: norm().", like(step(norm.square()))),
            Case("another length", "The gradient is divided by another measure of its size.",
                 "The L2 length is the root of the sum of the squares, over the whole image.",
                 like(step(gradient.abs().max()), step(gradient.abs().sum()), step(gradient.std()),
                 step(gradient.abs().mean()),
                      step(gradient.square().mean().sqrt()), image + lr * gradient.sign())),
            Case("piece by piece", "Each channel, row or pixel was normalized by itself.",
                 "There is one length for the whole image: norm() without dim.",
                 like(*(step(gradient.norm(dim=d, keepdim=True)) for d in (1, 2, 3, (2, 3))))),
            Case("without the learning rate", "The step has length 1.", "The length should be lr.",
                 like(image + gradient / norm)),
            Case("only the step", "It returns the step without the image.", "Add it to the image.",
                 like(lr * gradient / norm)),
            Case("the number against 0/0 is too large", "A gradient of 0.0006 gives a step much shorter than lr.",
                 "What is added to the length, or is its least value, has to be far smaller than any gradient: 1e-12.",
                 lambda _, scale=scale: scale < 1),
            tolerance=1e-3,
        )  # fmt: skip
    got = trial.call(image, torch.zeros_like(image), lr)
    trial.expect(got, image, Case("0/0", "A gradient of zero gives nan, not the same image.",
                                  "0/0 is nan. Keep the length above a tiny number.",
                                  lambda got: got.isnan().any()))  # fmt: skip


def climb(objective, lr, steps, start, normalize=True, add_up=False, after=lambda image: image):
    """The reference for both class and neuron images, with the bugs that an answer may have as options."""
    image, total = start, 0
    for _ in range(steps):
        gradient = _gradient(objective, image)
        total = gradient + total if add_up else gradient
        image = after(image + lr * total / (total.norm().clamp_min(1e-12) if normalize else 1))
    return image


@exercise(lambda model, target, lr, weight_decay, steps, size: ...)
def class_image(trial):
    lr, decay, steps, size = 0.8, 0.2, 5, 6
    model = sample.Net(gain=0.5, size=size, budget=3 * steps + 10)
    got = trial.call(model, TARGET, lr, decay, steps, size)
    model.budget, graphs = 100_000, model.graphs[:]

    def draw(steps=steps, start=None, score=lambda z: z[:, TARGET], penalty=lambda i: -decay * _per_image(i**2), **bug):
        start = torch.zeros(1, 3, size, size) if start is None else start
        return lambda: climb(lambda i: score(model(i)) + penalty(i), lr, steps, start, **bug)

    trial.expect(
        got,
        draw()(),
        Case("+ instead of −", "The penalty pushes the pixels away from grey.",
             "The gradient of −λ‖I‖² is −2λI.", like(draw(penalty=lambda i: decay * _per_image(i**2)))),
        Case("not squared", "The penalty is ‖I‖, not ‖I‖².",
             "The gradient of −λ‖I‖² is −2λI: far from grey it pulls harder.",
             like(draw(penalty=lambda i: -decay * i.flatten(1).norm(dim=1)))),
        Case("no penalty", "The penalty does not pull on the pixels.",
             "Is it in the objective, and is it computed from the image itself and not from image.data?",
             like(draw(penalty=lambda i: 0))),
        Case("cross-entropy", "The steps follow a cross-entropy, not the score.", "S_c is the logit of the class.",
             like(draw(score=lambda z: z.log_softmax(1)[:, TARGET]))),
        Case("the probability", "The steps follow the probability.", "S_c is the logit of the class.",
             like(draw(score=lambda z: z.softmax(1)[:, TARGET]))),
        Case("gradients are never zeroed", "Each step adds the gradients of all steps before it.",
             "backward() adds to .grad. Start each step from a fresh leaf, or clear it. model.zero_grad() does "
             "not reach the "
             "image.", like(draw(add_up=True))),
        Case("not normalized", "The steps do not have length lr.",
             "Every step is lr · g / ‖g‖, g being the gradient of the "
             "whole objective.", like(draw(normalize=False))),
        Case("downhill", "The steps go down.", "The objective is to grow.",
             like(draw(score=lambda z: -z[:, TARGET], penalty=lambda i: decay * _per_image(i**2)))),
        Case("the number of steps", "It does not make exactly steps steps.", "range(steps) gives steps of them.",
             like(*(draw(steps=n) for n in (0, steps - 1, steps + 1, 1, 20)))),
        Case("not from grey", "It does not start from zeros.", "The blank slate is all zeros, which is grey.",
             like(*(draw(start=torch.full((1, 3, size, size), v)) for v in (0.5, 1.0)))),
        Case("clamped", "The pixels were clamped.", "The penalty alone holds this image back.",
             like(*(draw(after=lambda i, low=low: i.clamp(low, 1)) for low in (0, -1)),
                  *(draw(after=lambda i, low=low: i.clamp(low, 0.5)) for low in (-0.5,)),
                  *(lambda low=low, high=high: draw()().clamp(low, high)
                    for low, high in ((0, 1), (-0.5, 0.5))))),
        Case("another class", "It draws another class.", "Which column of the logits is target?",
             like(*(draw(score=lambda z, c=c: z[:, c]) for c in (0, 1, 2, 4)))),
    )  # fmt: skip
    trial.no_graph(got, graphs)


@exercise(lambda image, target, models: ...)
def second_opinion(trial):
    image = sample.uniform(1, 3, 6, 5).requires_grad_()
    for seeds in ((1, 2, 3), (4, 5)):
        models = [sample.Net(seed=seed, gain=0.7) for seed in seeds]
        with torch.no_grad():
            logits = torch.cat([model(image) for model in models])
        got = trial.call(image, TARGET, models)
        trial.forbid(
            not isinstance(got, list | tuple),
            Case("not a list",
                 f"It should return a list with one number for each network, but it returned {type(got).__name__}.",
                 "Ask each network in turn, and collect the answers."),
        )  # fmt: skip
        trial.forbid(len(got) != len(models),
        Case("not one each", f"There are {len(models)} networks but {len(got)} answers.",
                                                  "One number for each network."))  # fmt: skip
        for number, row in zip(got, logits, strict=True):
            trial.expect(
                number,
                row.softmax(0)[TARGET].item(),
                Case("the score", "It returns the logit.",
                     "Scores of two networks cannot be compared; probabilities can.",
                     like(row[TARGET])),
                Case("the wrong axis", "The softmax runs over the images, of which there is one: each class gets 1.",
                     "The probabilities of one image add up to 1 over the classes.", like(1.0)),
                Case("another class", "It returns the probability of another class.",
                     "The question is what the networks say of target, not what they like best.",
                     like(*row.softmax(0))),
                Case("only a verdict", "It says whether the class comes first, not how sure the network is.",
                     "Return the probability.", like(0.0)),
                Case("the same network", "Every answer comes from one network.", "Ask each of models.",
                     like(*logits.softmax(1)[:, TARGET])),
                Case("the logarithm", "It returns the logarithm of the probability.", "softmax, not log_softmax.",
                     like(row.log_softmax(0)[TARGET], -row.log_softmax(0)[TARGET])),
            )  # fmt: skip
