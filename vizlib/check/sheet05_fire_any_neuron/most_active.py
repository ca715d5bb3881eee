"""The images that fire a channel most."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.sample import Layers


def cases(draw):
    model, images = Layers(draw), draw.uniform(11, 3, 8, 7, low=-2, high=2)
    means = model.seen(torch.nn.functional.softplus(model.stem(images)))[:, 3].mean((1, 2))
    draw.clear(means.sort().values.diff(), 0.0, means.max() - means.min())
    yield model, model.seen, images, 3, 4
    yield model, model.seen, images, 3, 11


@exercise(cases)
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


most_active.answers("""
    weakest first: means.topk(k).indices → means.argsort()[:k] | means.topk(k).indices.flip(0)
    k ignored: topk(k) → topk(len(images)) | topk(1)
        when: len(got[0].result.data) != 4
    the maximum: Images are ranked by their strongest neuron. What does the docstring rank by?
        .mean(dim=(1, 2)) → .amax(dim=(1, 2))
    what comes after: output.clone() → output
    absolute values: [:, channel].mean → [:, channel].abs().mean | [:, channel].square().mean
    another channel: [:, channel] → [:, 0] | [:, channel - 1]
        [0][:, channel].mean(dim=(1, 2)) → [0].mean(dim=(1, 2, 3))
    the end of the network: recorded[0][:, channel].mean(dim=(1, 2)) → model(images)[:, 0] | model(images)[:, 1]
    not sorted by strength: The right images, but not strongest first. Which order do topk and argsort give?
        when: got[0].result.kind == "list" and set(got[0].result.plain) == set(right[0].result.plain)
        return means.topk(k).indices.tolist() → return sorted(means.topk(k).indices.tolist())
    not a list: indices.tolist() → indices
    not a whole number: .indices → .values
    leaves a hook behind: handle.remove() → pass
""")
