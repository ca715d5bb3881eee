"""The control for what holds an image back: one finished picture, one change, and what it does."""

import dataclasses

from vizlib import models, recipes
from vizlib.opinions import JUDGE, log_odds, opinion
from vizlib.regularizers import ZOO, Projection
from vizlib.rendering import Rendering
from vizlib.widgets.control import Control
from vizlib.widgets.fields import ClassField, ends
from vizlib.widgets.parts import Choice, Picture, Slider


class RegularizerLab(Control):
    """A finished picture goes on with one regularizer changed, and beside it with none: before, without, with.

    The picture is made first, once for a class; all three are shown to a network that takes no part. What the further
    steps do by themselves is seen in the middle; what the change does, on the right.

    Args:
        name: the class.
        recipe: the preset of the first picture, one of :data:`vizlib.recipes.PRESETS`.
        further: the number of further updates.
        steps: the number of updates of the first picture; fewer than the recipe's, so that it is there in seconds.
        seed: of the first picture.
        settings: any other setting of the recipe, ``network`` or ``size``.
    """

    name = "regularizer_lab"

    def __init__(
        self, name: str = "lemon", recipe: str = "default", further: int = 40, steps: int = 180, seed: int = 0,
        **settings,
    ):  # fmt: skip
        self._recipe, self._seed, self._base = recipes.get(recipe, steps=steps, **settings), seed, None
        kinds = [
            one for one in ZOO.values() if self._recipe.parametrization == "pixels" or not issubclass(one, Projection)
        ]
        self._fields = {f"{kind.__name__} {f.name}": (kind, f) for kind in kinds for f in dataclasses.fields(kind)}
        first = "TotalVariation weight"
        parts = {
            "class": ClassField(models.get(self._recipe.network[0]), name),
            "change": Choice(options=list(self._fields), value=first, description="change"),
            "value": Slider(description="value", **self._ends(first)),
            "further": Slider(description="further steps", value=further, min=1, max=200),
        }
        self._chosen = first
        self._pictures = [Picture(196) for _ in range(3)]
        super().__init__(parts, self._pictures)

    def _now(self, kind):
        """The regularizer of this kind in the recipe, or None."""
        return next((one for one in self._recipe.regularizers if isinstance(one, kind)), None)

    def _ends(self, chosen):
        kind, field = self._fields[chosen]
        one = self._now(kind)
        return ends(field, getattr(one, field.name) if one else None)

    def sync_settings(self):
        if (chosen := self.settings["change"].value) != self._chosen:
            self._chosen = chosen
            self.settings["value"].span(**self._ends(chosen))

    def _changed(self):
        """The regularizers with the one change, and the change in words."""
        kind, field = self._fields[self._chosen]
        value = field.type(self.settings["value"].value)
        one = self._now(kind)
        old = "none" if one is None else f"{getattr(one, field.name):g}"
        if one is None:
            shown = {
                f.name: f.metadata["limits"].slider_start
                for f in dataclasses.fields(kind)
                if f.default is dataclasses.MISSING
            }
            some = (*self._recipe.regularizers, kind(**shown | {field.name: value}))
        else:
            new = dataclasses.replace(one, **{field.name: value})
            some = tuple(new if other is one else other for other in self._recipe.regularizers)
        return some, f"{self._chosen}: {old} → {value:g}"

    def begin(self):
        wanted, further = self.settings["class"].wanted, int(self.settings["further"].value)
        changed, self._change = self._changed()
        if self._base is None or wanted != self._wanted:
            self._base, self._wanted = Rendering(wanted, self._recipe, seed=self._seed), wanted
        self._branches, self._heard = [], ["", "", ""]
        left = len(self._base) - len(self._base.trace)
        return self._go(changed, further), left + further

    def _go(self, changed, further):
        yield from self._base
        self._branches = [self._base.fork(further, some) for some in (self._recipe.regularizers, changed)]
        yield from zip(*self._branches, strict=True)

    def draw(self):
        renderings = [self._base, *(self._branches or [self._base] * 2)]
        labels = "before", "nothing changed", self._change
        for part, rendering, label, heard in zip(self._pictures, renderings, labels, self._heard, strict=True):
            caption = f"{label}\n{len(rendering.trace)} steps{heard}"
            part.show(rendering.picture(), caption, f"{self._wanted}: {caption}".replace("\n", "; "))

    def finish(self):
        networks = self._base.models
        strangers = networks[0].categories != models.categories()  # the judge does not know their classes
        if not self._branches or strangers or JUDGE in [network.name for network in networks]:
            return None
        odds = []
        for i, rendering in enumerate([self._base, *self._branches]):
            picture = rendering.picture()
            odds.append(log_odds(picture, self._wanted).item())
            said = opinion(picture, self._wanted, JUDGE)
            self._heard[i] = f"\n{JUDGE}: {said.probability:.2f}, log-odds {odds[-1]:.1f}"
        self.draw()
        before, without, with_ = odds
        how = f"{before:.1f} before, {without:.1f} with nothing changed, {with_:.1f} with the change"
        return f"Log-odds of {self._wanted} for {JUDGE}, which took no part: {how}."
