"""The control for what is inside: any channel of any layer, imagined and in the world."""

import functools

import torch

from vizlib import data, hooks, models, recipes
from vizlib import regularizers as r
from vizlib.images import recoloured
from vizlib.objectives import as_maps, channel
from vizlib.rendering import Rendering
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Choice, Picture, Slider

# A unit's picture in a few seconds: the waves and the running mean of the recipe "default", one network, mild views.
UNIT = recipes.get(
    "default", network=models.LOOKED_INTO, size=176, steps=120,
    regularizers=(r.BatchNormStatistics(0.1), r.Jitter(16), r.Rotate(15), r.Scale(0.8, 1.25), r.Window(1, 128)),
)  # fmt: skip


@functools.cache
def patches() -> torch.Tensor:
    """Two hundred patches of all photographs, ``(200, 3, 112, 112)``, the same every time."""
    return data.patches(list(data.PHOTOS), 200, side=112, colour=True)


@torch.no_grad()
def strengths(model) -> dict[str, torch.Tensor]:
    """How strongly the patches fire every channel, its mean over all places: layer → ``(patches, channels)``."""
    rows = []
    for some in patches().split(25):
        with hooks.record(model, model.layers) as activations:
            model(recoloured(some, model.channels))
        rows.append({name: as_maps(activations, name).mean(dim=(2, 3)) for name in activations})
    return {name: torch.cat([row[name] for row in rows]) for name in rows[0]}


class NeuronBrowser(Control):
    """The image that fires a channel, and the patches of real photos that fire it most.

    Args:
        model: the network to look into, whatever :func:`vizlib.models.get` takes.
        layer: one of ``model.layers``.
        n: the channel.
        steps, size: as :class:`vizlib.recipes.Recipe` takes them.
        photos: how many patches to show, of :func:`vizlib.data.patches`.
    """

    name = "neuron_browser"

    def __init__(
        self, model=models.LOOKED_INTO, layer: str = "block_6", n: int = 0, steps: int = UNIT.steps,
        size: int = UNIT.size, photos: int = 3,
    ):  # fmt: skip
        self._model, self._size = models.get(model), size
        self._fired = strengths(self._model)
        layers = Choice(options=list(self._model.layers), value=layer, description="layer")
        parts = {
            "layer": layers,
            "channel": Slider(description="channel", value=n, max=self._fired[layer].shape[1] - 1),
            "steps": Slider(description="steps", value=steps, min=1, max=400),
        }
        self._picture, self._real = Picture(), [Picture(120) for _ in range(photos)]
        super().__init__(parts, [self._picture, *self._real])

    def sync_settings(self):
        channels, last = self.settings["channel"], self._fired[self.settings["layer"].value].shape[1] - 1
        channels.value = min(channels.value, last)
        channels.max = last

    def begin(self):
        self._layer, self._n = self.settings["layer"].value, int(self.settings["channel"].value)
        recipe = recipes.get(UNIT, network=self._model, size=self._size, steps=int(self.settings["steps"].value))
        self._rendering = Rendering(channel(self._layer, self._n), recipe)
        best = self._fired[self._layer][:, self._n].topk(len(self._real))
        for where, value, index in zip(self._real, best.values.tolist(), best.indices.tolist(), strict=True):
            where.show(patches()[index], f"{value:.2f}", f"A patch of a photo, mean activation {value:.2f}")
        return self._rendering, len(self._rendering)

    def draw(self):
        trace = self._rendering.trace
        caption = f"imagined: {trace[-1]:.2f}" if trace else "imagined"
        self._picture.show(
            self._rendering.picture(), caption,
            f"The image for channel {self._n} of {self._layer} after {len(trace)} steps; {caption}",
        )  # fmt: skip

    def finish(self):
        stuck = self._rendering.result(second_opinions=()).stuck
        return "The picture did not fire this channel: take more steps, or try another." if stuck else None
