"""The control of the other questions: a map or a picture of a photo, beside that of a shuffled network."""

from functools import partial

import torch

from vizlib import data, models, saliency
from vizlib.inversion import invert
from vizlib.widgets.fields import ClassField
from vizlib.widgets.parts import Choice, Picture, Slider, Upload
from vizlib.widgets.photos import OWN, PhotoControl

INVERSION = "inversion"
SAMPLES = 16  # of the smoothed gradient


class QuestionLab(PhotoControl):
    """Which pixels a class hangs on, or what a layer still knows of a photo; beside it, for the shuffled network.

    Args:
        model: the network to ask, whatever :func:`vizlib.models.get` takes.
        photo: one of :data:`vizlib.data.PHOTOS`.
        method: ``"gradient"``, ``"smoothed"``, ``"smoothed × input"``, ``"occlusion"``, of a class, or ``"inversion"``,
            of a layer.
        target: the class.
        layer: one of ``model.layers``.
        steps: of the inversion.
    """

    name = "question_lab"

    def __init__(
        self, model=models.LOOKED_INTO, photo: str = "chelsea", method: str = "smoothed",
        target: str | int = "Egyptian cat", layer: str = "block_4", steps: int = 60,
    ):  # fmt: skip
        self._model = models.get(model)
        self._side = self._model.size or 224
        parts = {
            "photo": Choice(options=[*data.PHOTOS, OWN], value=photo, description="photo"),
            "method": Choice(options=[*METHODS, INVERSION], value=method, description="method"),
            "class": ClassField(self._model, target),
            "layer": Choice(options=list(self._model.layers), value=layer, description="layer, for inversion"),
            "steps": Slider(description="steps, for inversion", value=steps, min=1, max=400),
            "seed": Slider(description="seed", max=99),
            "upload": Upload(side=self._side),
        }
        self._shown_photo, *self._answers = (Picture(224) for _ in range(3))
        super().__init__(parts, [self._shown_photo, *self._answers])

    def begin(self):
        wanted = {name: part.value for name, part in self.settings.items()}
        own, self._method = wanted["photo"] == OWN, wanted["method"]
        self._photo = self.settings["upload"].image() if own else data.photo(wanted["photo"], self._side)
        networks = self._model, saliency.redrawn(self._model, seed=int(wanted["seed"]))
        self._now = None
        if self._method == INVERSION:
            self._asked, total = wanted["layer"], int(wanted["steps"])
            ask = partial(invert, images=self._photo[None], layer=self._asked, steps=total, seed=int(wanted["seed"]))
        else:
            index = self._model.category(self.settings["class"].wanted)
            self._asked = self._model.title(index)
            ask = partial(METHODS[self._method], image=self._photo, target=index)
            total = {"gradient": 1, "occlusion": len(list(saliency.corners(self._side)))}.get(self._method, SAMPLES)
        self._shown_photo.show(self._photo, f"the photo {wanted['photo']}", f"The photo {wanted['photo']}")
        return self._noted(zip(*map(ask, networks), strict=True)), total

    def _noted(self, pairs):
        for self._now in pairs:
            yield self._now

    def draw(self):
        for part, network, now in zip(self._answers, ("trained", "shuffled"), self._now or (None, None), strict=True):
            caption = f"{network}: {self._method}, {self._asked}"
            blank = torch.full_like(self._photo, 0.5)
            picture = blank if now is None else now[0] if self._method == INVERSION else saliency.shown(now)
            part.show(picture, caption, f"The network {caption}, after {self.done} steps")

    def finish(self):
        if self._method == INVERSION:
            away = [(one[0] - self._photo).square().mean().sqrt().item() for one in self._now]
            return f"Distance from the photo, pixels in [0, 1]: trained {away[0]:.2f}, shuffled {away[1]:.2f}."
        alike = saliency.rank_correlation(*(saliency.blocks(one, 8) for one in self._now))
        return f"Rank correlation of the two maps: {alike:.2f} (1: the same order of places, 0: nothing in common)."


def _gradient(model, image, target):
    yield saliency.strength(saliency.gradient(model, image, target))


def _smoothed(model, image, target, times=1):
    for mean in saliency.smoothed(model, image, target, samples=SAMPLES):
        yield saliency.strength(mean * times)


METHODS = {
    "gradient": _gradient,
    "smoothed": _smoothed,
    "smoothed × input": lambda model, image, target: _smoothed(model, image, target, image),
    "occlusion": saliency.occlusion,
}
