"""The images that fire a channel most."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.sample import Layers


def inputs(draw):
    model, images = Layers(draw), draw.uniform(11, 3, 8, 7, low=-2, high=2)
    means = model.seen(torch.nn.functional.softplus(model.stem(images)))[:, 3].mean((1, 2))
    draw.clear(means.sort().values.diff(), 0.0, means.max() - means.min())
    yield model, model.seen, images, 3, 4
    yield model, model.seen, images, 3, 11


@exercise(inputs)
def most_active(model, layer, images, channel, k):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))
    try:
        with torch.no_grad():
            model(images)
    finally:
        handle.remove()
    means = recorded[0][:, channel].mean(dim=(1, 2))
    return means.topk(k).indices.tolist()


def indices(got, right):
    return [[call.result.plain for call in calls] for calls in (got, right)]


most_active.bug(
    "weakest first",
    "The order is upside down.",
    "Which end of the order is the strongest?",
    "means.topk(k).indices → means.argsort()[:k]",
    "means.topk(k).indices → means.topk(k).indices.flip(0)",
)
most_active.bug(
    "k ignored",
    "Another number of images was asked for.",
    "Where is k used?",
    "topk(k) → topk(len(images))",
    "topk(k) → topk(1)",
    when=lambda got, right: len(got[0].result.data) != 4,
)
most_active.bug(
    "the maximum",
    "Images are ranked by their strongest neuron.",
    "What does the docstring rank by?",
    ".mean(dim=(1, 2)) → .amax(dim=(1, 2))",
)
most_active.bug(
    "after the ReLU",
    "An in-place ReLU after the layer has written over the recording.",
    "The hook gets the very tensor that the next layer may change.",
    "output.clone() → output",
)
most_active.bug(
    "absolute values",
    "The sign of the activations is lost.",
    "To fire is to be large.",
    "[:, channel].mean → [:, channel].abs().mean",
    "[:, channel].mean → [:, channel].square().mean",
)
most_active.bug(
    "another channel",
    "Images are ranked by another channel, or by all of them.",
    "(N, C, H, W): on which axis is the channel?",
    "[0][:, channel].mean(dim=(1, 2)) → [0].mean(dim=(1, 2, 3))",
    *(f"[:, channel] → [:, {c}]" for c in (0, 1, 2, 4)),
)
most_active.bug(
    "the end of the network",
    "Images are ranked by what the network says at its end.",
    "Ask the layer.",
    *(f"means = recorded[0][:, channel].mean(dim=(1, 2)) → means = model(images)[:, {c}]" for c in (0, 1)),
)
most_active.bug(
    "not sorted by strength",
    "The right images, but not strongest first.",
    "Which order do topk and argsort give?",
    "return means.topk(k).indices.tolist() → return sorted(means.topk(k).indices.tolist())",
    when=lambda got, right: (
        got[0].result.kind == "list" and all(sorted(a) == sorted(b) for a, b in zip(*indices(got, right), strict=True))
    ),
)
most_active.earns("not a list", "indices.tolist() → indices")
most_active.earns("not a whole number", ".indices → .values")
most_active.earns("leaves a hook behind", "handle.remove() → pass")
most_active.also("return → return [int(n) for n in means.argsort(descending=True)[:k]] #")


@most_active.also()
def batches(model, layer, images, channel, k):
    means = []
    with layer.register_forward_hook(lambda module, inputs, output: means.append(output[:, channel].mean((1, 2)))):
        for batch in images.split(4):
            model(batch)
    return sorted(range(len(images)), key=lambda n: -torch.cat(means)[n].item())[:k]
