"""The control for fooling: a photo, a target, and how far every pixel may move."""

from vizlib import attacks, data, models
from vizlib.opinions import opinion
from vizlib.widgets.control import Control
from vizlib.widgets.fields import ClassField
from vizlib.widgets.parts import Choice, Picture, Slider, Text, Upload, table

OWN = "your own"


class PhotoControl(Control):
    """A control with the settings ``"photo"`` and ``"upload"``: a photo of one's own counts once it is there."""

    def __init__(self, settings, *more):
        self._uploaded = settings["upload"].value
        super().__init__(settings, *more)
        settings["upload"].observe(self.later(self._refuse), "refused")

    def sync_settings(self):
        if self.settings["upload"].value != self._uploaded:
            self._uploaded = self.settings["upload"].value
            self.settings["photo"].value = OWN

    def _refuse(self):
        if file := self.settings["upload"].refused:
            self.say(f"{file} cannot be read as a picture; try a PNG or JPEG file.")


class FoolingLab(PhotoControl):
    """A photo, the change that fools the network, and what three networks say of both.

    Args:
        model: the network to attack, whatever :func:`vizlib.models.get` takes.
        photo: one of :data:`vizlib.data.PHOTOS`.
        target: the class to move to.
        epsilon: how far a pixel may move, in units of 1/255.
        method: ``"FGSM"``, a single step, or ``"PGD"``.
        steps: number of updates of PGD.
    """

    name = "fooling_lab"

    def __init__(
        self, model, photo: str = "chelsea", target: str = "dalmatian", epsilon: float = 2.0,
        method: str = "PGD", steps: int = 40,
    ):  # fmt: skip
        self._model, self._most = models.get(model), steps
        self._side = self._model.size or 224
        self._networks = {self._model.name: self._model}
        if self._model.categories == models.categories():  # else others cannot be asked for its classes
            self._networks |= {name: name for name in models.LITE if name != self._model.name}
        parts = {
            "photo": Choice(options=[*data.PHOTOS, OWN], value=photo, description="photo"),
            "target": ClassField(self._model, target, "target"),
            "ε": Slider(description="ε in 1/255", value=epsilon, min=0.25, max=64, step=0.25),
            "method": Choice(options=["FGSM", "PGD"], value=method, description="method"),
            "upload": Upload(side=self._side),
        }
        self._before, self._change, self._after = (Picture(200) for _ in range(3))
        self._said = Text()
        shown = [self._before, self._change, self._after, self._said]
        super().__init__(parts, shown, {"k": Slider(description="change × k", value=20, min=1, max=100)})

    def begin(self):
        wanted = {name: part.value for name, part in self.settings.items()}
        own = wanted["photo"] == OWN
        self._title = wanted["photo"]
        self._photo = self.settings["upload"].image() if own else attacks.saved(data.photo(self._title, self._side))
        self._target, ε = self.settings["target"].wanted, wanted["ε"]
        one_step = {"steps": 1, "step_size": ε} if wanted["method"] == "FGSM" else {"steps": self._most}
        self._attack = attacks.Attack(self._model, self._photo, self._target, ε, targeted=True, **one_step)
        self._asked, self._answers = (self._model.name,), {}
        return self._attack, len(self._attack)

    def draw(self):
        result = self._attack.images()
        moved = (result - self._photo) * 255
        largest = f"largest change: {moved.abs().max().item():.1f} of 255 levels"
        k = self.settings["k"].value
        for which, image in (("before", self._photo), ("after", attacks.saved(result))):
            for name in self._asked:
                if which == "after" or (which, name) not in self._answers:
                    self._answers[which, name] = opinion(image, self._target, self._networks[name])
        top, now = (self._answers[which, self._model.name].top for which in ("before", "after"))
        self._before.show(self._photo, f"before: {top}", f"The photo {self._title} before the attack: {top}")
        shown = 0.5 + k * moved / 255
        self._change.show(shown, f"the change × {k:g}\n{largest}", f"The change, {k:g} times as strong; {largest}")
        self._after.show(result, f"after: {now}", f"The photo {self._title} as it is now: {now}")
        rows = [
            (name, *(f"{a.top} ({a.top_probability:.2f})" for a in answers), *(f"{a.probability:.2f}" for a in answers))
            for name in self._asked
            for answers in [(self._answers["before", name], self._answers["after", name])]
        ]
        head = ("network", "before", "after", f"P({self._target}) before", f"P({self._target}) after")
        self._said.value = table(head, rows)

    def finish(self):
        self._asked = tuple(self._networks)
        self.draw()
        own = self._answers["after", self._model.name]
        fooled = own.rank == 1 and self._answers["before", self._model.name].rank != 1
        return f"Fooled: {own.top} at {own.probability:.2f}." if fooled else f"Not fooled: it says {own.top}."
