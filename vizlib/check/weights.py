"""Checks for notebook 01, update the weights."""

import copy

import torch
from torch import nn
from torch.nn.functional import cross_entropy as reference_loss

from vizlib.check import sample
from vizlib.check.core import Case, exercise, like, same


@exercise(lambda weights, gradient, lr: ...)
def sgd_step(trial):
    for dtype in (torch.float32, torch.float64):
        weights, gradient = sample.normal(2, 3, 5, dtype=dtype), sample.normal(2, 3, 5, seed=2, dtype=dtype)
        step = 0.3 * gradient
        got = trial.call(weights.clone(), gradient, 0.3, allow=("weights.value",))
        trial.expect(
            got,
            weights - step,
            Case("uphill", "The step goes up the gradient, so the loss rises.",
                 "The gradient points to where the loss grows. Which sign leads away from there?",
                 like(weights + step)),
            Case("without the learning rate", "The step is the whole gradient.",
                 "How long the step is, is decided by lr.", like(weights - gradient, weights + gradient)),
            Case("only the step", "It returns the step, not the weights after it.",
                 "The new weights are the old ones and the step together.", like(step, -step)),
            Case("nothing moves", "The weights come back as they were.",
                 "Is the new value returned, or the old one?", like(weights)),
            Case("divides by the learning rate", "The gradient is divided by lr.",
                 "A small lr is to give a small step.", like(weights - gradient / 0.3)),
            Case("a step of fixed length", "The gradient was normalized first.",
                 "Here a steep slope is to give a long step: use the gradient as it is.",
                 like(weights - step / gradient.norm(), weights - 0.3 * gradient.sign(),
                 weights - step / step.numel())),
        )  # fmt: skip


@exercise(lambda logits, targets: ...)
def cross_entropy(trial):
    logits, targets = sample.normal(7, 4, scale=2).requires_grad_(), torch.tensor([2, 0, 3, 1, 0, 2, 2])
    picked = torch.arange(7), targets
    log_p, p = logits.detach().log_softmax(1), logits.detach().softmax(1)
    loss = -log_p[picked].mean()
    got = trial.call(logits, targets)
    trial.expect(
        got,
        loss,
        Case("the sign", "It returns minus the cross-entropy.",
             "The logarithm of a probability is negative; a loss is positive.", like(-loss, -7 * loss)),
        Case("sum instead of mean", "It adds the images up.",
             "With mean the loss, and so the step, does not depend on how many images there are.", like(7 * loss)),
        Case("the wrong axis", "The softmax runs over the images.",
             "logits is (N, K). The probabilities of one image are to add up to 1: which dim is that?",
             like(-logits.log_softmax(0)[picked].mean())),
        Case("no logarithm", "It averages the probabilities themselves.",
             "Cross-entropy is minus the logarithm of the probability of the right class.",
             like(p[picked].mean(), -p[picked].mean(), 1 - p[picked].mean())),
        Case("every class counts", "It averages over all classes.",
             "Only the class that each image really shows is in the formula.",
             like(-log_p.mean(), loss / 4, -log_p.sum(1).mean())),
        Case("pairs of all with all", "It takes every target in every image.",
             "logits[:, targets] is (N, N). You want entry targets[n] of row n: two lists of indices, or gather.",
             like(-log_p[:, targets].mean(), -log_p[targets].mean())),
        Case("softmax twice", "The softmax was taken twice.",
             "log_softmax and torch's own cross_entropy start from logits, not from probabilities.",
             like(-p.log_softmax(1)[picked].mean())),
        Case("one per image", "It returns one number per image.", "The loss is their mean.", like(-log_p[picked])),
        Case("the logit", "It returns the logit and never divides by the sum of the exponentials.",
             "The probability is exp(logit) / Σ exp(logits).",
             like(-logits[picked].mean(), logits[picked].mean(), logits.logsumexp(1).mean())),
        Case("another logarithm", "The logarithm has another base.", "torch.log is the natural logarithm.",
             like(loss / torch.tensor(2.0).log(), loss / torch.tensor(10.0).log())),
    )  # fmt: skip
    gradient = p.clone()
    gradient[picked] -= 1
    trial.expect(trial.gradient(got, logits), gradient / 7)
    for shift in (1000.0, -1000.0):
        got = trial.call(logits.detach() + shift, targets)
        overflow = Case("overflows", f"With logits near {shift:.0f} it gives {got}.",
                        "exp(1000) is inf and exp(-1000) is 0. Take the largest logit of each image off all of its "
                        "logits first: the probabilities stay the same.")  # fmt: skip
        trial.expect(got, loss, overflow, tolerance=1e-3)
    steep = 300 * logits.detach()
    got = trial.call(steep, targets)
    trial.expect(
        got,
        -steep.log_softmax(1)[picked].mean(),
        Case("overflows", f"With logits in the hundreds it gives {got}.",
             "A probability of exactly 0 has no logarithm. Take the logarithm on paper first: log(exp(a) / b) = "
             "a − log b.",
             lambda got: not got.isfinite()),
        Case("probabilities are held up", "Very small probabilities were replaced by a small number.",
             "That hides log(0) but gives a wrong loss and no gradient. Simplify log(exp(a) / b) on paper."),
    )  # fmt: skip


