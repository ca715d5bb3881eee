"""The control for fooling: a photo, a target, and how far every pixel may move."""

from types import SimpleNamespace

from vizlib import data, fooling, models
from vizlib.opinions import opinion
from vizlib.widgets.classes import ClassField
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Choice, Picture, Row, Slider, Text, Upload, table

OWN = "your own"


def fooling_lab(
    model, photo: str = "chelsea", target: str = "dalmatian", epsilon: float = 2.0,
    method: str = "PGD", steps: int = 40,
) -> Control:  # fmt: skip
    """A photo, the change that fools the network, and what three networks say of both.

    Args:
        model: the network to attack, whatever :func:`vizlib.models.get` takes.
        photo: one of :data:`vizlib.data.PHOTOS`.
        target: the class to move to.
        epsilon: how far a pixel may move, in units of 1/255.
        method: ``"FGSM"``, a single step, or ``"PGD"``.
        steps: number of updates of PGD.
    """
    model = models.get(model)
    side = model.size or 224
    parts = {
        "photo": Choice(options=[*data.PHOTOS, OWN], value=photo, description="photo"),
        "target": ClassField(model, target),
        "ε": Slider(description="ε in 1/255", value=epsilon, min=0.25, max=64, step=0.25),
        "method": Choice(options=["FGSM", "PGD"], value=method, description="method"),
    }
    parts["target"].description = "target"
    strength = Slider(description="change × k", value=20, min=1, max=100)
    upload = Upload(side=side)
    before, change, after = (Picture(200) for _ in range(3))
    said, state = Text(), SimpleNamespace()
    networks = {model.name: model}
    if model.categories == models.categories():  # else others cannot be asked for its classes
        networks |= {name: name for name in models.LITE if name != model.name}

    def begin():
        own = parts["photo"].value == OWN
        state.photo = upload.image() if own else fooling.saved(data.photo(parts["photo"].value, side))
        state.target, ε = parts["target"].wanted, parts["ε"].value
        one_step = {"steps": 1, "step": ε} if parts["method"].value == "FGSM" else {"steps": steps}
        state.attack = fooling.Attack(model, state.photo, state.target, ε, targeted=True, **one_step)
        state.asked, state.answers = (model.name,), {}
        return state.attack, len(state.attack)

    def draw():
        result = state.attack.images()
        moved = (result - state.photo) * 255
        largest = f"largest change: {moved.abs().max().item():.1f} of 255 levels"
        k = strength.value
        for which, image in (("before", state.photo), ("after", fooling.saved(result))):
            for name in state.asked:
                if which == "after" or (which, name) not in state.answers:
                    state.answers[which, name] = opinion(image, state.target, networks[name])
        top, now = (state.answers[which, model.name].top for which in ("before", "after"))
        before.show(state.photo, f"before: {top}", f"The photo {parts['photo'].value} before the attack: {top}")
        shown = 0.5 + k * moved / 255
        change.show(shown, f"the change × {k:g}\n{largest}", f"The change, {k:g} times as strong; {largest}")
        after.show(result, f"after: {now}", f"The photo {parts['photo'].value} as it is now: {now}")
        rows = [
            (name, *(f"{a.top} ({a.top_probability:.2f})" for a in answers), *(f"{a.probability:.2f}" for a in answers))
            for name in state.asked
            for answers in [(state.answers["before", name], state.answers["after", name])]
        ]
        head = ("network", "before", "after", f"P({state.target}) before", f"P({state.target}) after")
        said.value = table(head, rows)

    def finish():
        state.asked = tuple(networks)
        draw()
        own = state.answers["after", model.name]
        fooled = own.rank == 1 and state.answers["before", model.name].rank != 1
        return f"Fooled: {own.top} at {own.probability:.2f}." if fooled else f"Not fooled: it says {own.top}."

    control = Control(
        "fooling_lab", parts, [before, change, after, said], begin, draw, finish, looks={"k": strength},
        arranged=[Row([*parts.values(), strength]), upload],
    )  # fmt: skip

    def take_upload(_):
        parts["photo"].value = OWN
        control.note_change()

    def refuse(_):
        if upload.refused:
            sentence = f"{upload.refused} cannot be read as a picture; try a PNG or JPEG file."
            control.later(lambda: control.say(sentence))()

    upload.observe(take_upload, "content")
    upload.observe(refuse, "refused")
    control.settings["upload"] = upload
    return control
