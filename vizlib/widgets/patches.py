"""A test on oneself: does the picture made for a unit tell which photographs fire it?"""

import itertools
import math

import torch

from vizlib import _validate, models, recipes
from vizlib.objectives import channel
from vizlib.rendering import Rendering
from vizlib.widgets import neurons
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Choice, Picture, Slider, Text, picture_html, table

WEAK = 0.1  # the weak patch stands at this quantile of all patches
SIDES = ("left", "right")
PUBLISHED = "in the study of Borowski et al. 2021, with "


class WhichPatch(Control):
    """Which of two patches of photographs fires the unit that a picture was made for?

    The strong patch is the one of :func:`vizlib.widgets.neurons.patches` that fires the unit most, the weak one stands
    at a low quantile of all. The pictures are made one after the other while the reader looks. What was right is said
    only at the end: whoever is told at every turn learns what strong patches have in common, and needs no picture.
    The question is that of Borowski et al. 2021 (arXiv:2010.12606).

    Args:
        layer: one of the network's layers; the units are channels of it.
        turns: how many units.
        seed: decides the units, on which side the strong patches are, and the pictures.
        model: the network to look into, whatever :func:`vizlib.models.get` takes.
        steps: how many a picture takes.

    Attributes:
        answers: ``"left"`` or ``"right"`` for each turn so far.
        right: the right answers.
    """

    name = "which_patch"

    def __init__(
        self, layer: str = "block_12", turns: int = 12, seed: int = 0, model=models.LOOKED_INTO,
        steps: int = neurons.UNIT.steps,
    ):  # fmt: skip
        self._model = models.get(model)
        self._fired = neurons.strengths(self._model)
        self._turns = _validate.whole(turns, "The number of turns", 1, 100)
        self._recipe = recipes.get(neurons.UNIT, network=self._model, steps=steps)
        parts = {
            "layer": Choice(options=list(self._model.layers), value=layer, description="layer"),
            "seed": Slider(description="seed", value=seed, max=999),
        }
        self._made, self._patches, self._review = Picture(), [Picture(176) for _ in SIDES], Text()
        actions = {side.capitalize(): lambda side=side: self.choose(side) for side in SIDES}
        super().__init__(parts, [self._made, *self._patches, self._review], actions=actions)

    def begin(self):
        layer, seed = self.settings["layer"].value, int(self.settings["seed"].value)
        fired, generator = self._fired[layer], torch.Generator().manual_seed(seed)
        if fired.shape[1] < self._turns:
            raise ValueError(f"The layer {layer!r} has {fired.shape[1]} units, too few for {self._turns} turns.")
        units = torch.randperm(fired.shape[1], generator=generator)[: self._turns].tolist()
        strong_is_right = torch.randint(2, (self._turns,), generator=generator).tolist()
        order = fired[:, units].argsort(dim=0)
        self._strong, self._weak = order[-1].tolist(), order[round(WEAK * (len(order) - 1))].tolist()
        self.right, self.answers = [SIDES[i] for i in strong_is_right], []
        self._renderings = [Rendering(channel(layer, unit), self._recipe, seed=seed) for unit in units]
        self._units = units
        self._review.value = ""
        return itertools.chain.from_iterable(self._renderings), sum(map(len, self._renderings))

    @property
    def _over(self):
        return len(self.answers) == self._turns

    def _pair(self, turn):
        """The left and the right patch, as indices."""
        pair = self._strong[turn], self._weak[turn]
        return pair if self.right[turn] == "left" else pair[::-1]

    def _ready(self, turn):
        return len(self._renderings[turn].trace) == len(self._renderings[turn])

    def draw(self):
        turn = min(len(self.answers), self._turns - 1)
        rendering = self._renderings[turn]
        caption = f"turn {turn + 1} of {self._turns}: made for one unit"
        progress = f"{len(rendering.trace)} of {len(rendering)} steps"
        ready = "" if self._over else "\nWhich patch fires it more?"
        caption += ready if self._ready(turn) else f"\n{progress}"
        self._made.show(rendering.picture(), caption, f"The picture made for the unit; {caption}".replace("\n", ", "))
        for part, side, index in zip(self._patches, SIDES, self._pair(turn), strict=True):
            part.show(neurons.patches()[index], side, f"The patch on the {side}, turn {turn + 1}")

    def choose(self, side: str) -> str:
        """Answer that the patch on this side fires the unit more; gives a sentence on what comes next."""
        if self._over:
            raise ValueError("The test is over. Reset begins it again; another seed draws other units.")
        if not self._ready(len(self.answers)):
            raise ValueError("The picture is not finished yet." + ("" if self.running else " Press Run."))
        self.answers.append(side)
        self.draw()
        if self._over:
            self._show_review()
        return self.finish()

    def finish(self):
        if self._over:
            low, high, _ = guessing(self._turns)
            return f"{self._score()} of {self._turns} right. Guessing gives {low} to {high}."
        return f"Turn {len(self.answers) + 1} of {self._turns}: which patch fires the unit more, left or right?"

    def _end(self):
        super()._end()
        self._finished = self._over  # else Run would begin again, and the answers would be lost

    def _score(self):
        return sum(answer == right for answer, right in zip(self.answers, self.right, strict=True))

    def _show_review(self):
        low, high, share = guessing(self._turns)
        contrast = neurons.patches().flatten(1).std(dim=1)
        busier = (contrast[self._strong] > contrast[self._weak]).sum().item()
        of = lambda count: f"{count} of {self._turns}, {count / self._turns:.0%}"  # noqa: E731
        rows = [
            ("you", of(self._score())),
            ("guessing", f"50%; {low} to {high} of {self._turns} in {share:.0%} of such tests"),
            ("always the patch with more contrast, without a look at the picture", of(busier)),
            (f"{PUBLISHED}one synthetic picture of a unit", "65 ± 5%"),
            (f"{PUBLISHED}several", "82 ± 4%"),
            (f"{PUBLISHED}several photographs in their place", "92 ± 2%"),
        ]
        self._review.value = table(("who", "right answers"), rows) + "".join(map(self._turn_html, range(self._turns)))

    def _turn_html(self, turn):
        strong, weak = (neurons.patches()[side[turn]][None] for side in (self._strong, self._weak))
        picture = torch.nn.functional.interpolate(self._renderings[turn].picture(), strong.shape[-2:])
        verdict = "right" if self.answers[turn] == self.right[turn] else "wrong"
        caption = f"{turn + 1}: {verdict}\nunit {self._units[turn]}: picture, strong patch, weak patch"
        return picture_html(
            torch.cat([picture, strong, weak], dim=3), caption, f"Turn {caption}".replace("\n", "; "), 3 * 96
        )


def guessing(turns: int) -> tuple[int, int, float]:
    """How many right answers guessing gives, at least and at most, and how often: the middle of all, 95 % or more."""
    chance = [math.comb(turns, right) / 2**turns for right in range(turns + 1)]
    low = max(k for k in range(turns // 2 + 1) if 2 * sum(chance[:k]) <= 0.05)
    return low, turns - low, sum(chance[low : turns - low + 1])