@exercise(lambda f, x, eps=1e-3: ...)
def numeric_gradient(trial):
    calls = 0

    def f(x):
        nonlocal calls
        calls += 1
        trial.forbid(
            not isinstance(x, torch.Tensor) or x.shape != factors.shape,
            Case("f gets something else", "f was called with something that has not the shape of x.",
                 "Change one number of x and hand the whole of x to f."),
        )  # fmt: skip
        return ((x.detach() ** 3 * factors).sum() + (x.detach() * factors).sum() ** 2).item()

    x, factors = sample.normal(2, 3, dtype=torch.float64), sample.normal(2, 3, seed=2, dtype=torch.float64)
    before, eps = x.clone(), 0.1
    got = trial.call(
        f, x, eps, allow=("x.value",),
        cases=[Case("not by differences", "f is a black box: it gives a number, and no gradient comes with it.",
                    "Only values of f may be used, at x + eps and at x − eps.",
                    lambda error: "backward" in str(error) or "grad" in str(error))],
    )  # fmt: skip

    def slopes(forward, backward, width, basis=None):
        basis = torch.eye(6, dtype=x.dtype).view(6, 2, 3) if basis is None else basis
        return torch.tensor([(f(before + forward * e) - f(before - backward * e)) / width for e in basis]).view(2, 3)

    central = slopes(eps, eps, 2 * eps).to(x.dtype)
    trial.expect(
        got,
        central,
        Case("twice too large", "The difference is divided by eps.",
             "How far is it from x − eps to x + eps?", like(2 * central)),
        Case("half as large", "A difference from x is divided by 2 · eps.",
             "Which two points of x does the difference lie between?",
             like(slopes(eps, 0, 2 * eps), slopes(0, eps, 2 * eps))),
        Case("one-sided", "The difference is taken on one side of x only.",
             "A central difference compares f at x + eps with f at x − eps: its error shrinks with eps².",
             like(slopes(eps, 0, eps), slopes(0, eps, eps))),
        Case("the sign", "The slope has the wrong sign.", "f at x + eps comes first.", like(-central)),
        Case("all at once", "All numbers of x are moved together.",
             "∂f/∂x_i asks what happens if only x_i moves.",
             like(slopes(eps, eps, 2 * eps, torch.ones(6, 2, 3, dtype=x.dtype)))),
        Case("not put back", "A number that was moved is not put back before the next one.",
             "Keep the old value, or work on a fresh copy of x for every number.",
             lambda got: not same(x, before, 1e-8) or _slides(f, before, eps, got)),
        Case("not divided", "The difference is not divided by anything.",
             "A slope is a difference of heights over a distance.", like(central * 2 * eps)),
        Case("another eps", "eps is not the one that was asked for.", "Use the argument eps.",
             like(*(slopes(e, e, 2 * e) for e in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)))),
        tolerance=1e-6,
    )  # fmt: skip
    trial.forbid(
        not same(x, before, 1e-8),
        Case(
            "not put back", "After the call, x is not what it was.", "Put the last number back too, or work on a copy."
        ),
    )


def _slides(f, x, eps, got):
    """Whether ``got`` comes of moving one number after the other without putting any back."""
    for left in (eps, -eps):  # what a number is left at
        moved, slopes = x.clone(), []
        for i in range(x.numel()):
            up, down = moved.clone(), moved.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            slopes.append((f(up) - f(down)) / (2 * eps))
            moved.view(-1)[i] += left
        if same(got, torch.tensor(slopes).view_as(x), 1e-5):
            return True
    return False


