"""Checks for notebook 05, fire any neuron."""

import torch
from torch.nn.functional import softplus

from vizlib.check import sample
from vizlib.check.class_images import climb
from vizlib.check.core import Case, exercise, like, same

CHANNEL = 3


def _activation(model, images):
    """What ``model.seen`` puts out, without a hook."""
    return model.seen(softplus(model.stem(images)))


@exercise(lambda model, layer, images: ...)
def record(trial):
    model, images = sample.Layers(), sample.uniform(2, 3, 8, 7).requires_grad_()
    expected = _activation(model, images)
    handle = model.seen.register_forward_hook(lambda module, inputs, output: None)
    got = trial.call(model, model.seen, images)
    trial.forbid(
        not model.seen._forward_hooks,
        Case(
            "removes the hooks of others", "A hook that was there before is gone.", "Remove your own: handle.remove()."
        ),
    )
    trial.expect(
        got,
        expected.detach(),
        Case("what comes after", "An in-place ReLU after the layer has written over the recording.",
             "The hook gets the very tensor that the next layer may change. Take a clone() of it.",
             like(expected.relu())),
        Case("the input", "It recorded what goes into the layer.", "hook(module, inputs, output): take the third.",
             like(softplus(model.stem(images)))),
        Case("the end of the network", "It returns what the whole network puts out.",
             "The hook is to keep the output of the layer; that is what you return.", like(model(images))),
        Case("hard-coded batch size", "Only the first image is there.", "Keep the whole output.",
             like(expected[0], expected[:1])),
    )  # fmt: skip
    gradient = trial.gradient(got, images)
    trial.expect(gradient, torch.autograd.grad(expected.sum(), images)[0])
    handle.remove()
    # After an error too: these images are too small for the head, which comes after the layer.
    trial.call(model, model.seen, images.detach()[:, :, :4, :4], may_fail=True)


@exercise(lambda activation, channel: ...)
def channel_objective(trial):
    activation = sample.normal(2, 5, 7, 6).requires_grad_()
    of = activation.detach()[:, CHANNEL]
    got = trial.call(activation, CHANNEL)
    trial.expect(
        got,
        of.mean(),
        Case("the wrong axis", "It does not pick the channel.", "(N, C, H, W): the channel is on the second axis.",
             like(*(activation.select(d, i).mean() for d, i in ((2, CHANNEL), (3, CHANNEL), (0, 1))))),
        Case("hard-coded batch size", "Only the first image counts.", "The mean runs over all images.",
             like(of[0].mean())),
        Case("sum instead of mean", "It adds.", "The mean does not depend on the size of the image.",
             like(of.sum(), of.sum() / 2, of.sum() / 42)),
        Case("one neuron", "Only one place in the channel counts.", "The whole channel is to fire.",
             like(of.max(), of.amax((1, 2)).mean(), of[:, 3, 3].mean())),
        Case("all channels", "All channels count.", "Only this one is to fire.", like(activation.mean())),
        Case("absolute values", "The sign of the activations is lost.", "To fire is to be large, not to be far from 0.",
             like(of.abs().mean(), of.relu().mean(), of.square().mean())),
        Case("the sign", "It has the wrong sign.", "The objective is to be made large.", like(-of.mean())),
        Case("another channel", "It takes another channel.", "Channels count from 0.",
             like(*(activation[:, c].mean() for c in range(5)))),
        Case("not one number", "There is more than one number.", "The mean runs over everything.",
             lambda got: got.ndim > 0),
    )  # fmt: skip
    expected = torch.zeros(2, 5, 7, 6)
    expected[:, CHANNEL] = 1 / 84
    trial.expect(trial.gradient(got, activation), expected)


@exercise(lambda activation, channel, y, x: ...)
def neuron_objective(trial):
    activation, y, x = sample.normal(2, 5, 7, 6).requires_grad_(), 4, 1
    of = activation.detach()[:, CHANNEL, y, x]
    got = trial.call(activation, CHANNEL, y, x)
    trial.expect(
        got,
        of.mean(),
        Case("x and y swapped", "x and y are in the wrong order.", "(N, C, H, W): y counts rows and comes first.",
             like(activation[:, CHANNEL, x, y].mean())),
        Case("hard-coded batch size", "Only the first image counts.", "The mean runs over all images.", like(*of)),
        Case("sum instead of mean", "It adds the images up.", "Take their mean.", like(of.sum())),
        Case("the whole channel", "The whole channel counts.", "One neuron: one place in one channel.",
             like(activation[:, CHANNEL].mean(), activation[:, CHANNEL, y].mean(),
             activation[:, CHANNEL, :, x].mean())),
        Case("every channel", "Every channel counts at this place.", "One neuron: one place in one channel.",
             like(activation[:, :, y, x].mean(), activation[:, :, y, x].sum())),
        Case("the sign", "It has the wrong sign.", "The objective is to be made large.", like(-of.mean())),
        Case("not one number", "There is more than one number.", "Take the mean over the images.",
             lambda got: got.ndim > 0),
        Case("another place", "It takes another neuron.", "All of channel, y and x count from 0.",
             lambda got: any(same(got, value) for value in activation.mean(0).flatten())),
    )  # fmt: skip
    expected = torch.zeros(2, 5, 7, 6)
    expected[:, CHANNEL, y, x] = 1 / 2
    trial.expect(trial.gradient(got, activation), expected)


