"""The control for what is inside: any channel of any layer, imagined and in the world."""

from types import SimpleNamespace

import torch

from vizlib import data, hooks, models, recipes
from vizlib.objectives import as_maps, channel
from vizlib.rendering import Rendering
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Choice, Picture, Slider


def neuron_browser(
    model, layer: str = "block_6", n: int = 0, steps: int = 80, size: int = 128, photos: int = 4
) -> Control:
    """The image that fires a channel, and the real photos that fire it most.

    Args:
        model: the network to look into, whatever :func:`vizlib.models.get` takes.
        layer: one of ``model.layers``.
        n: the channel.
        steps, size: as :class:`vizlib.rendering.Rendering` takes them.
        photos: how many photos to show, of those in :data:`vizlib.data.PHOTOS`.
    """
    model = models.get(model)
    seen = torch.stack([data.photo(name) for name in data.PHOTOS])
    with torch.no_grad(), hooks.record(model, model.layers) as activations:
        model(seen)
        means = {name: as_maps(activations, name).mean(dim=(2, 3)) for name in activations}

    layers = Choice(options=list(model.layers), value=layer, description="layer")
    channels = Slider(description="channel", value=n, max=means[layer].shape[1] - 1)
    parts = {"layer": layers, "channel": channels, "steps": Slider(description="steps", value=steps, min=1, max=400)}
    picture, real, state = Picture(), [Picture(128) for _ in range(photos)], SimpleNamespace()

    def fit(_):
        last = means[layers.value].shape[1] - 1
        channels.value = min(channels.value, last)
        channels.max = last

    layers.observe(fit, "value")

    def begin():
        objective = channel(layers.value, int(channels.value))
        recipe = recipes.get("one_network", steps=int(parts["steps"].value), size=size)
        state.rendering = Rendering(objective, recipe, network=model)
        fired = means[layers.value][:, int(channels.value)]
        strength, order = fired.topk(photos)
        for where, value, index in zip(real, strength.tolist(), order.tolist(), strict=True):
            name = list(data.PHOTOS)[index].replace("_", " ")
            where.show(seen[index], f"{name}: {value:.2f}", f"Photo {name}, mean activation {value:.2f}")
        return state.rendering, len(state.rendering)

    def draw():
        trace = state.rendering.trace
        caption = f"imagined: {trace[-1]:.2f}" if trace else "imagined"
        picture.show(
            state.rendering.picture(), caption,
            f"The image for channel {int(channels.value)} of {layers.value} after {len(trace)} steps; {caption}",
        )  # fmt: skip

    def finish():
        stuck = state.rendering.result(second_opinions=()).stuck
        return "The picture never fires this channel: there is no gradient to follow. Try another." if stuck else None

    return Control("neuron_browser", parts, [picture, *real], begin, draw, finish)
