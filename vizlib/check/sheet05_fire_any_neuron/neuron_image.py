"""What fires a channel, drawn from a blank image."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import CLAMPED, DOWNHILL, GRAPH_GROWS, NEVER_ZEROED, STEPS, ZERO_OVER_ZERO, graph_grows
from vizlib.check.sample import Layers


def inputs(draw):
    model, silent = Layers(draw, budget=40), Layers(draw, budget=40)
    silent.seen.weight[2] = 0
    yield model, model.seen, 3, 0.8, 5, 9
    yield silent, silent.seen, 2, 0.8, 2, 7


@exercise(inputs)
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


STEP = "lr * gradient / gradient.norm().clamp_min(1e-12)"
neuron_image.bug(
    "what comes after",
    "The steps follow the layer as it is after an in-place ReLU.",
    "The hook gets the very tensor that the next layer may change.",
    "output.clone() → output",
)
neuron_image.bug(*DOWNHILL, "+ lr → - lr")
neuron_image.bug(
    "not normalized",
    "The steps do not have length lr.",
    "How long is a step, by the docstring?",
    " / gradient.norm().clamp_min(1e-12) → ",
)
neuron_image.bug(
    *NEVER_ZEROED, ("recorded = [] → recorded, total = [], 0", "gradient = torch → gradient = total = total + torch")
)
neuron_image.bug(*STEPS, *(f"range(steps) → range({n})" for n in ("steps - 1", "steps + 1", "1", "20")))
neuron_image.bug(
    "not from grey",
    "It does not start from zeros.",
    "Where does the blank slate lie?",
    "torch.zeros → torch.ones",
    "torch.zeros → 0.5 * torch.ones",
)
neuron_image.bug(
    "another channel",
    "It draws another channel.",
    "(N, C, H, W): on which axis is the channel?",
    "[0][:, channel] → [0]",
    *(f"[:, channel] → [:, {c}]" for c in (0, 1, 4)),
    "[:, channel] → [:, channel - 1]",
)
neuron_image.bug(
    "one neuron",
    "The steps follow the strongest neuron only.",
    "The whole channel is to fire.",
    ".mean(), image → .max(), image",
)
neuron_image.bug(
    "the end of the network",
    "The steps follow what the network says at its end.",
    "What does the layer say?",
    *(
        (
            "            model(image) →             logits = model(image)",
            f"recorded[0][:, channel].mean() → logits[0, {c}]",
        )
        for c in (0, 1)
    ),
    (
        "            model(image) →             logits = model(image)",
        "recorded[0][:, channel].mean() → logits[0, channel - 2]",
    ),
)
neuron_image.bug(
    *CLAMPED,
    *(f"{STEP} → {STEP}; image = image.clamp({limits})" for limits in ("0, 1", "-0.1, 0.1")),
    "return image → return image.clamp(0, 1)",
)
neuron_image.bug(*ZERO_OVER_ZERO, ".clamp_min(1e-12) → ", when=lambda got, right: got[1].result.plain.isnan().any())
neuron_image.bug(
    *GRAPH_GROWS,
    (
        "image.requires_grad_() → image = image if image.requires_grad else image.requires_grad_()",
        "image.detach() + → image +",
    ),
    forbid=graph_grows,
)
neuron_image.earns("leaves a hook behind", "handle.remove() → pass")
neuron_image.earns("raises an error", "            recorded.clear()\n → ")


@neuron_image.also()
def backward_in_the_hook(model, layer, channel, lr, steps, size):
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    with layer.register_forward_hook(lambda module, inputs, output: output.clone()[:, channel].mean().backward()):
        for _ in range(steps):
            image.grad = None
            model(image)
            with torch.no_grad():
                image += lr * image.grad / (image.grad.norm() + 1e-12)
    return image
