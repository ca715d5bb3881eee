"""The controls of the ImageNet network: dream of a class, and hold the dream back."""

import dataclasses
from types import SimpleNamespace

from ipywidgets import Checkbox, Combobox
from ipywidgets import Text as TextField

from vizlib import models, recipes
from vizlib.opinions import opinion
from vizlib.regularizers import L2, ZOO, Penalty, Projection, View
from vizlib.rendering import Rendering
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Choice, Picture, Row, Slider, Text


class ClassField(Combobox):
    """A text field that completes the names of the model's classes; for a network without names it takes a number."""

    def __init__(self, model, wanted):
        super().__init__(value=str(wanted), options=model.categories, description="class", continuous_update=False)
        self._numbers = not model.categories

    @property
    def wanted(self) -> str | int:
        """The class as networks take it."""
        return int(self.value) if self._numbers and self.value.isdecimal() else self.value


def class_dreamer(
    model, name: str = "dumbbell", weight_decay: float = 0.01, lr: float = 2.0, steps: int = 60,
    start: str = "grey",
) -> Control:  # fmt: skip
    """The class image of Simonyan et al. 2013, live; the other networks are asked when it stops.

    Args:
        model: the network to look into, whatever :func:`vizlib.models.get` takes.
        name: the class.
        weight_decay: λ of S_c(I) − λ‖I‖².
        lr: the L2 length η of a step.
        steps: number of updates.
        start: one of :data:`vizlib.recipes.STARTS`.
    """
    model = models.get(model)
    parts = {
        "class": ClassField(model, name),
        "λ": Slider(description="λ", value=weight_decay, min=0.0001, max=10, log=True),
        "η": Slider(description="step length η", value=lr, min=0.1, max=20, log=True),
        "steps": Slider(description="steps", value=steps, min=1, max=300),
        "start": Choice(options=recipes.STARTS, value=start, description="start"),
    }
    file = TextField(value="dream.png", description="file", continuous_update=False)
    picture, said, state = Picture(), Text(), SimpleNamespace()

    def begin():
        state.rendering = Rendering(
            parts["class"].wanted, "simonyan2013", network=model, lr=parts["η"].value,
            steps=int(parts["steps"].value), start=parts["start"].value,
            regularizers=(L2(parts["λ"].value),),
        )  # fmt: skip
        state.name, said.value = parts["class"].wanted, ""
        return state.rendering, len(state.rendering)

    def draw():
        image = state.rendering.picture()
        own = opinion(image, state.name, model)
        score = f"score {state.rendering.trace[-1]:.1f}, " if state.rendering.trace else ""
        caption = f"{score}probability {own.probability:.2f}"
        steps = len(state.rendering.trace)
        picture.show(image, caption, f"The image for {state.name} after {steps} steps; {caption}")

    def finish():
        result = state.rendering.result()
        said.value = "<br>".join(map(str, (*result.own, *result.opinions)))

    def save():
        path = state.rendering.result(second_opinions=()).save(file.value)
        return f"Saved as {path.name}, with its settings."

    return Control("class_dreamer", parts, [picture, said], begin, draw, finish, {"file": file}, {"Save as PNG": save})


# Statistics of activations cost a third of a step more, and are left to the recipes.
GROUPS = {
    "Penalties, added to the loss": Penalty,
    "Views, of what the network looks at": View,
    "Projections, after every update of plain pixels": Projection,
}


def setting_slider(kind: type, field: dataclasses.Field) -> Slider:
    """A slider for a :func:`vizlib.settings.setting` of a regularizer."""
    limits, whole = field.metadata["limits"], field.type is int
    low, high = limits.slider or (limits.low, limits.high)
    value = limits.shown if field.default is dataclasses.MISSING else field.default
    ends = {"min": low, "max": high, "log": limits.log, "step": 1 if whole else 0.01}
    return Slider(description=f"{kind.__name__} {field.name}", value=value, **ends)


