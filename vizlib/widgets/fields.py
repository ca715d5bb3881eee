"""What a reader fills in, with what the library knows of it: the names of classes, the limits of a setting."""

import dataclasses

from ipywidgets import Combobox

from vizlib import _validate


class ClassField(Combobox):
    """A text field that completes the names of the model's classes; it takes their numbers, too."""

    def __init__(self, model, wanted, description: str = "class"):
        if not isinstance(wanted, str):  # an index: shown by its name, where no other class has the same
            title = model.title(wanted)
            wanted = title if model.categories.count(title) == 1 else wanted
        super().__init__(value=str(wanted), options=model.categories, description=description, continuous_update=False)

    @property
    def wanted(self) -> str | int:
        """The class as networks take it."""
        return int(self.value) if self.value.isdecimal() and self.value not in self.options else self.value


def ends(field: dataclasses.Field, value: float | None = None) -> dict:
    """What a :class:`Slider` is given for a field made by :func:`vizlib._validate.setting`.

    Args:
        field: of a dataclass.
        value: to begin with; what the field says, if left out.
    """
    limits = field.metadata["limits"]
    low, high = limits.slider or (limits.low, limits.high)
    if value is None:
        value = limits.slider_start if field.default is dataclasses.MISSING else field.default
    value = min(max(value, low), high)
    return {
        "value": value,
        "min": low,
        "max": high,
        "log": limits.log,
        "step": 1 if _validate.is_whole(field) else 0.01,
    }