@exercise(lambda model, layer, channel, lr, steps, size: ...)
def neuron_image(trial):
    lr, steps, size = 0.8, 5, 9
    model = sample.Layers(budget=3 * steps + 10)
    got = trial.call(model, model.seen, CHANNEL, lr, steps, size)
    model.budget, graphs = 100_000, model.graphs[:]

    def draw(steps=steps, start=0.0, objective=lambda a: a[:, CHANNEL].mean(), **bug):
        blank = torch.full((1, 3, size, size), start)
        return lambda: climb(lambda image: objective(_activation(model, image)), lr, steps, blank, **bug)

    trial.expect(
        got,
        draw()(),
        Case("what comes after", "The steps follow the layer as it is after an in-place ReLU.",
             "Take a clone() of the output in the hook.", like(draw(objective=lambda a: a[:, CHANNEL].relu().mean()))),
        Case("downhill", "The channel is switched off instead of on.", "The objective is to grow.",
             like(draw(objective=lambda a: -a[:, CHANNEL].mean()))),
        Case("not normalized", "The steps do not have length lr.", "Every step is lr · g / ‖g‖.",
             like(draw(normalize=False))),
        Case("gradients are never zeroed", "Each step adds the gradients of all steps before it.",
             "backward() adds to .grad. Clear the image's (model.zero_grad() does not reach it), or start each "
             "step from a "
             "fresh leaf.", like(draw(add_up=True))),
        Case("the number of steps", "It does not make exactly steps steps.", "range(steps) gives steps of them.",
             like(*(draw(steps=n) for n in (0, 1, steps - 1, steps + 1, 20)))),
        Case("not from grey", "It does not start from zeros.", "The blank slate is all zeros, which is grey.",
             like(draw(start=0.5), draw(start=1.0))),
        Case("another channel", "It draws another channel.", "(N, C, H, W): the channel is on the second axis, from 0.",
             like(*(draw(objective=lambda a, c=c: a[:, c].mean()) for c in (0, 1, 2, 4)),
             draw(objective=lambda a: a.mean()))),
        Case("one neuron", "The steps follow the strongest neuron only.", "Take the mean of the channel.",
             like(draw(objective=lambda a: a[:, CHANNEL].max()))),
        Case("the end of the network", "The steps follow what the network says at its end.", "Follow the layer.",
             like(*(lambda c=c: climb(lambda i: model(i)[:, c], lr, steps, torch.zeros(1, 3, size, size))
                    for c in (0, 1)))),
        Case("clamped", "The pixels were clamped.", "Nothing holds this image back: leave its values as they come.",
             like(*(draw(after=lambda i, low=low, high=high: i.clamp(low, high))
                    for low, high in ((0, 1), (-0.5, 0.5), (-1, 1))),
                  *(lambda low=low, high=high: draw()().clamp(low, high) for low,
                  high in ((0, 1), (-0.5, 0.5), (-1, 1))))),
    )  # fmt: skip
    trial.no_graph(got, graphs)
    model.seen.weight[CHANNEL] = 0
    got = trial.call(model, model.seen, CHANNEL, lr, steps, size)
    trial.expect(got, torch.zeros(1, 3, size, size),
                 Case("0/0", "A gradient of zero gives nan, not the same image.",
                      "0/0 is nan. Keep the length above a tiny number.", lambda got: got.isnan().any()))  # fmt: skip


@exercise(lambda model, layer, images, channel, k: ...)
def most_active(trial):
    model, images = sample.Layers(), sample.uniform(11, 3, 8, 7, low=-2, high=2)
    with torch.no_grad():
        activation = _activation(model, images)
        order = activation[:, CHANNEL].mean((1, 2)).argsort(descending=True).tolist()
    for k in (4, 11):
        got = trial.call(model, model.seen, images, CHANNEL, k)
        trial.forbid(
            not isinstance(got, list) or any(type(index) is not int for index in got),
            Case("not a list of whole numbers", f"It should return a list of indices, but it returned {got!r:.200}.",
                 "tolist() makes one of a tensor."),
        )  # fmt: skip
        cases = (
            Case("weakest first", "The order is upside down.", "The strongest comes first: descending=True.",
                 lambda got, k=k: got in (order[::-1][:k], order[:k][::-1])),
            Case("not sorted by strength", "The right images, but not strongest first.",
                 "Keep the order that topk or argsort gave you.", lambda got, k=k: set(got) == set(order[:k])),
            Case("k ignored", f"{k} were asked for, but {len(got)} came.", "Use k.", lambda got, k=k: len(got) != k),
            Case("the maximum", "Images are ranked by their strongest neuron.", "Rank by the mean of the channel.",
                 lambda got, k=k: got == _ranked(activation[:, CHANNEL].amax((1, 2)), k)),
            Case("after the ReLU", "An in-place ReLU after the layer has written over the recording.",
                 "Take a clone() of the output in the hook.",
                 lambda got, k=k: got == _ranked(activation[:, CHANNEL].relu().mean((1, 2)), k)),
            Case("absolute values", "The sign of the activations is lost.", "To fire is to be large.",
                 lambda got, k=k: got == _ranked(activation[:, CHANNEL].abs().mean((1, 2)), k)),
            Case("another channel", "Images are ranked by another channel, or by all of them.",
                 "(N, C, H, W): the channel is on the second axis.",
                 lambda got,
                 k=k: got in [_ranked(a.mean((1, 2)), k) for a in (*activation.unbind(1), activation.mean(1))]),
            Case("the end of the network", "Images are ranked by what the network says at its end.", "Ask the layer.",
                 lambda got, k=k: got in [_ranked(z, k) for z in model(images).unbind(1)]),
            Case("other images", "These are not the images that fire the channel most.",
                 "One mean for each image; then the k largest of them."),
        )  # fmt: skip
        if got != order[:k]:
            trial.fail(
                next(case for case in cases if case.function(got)), f"    expected  {order[:k]}", f"    got       {got}"
            )


def _ranked(values, k):
    return values.argsort(descending=True)[:k].tolist()