class Switchboard:
    """A switch for every regularizer, and a slider for every one of its settings.

    Attributes:
        parts: the switches and sliders under names like ``"Blur"`` and ``"Blur sigma"``.
        rows: the same, arranged.
    """

    def __init__(self):
        self.parts, self.rows = {}, []
        for heading, base in GROUPS.items():
            self.rows.append(Text(f"<h4>{heading}</h4>"))
            for kind in (kind for kind in ZOO.values() if issubclass(kind, base)):
                made = {kind.__name__: Checkbox(description=kind.__name__, indent=False)}
                for field in dataclasses.fields(kind):
                    made[f"{kind.__name__} {field.name}"] = setting_slider(kind, field)
                self.parts |= made
                self.rows.append(Row(made.values()))

    def set(self, chosen) -> None:
        """Switch on these regularizers, with their settings, and no others."""
        for name in self.parts:
            if " " not in name:
                self.parts[name].value = False
        for one in chosen:
            kind = type(one).__name__
            if kind in self.parts:
                self.parts[kind].value = True
                for name, value in dataclasses.asdict(one).items():
                    slider = self.parts[f"{kind} {name}"]
                    slider.value = min(max(value, slider.min), slider.max)

    def chosen(self) -> tuple:
        """The regularizers that are switched on."""
        made = []
        for name in (name for name in self.parts if " " not in name and self.parts[name].value):
            fields = dataclasses.fields(ZOO[name])
            made.append(ZOO[name](*(f.type(self.parts[f"{name} {f.name}"].value) for f in fields)))
        return tuple(made)


def regularizer_lab(
    model, name: str = "lemon", recipe: str = "default", steps: int = 80, size: int = 128,
    seed: int = 0,
) -> Control:  # fmt: skip
    """Two pictures of a class from one seed: without any regularizer, and with those that are switched on.

    Args:
        model: the network to look into, whatever :func:`vizlib.models.get` takes.
        name: the class.
        recipe: the preset to begin with, one of :data:`vizlib.recipes.PRESETS`.
        steps, size, seed: as :class:`vizlib.rendering.Rendering` takes them.
    """
    model = models.get(model)
    board, pictures, state = Switchboard(), (Picture(), Picture()), SimpleNamespace()
    preset = Choice(options=list(recipes.PRESETS), value=recipe, description="preset")
    first = {
        "class": ClassField(model, name),
        "preset": preset,
        "steps": Slider(description="steps", value=steps, min=1, max=400),
    }

    def fill_in(_=None):
        board.set(recipes.get(preset.value).regularizers)

    fill_in()
    preset.observe(fill_in, "value")

    def begin():
        settings = {"network": model, "size": size, "seed": seed, "steps": int(first["steps"].value)}
        state.name, state.heard = first["class"].wanted, ["", ""]
        state.renderings = [
            Rendering(state.name, preset.value, regularizers=chosen, **settings) for chosen in ((), board.chosen())
        ]
        return zip(*state.renderings, strict=True), len(state.renderings[0])

    def draw():
        labels = ("without regularizers", "with regularizers")
        for picture, rendering, label, heard in zip(pictures, state.renderings, labels, state.heard, strict=True):
            own = opinion(rendering.picture(), state.name, model)
            caption = f"{label}\nits own network: {own.probability:.2f}{heard}"
            alt = f"{state.name} after {len(rendering.trace)} steps, {caption}"
            picture.show(rendering.picture(), caption, alt.replace("\n", "; "))

    def finish():
        for i, rendering in enumerate(state.renderings):
            opinions = rendering.result().opinions
            state.heard[i] = "".join(
                f"\n{said}" if said.rank is None else f"\n{said.network}: {said.probability:.2f}" for said in opinions
            )
        draw()

    return Control(
        "regularizer_lab", first | board.parts, pictures, begin, draw, finish,
        arranged=[Row(first.values())], below=board.rows,
    )  # fmt: skip