def _numbers(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@exercise(lambda model, images, labels, lr: ...)
def train_step(trial):
    model = nn.Sequential(nn.Flatten(), nn.Linear(30, 6), nn.Tanh(), nn.Linear(6, 4))
    with torch.no_grad():
        for n, parameter in enumerate(model.parameters()):
            parameter.copy_(sample.normal(*parameter.shape, scale=0.4, seed=n))
    images, labels = sample.uniform(7, 1, 5, 6), torch.tensor([2, 0, 3, 1, 0, 2, 2])
    leftover = [sample.normal(*p.shape, seed=20 + n) for n, p in enumerate(model.parameters())]
    for step, lr in enumerate((0.3, 0.1)):
        before, copied = _numbers(model), copy.deepcopy(model)
        loss = reference_loss(copied(images), labels)
        gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(copied.parameters()))])
        torch.nn.utils.vector_to_parameters(before - lr * gradient, copied.parameters())
        after, copied_logits = reference_loss(copied(images), labels).item(), model(images).detach()
        if step == 0:
            for parameter, old in zip(model.parameters(), leftover, strict=True):
                parameter.grad = old.clone()
        added = before - lr * (gradient + torch.cat([g.flatten() for g in leftover]))
        got = trial.call(model, images, labels, lr, allow=("model.weights", "model.grads"))
        moved = _numbers(model)
        accumulated = Case(
            "gradients are never zeroed",
            "The gradients of an earlier step are still in .grad, and this step adds its own.",
            "backward() adds to .grad. Zero the gradients before each backward().",
            lambda _, step=step, added=added, moved=moved: step == 1 or same(moved, added),
        )  # fmt: skip
        trial.expect(
            got,
            loss.item(),
            Case("the loss after the step", "It returns the loss after the update.",
                 "The loss that you went back from is the one to return.", like(after)),
            Case("softmax twice", "The loss was computed from probabilities.",
                 "cross_entropy wants the logits as they come out of the network.",
                 like(reference_loss(copied_logits.softmax(1), labels))),
            Case("sum instead of mean", "The loss is the sum over the images.", "The mean is wanted.",
                 like(7 * loss.detach())),
        )  # fmt: skip
        trial.expect(
            moved,
            before - lr * gradient,
            Case("uphill", "The weights move up the gradient, so the loss rises.", "To lower the loss, subtract.",
                 like(before + lr * gradient)),
            Case("nothing moves", "The weights are the same as before.",
                 "Is the gradient computed, then used, and only then zeroed? w = w − … makes a new tensor and leaves "
                 "the network's own as it is.", like(before)),
            accumulated,
            Case("without the learning rate", "The step is the whole gradient.", "Use lr.", like(before - gradient)),
            Case("some weights stay", "Some of the weights have moved as they should, others not at all.",
                 "Go through all of model.parameters(): weights and biases of every layer.",
                 lambda got, before=before: (got == before).any()),
            Case("the sum of the losses", "The step is as many times too long as there are images.",
                 "Take the mean over the images.", like(before - 7 * lr * gradient)),
        )  # fmt: skip


@exercise(lambda model, images, labels: ...)
def accuracy(trial):
    images, model = sample.uniform(11, 3, 6, 5, seed=3), sample.Net(gain=3, seed=2)
    best = model(images).argmax(1)
    labels = best.clone()
    labels[[1, 4, 5, 9]] = (labels[[1, 4, 5, 9]] + 1) % 5
    right = 7 / 11
    for training in (True, False):
        model.train(training).asked_in_train_mode = False
        got = trial.call(model, images, labels)
        trial.forbid(
            model.asked_in_train_mode,
            Case("eval() forgotten",
                 "The network was asked in train mode, where dropout blots out half of it at random.",
                 "Call model.eval() before, and put the old mode back afterwards."),
        )  # fmt: skip
        trial.expect(
            got,
            right,
            Case("a number of images", "It returns how many are right.", "Which share of all images is that?",
                 like(7.0)),
            Case("a percentage", "It returns a percentage.", "A share lies between 0 and 1.", like(100 * right)),
            Case("the share of errors", "It returns how many are wrong.", "Count where label and prediction agree.",
                 like(1 - right)),
            Case("divided by the classes", "The count is divided by something else than the number of images.",
                 "How many labels are there?", like(7 / 5, 7 / 3, 7 / 55)),
        )  # fmt: skip
    few = trial.call(model, images[:4], labels[:4])
    trial.expect(few, 3 / 4, Case("hard-coded batch size", "It is right for 11 images, but not for 4.",
                                  "Take the number of images from labels."))  # fmt: skip
