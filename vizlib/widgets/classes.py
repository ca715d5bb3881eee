"""The control of the ImageNet networks: a class emerges from grey."""

import torch
from ipywidgets import Text as TextField

from vizlib import models, recipes
from vizlib.opinions import JUDGE
from vizlib.rendering import Rendering
from vizlib.widgets.control import Control
from vizlib.widgets.fields import ClassField
from vizlib.widgets.parts import Choice, Picture, Slider, Text, picture_html

FRAMES = 6


class ClassDreamer(Control):
    """A picture of a class emerges by a recipe of the reader's choice; other networks are asked when it stops.

    Args:
        model: the network to look into, whatever :func:`vizlib.models.get` takes; those of the recipe if left out.
        name: the class.
        recipe: one of :data:`vizlib.recipes.PRESETS`.
        steps: number of updates; as many as the recipe says if left out.
    """

    name = "class_dreamer"

    def __init__(self, model=None, name: str = "dumbbell", recipe: str = "default", steps: int | None = None):
        preset = recipes.get(recipe)
        self._changes, self._recipe = ({} if model is None else {"network": models.get(model)}), recipe
        steps = preset.steps if steps is None else steps
        parts = {
            "class": ClassField(models.get(preset.network[0] if model is None else model), name),
            "recipe": Choice(options=list(recipes.PRESETS), value=recipe, description="recipe"),
            "η": Slider(description="learning rate η", value=preset.lr, min=0.001, max=100, log=True),
            "steps": Slider(description="steps", value=steps, min=1, max=1000),
            "seed": Slider(description="seed", max=99),
        }
        self._file = TextField(value="dream.png", description="file", continuous_update=False)
        self._picture, self._said, self._strip = Picture(320), Text(), Text()
        shown = [self._picture, self._said, self._strip]
        super().__init__(parts, shown, {"file": self._file}, {"Save as PNG": self._save})

    def sync_settings(self):
        if (recipe := self.settings["recipe"].value) != self._recipe:
            self._recipe, preset = recipe, recipes.get(recipe)
            self.settings["η"].value, self.settings["steps"].value = preset.lr, preset.steps

    def begin(self):
        η, steps, seed = (self.settings[name].value for name in ("η", "steps", "seed"))
        self._wanted = self.settings["class"].wanted
        self._rendering = Rendering(
            self._wanted, self._recipe, seed=int(seed), frames=FRAMES, lr=η, steps=int(steps), **self._changes
        )
        self._said.value = self._strip.value = ""
        return self._rendering, len(self._rendering)

    def draw(self):
        trace = self._rendering.trace
        caption = f"{self._recipe}, {len(trace)} steps" + (f", score {trace[-1]:.1f}" if trace else "")
        self._picture.show(self._rendering.picture(), caption, f"The picture for {self._wanted}: {caption}")

    def finish(self):
        result = self._rendering.result()
        frames = list(result.frames)
        if len(result.trace) < len(self._rendering):
            frames.append(self._rendering.picture().cpu())
        caption = f"from step 1 to step {len(result.trace)}"
        alt = f"{len(frames)} pictures for {self._wanted}, {caption}"
        self._strip.value = picture_html(torch.cat(frames, dim=3), caption, alt, 96 * len(frames))
        self._said.value = "<br>".join(map(str, (*result.optimized, *result.held_out)))
        return next((f"{said}." for said in result.held_out if said.network == JUDGE), None)

    def _save(self):
        path = self._rendering.result(second_opinions=()).save(self._file.value)
        return f"Saved as {path.name}, with its settings."
