"""Everything that decides a picture besides what it shows: the parametrization, the step and the regularizers."""

import dataclasses
from dataclasses import dataclass

import torch

from vizlib import data, descent, images, inputs, regularizers
from vizlib.regularizers import (
    L2,
    Blur,
    Clamp,
    ClipSmallContribution,
    ClipSmallNorm,
    Crop,
    Decay,
    Jitter,
    Noise,
    Projection,
    Rotate,
    Scale,
)

PARAMETRIZATIONS = {"pixels": images.PixelImage, "fourier": images.FourierImage, "maco": images.MacoImage}
OPTIMIZERS = {"sgd": torch.optim.SGD, "normalized": descent.NormalizedSGD, "adam": torch.optim.Adam}
STARTS = ("grey", "noise", *data.PHOTOS)
KINDS = (regularizers.Penalty, regularizers.View, Projection)


@dataclass(frozen=True)
class Recipe:
    """The settings of a picture.

    Attributes:
        image: ``"pixels"``, ``"fourier"`` or ``"maco"``.
        optimizer: ``"sgd"``, plain gradient descent; ``"normalized"``, steps of L2 length ``lr``; or ``"adam"``.
        lr: learning rate.
        steps: number of updates.
        size: side in pixels, or (height, width).
        regularizers: penalties, views and projections; views and projections are applied in this order.
        start: what pixels begin as: ``"grey"``, ``"noise"`` (faint, around grey), or a photo's name, one of
            :data:`vizlib.data.PHOTOS`.
    """

    image: str
    optimizer: str
    lr: float
    steps: int
    size: int | tuple[int, int]
    regularizers: tuple = ()
    start: str = "grey"

    def __post_init__(self):
        inputs.choice(self.image, PARAMETRIZATIONS, "parametrization")
        inputs.choice(self.optimizer, OPTIMIZERS, "optimizer")
        inputs.learning_rate(self.lr)
        inputs.whole(self.steps, "The number of steps", 0)
        inputs.size(self.size)
        inputs.choice(self.start, STARTS, "starting image")
        if self.start != "grey" and self.image != "pixels":
            raise ValueError(f"Only pixels can start from {self.start!r}; {self.image!r} parameters begin near grey.")
        object.__setattr__(self, "regularizers", tuple(self.regularizers))
        for one in self.regularizers:
            if not isinstance(one, KINDS):
                raise TypeError(f"A regularizer is a penalty, a view or a projection, not {one!r}.")
            if isinstance(one, Projection) and self.image != "pixels":
                raise ValueError(f"{one!r} acts on pixels, but the image is made of {self.image!r} parameters.")

    def first_image(self, batch: int, generator: torch.Generator, device):
        """The parametrized images to begin with, an object of :mod:`vizlib.images`."""
        if self.image != "pixels":
            return PARAMETRIZATIONS[self.image](self.size, batch, generator, device=device)
        start = None
        if self.start == "noise":
            start = 0.4 + 0.2 * torch.rand(batch, 3, *inputs.size(self.size), generator=generator)
        elif self.start != "grey":
            start = data.photo(self.start, self.size)
        return images.PixelImage(self.size, batch, start, device=device)

    def of_kind(self, kind: type) -> list:
        """The regularizers of one kind, e.g. ``regularizers.View``, in order."""
        return [one for one in self.regularizers if isinstance(one, kind)]

    def to_json(self) -> dict:
        """The settings as plain dicts, lists and numbers."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        plain["regularizers"] = [[type(one).__name__, dataclasses.asdict(one)] for one in self.regularizers]
        return plain

    @classmethod
    def from_json(cls, plain: dict) -> "Recipe":
        """The inverse of :meth:`to_json`."""
        zoo = {name: kind for name, kind in vars(regularizers).items() if dataclasses.is_dataclass(kind)}
        made = tuple(zoo[inputs.choice(name, zoo, "regularizer")](**values) for name, values in plain["regularizers"])
        size = tuple(plain["size"]) if isinstance(plain["size"], list) else plain["size"]
        return cls(**{**plain, "size": size, "regularizers": made})


PRESETS = {
    # Ours: waves under views so strong that only a large shape survives them.
    "default": Recipe("fourier", "adam", 0.05, 256, 160, (Jitter(24), Rotate(30), Scale(0.6, 1.4))),
    # Simonyan et al. 2013: gradient ascent on S_c(I) − λ‖I‖² from a zero image. The gradient is tiny there and grows
    # more than a hundredfold on the way, so every step is given the same length.
    "simonyan2013": Recipe("pixels", "normalized", 2.0, 60, 224, (L2(0.01),)),
    # Yosinski et al. 2015, Table 1. Decay is a share, blur a width in pixels, and percentiles are ranks: none of them
    # changes when pixels reach from 0 to 1 and not to 255. Only the step does. Theirs was set by hand for each unit;
    # ours has one length, longer where half of the image fades at every step.
    "yosinski2015_1": Recipe("pixels", "normalized", 8.0, 120, 224, (Blur(0.5, every=4), ClipSmallNorm(50))),
    "yosinski2015_2": Recipe("pixels", "normalized", 8.0, 120, 224, (Decay(0.3), ClipSmallNorm(20))),
    "yosinski2015_3": Recipe("pixels", "normalized", 8.0, 120, 224, (Decay(0.0001), Blur(1.0, every=4))),
    "yosinski2015_4": Recipe("pixels", "normalized", 20.0, 120, 224, (Decay(0.5), ClipSmallContribution(90))),
    # Stanford's CS231n, network visualization: its pixels are divided by the standard deviation of ImageNet, about
    # 0.225 on our scale. So a step of 25 becomes 25 × 0.225, and a weight of 0.001 becomes 0.001 / 0.225².
    "cs231n": Recipe("pixels", "normalized", 5.6, 100, 224, (L2(0.02), Jitter(16), Blur(0.5, every=10), Clamp())),
    # Fel et al. 2023, MACO: random crops and noise as views, and no penalty.
    "maco": Recipe("maco", "adam", 0.3, 128, 160, (Crop(0.6), Noise(0.05))),
}


def get(name: str | Recipe = "default", **changes) -> Recipe:
    """A preset by name, or a recipe of your own, with some of its settings changed.

    Example:
        ``get("default", steps=64, size=224)``
    """
    recipe = name if isinstance(name, Recipe) else PRESETS[inputs.choice(name, PRESETS, "recipe")]
    for key in changes:
        inputs.choice(key, [f.name for f in dataclasses.fields(Recipe)], "setting")
    return dataclasses.replace(recipe, **changes)
