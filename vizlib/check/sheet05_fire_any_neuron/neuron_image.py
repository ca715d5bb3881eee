"""What fires a channel, drawn from a blank image."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.sample import Layers


def cases(draw):
    model, silent = Layers(draw, budget=40), Layers(draw, budget=40)
    silent.seen.weight[2] = 0
    yield model, model.seen, 3, 0.8, 5, 9
    yield silent, silent.seen, 2, 0.8, 2, 7


@exercise(cases)
def neuron_image(model, layer, channel, lr, steps, size):
    recorded = []
    handle = layer.register_forward_hook(lambda module, inputs, output: recorded.append(output.clone()))
    image = torch.zeros(1, 3, size, size)
    try:
        for _ in range(steps):
            recorded.clear()
            image.requires_grad_()
            model(image)
            gradient = torch.autograd.grad(recorded[0][:, channel].mean(), image)[0]
            image = image.detach() + lr * gradient / gradient.norm().clamp_min(1e-12)
    finally:
        handle.remove()
    return image


neuron_image.answers(r"""
    what comes after: output.clone() → output
    downhill: + lr → - lr
    not normalized: / gradient.norm().clamp_min(1e-12) →
    gradients are never zeroed: recorded = [] → recorded, total = [], 0 && gradient = → gradient = total = total +
    the number of steps: range(steps) → range(steps - 1) | range(steps + 1) | range(20)
    not from grey: torch.zeros → torch.ones | 0.5 * torch.ones
    another channel: [0][:, channel] → [0] | [0][:, 0] | [0][:, channel - 1]
    one neuron: The steps follow the strongest neuron only. The whole channel is to fire.
        .mean(), image → .max(), image
    the end of the network: recorded[0][:, channel].mean() → model(image)[0, 0] | model(image)[0, 1]
    clamped: clamp_min(1e-12)\n → clamp_min(1e-12); image = image.clamp(0, 1)\n |
            clamp_min(1e-12); image = image.clamp(-0.1, 0.1)\n
        return image → return image.clamp(0, 1)
    0/0: .clamp_min(1e-12) →
        when: got[1].result.plain.isnan().any()
    the graph is kept: image.requires_grad_() → image = image if image.requires_grad else image.requires_grad_() &&
        image.detach() + → image +
    leaves a hook behind: handle.remove() → pass
    raises an error: recorded.clear() → pass
""")
