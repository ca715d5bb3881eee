"""Everything that decides a picture besides what it shows: the parametrization, the step and the regularizers."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vizlib import _renamed, _validate, data, images, models, optimizers
from vizlib import regularizers as r
from vizlib._validate import Settings, setting

PARAMETRIZATIONS = {"pixels": images.PixelImage, "fourier": images.FourierImage, "maco": images.MacoImage}
OPTIMIZERS = {"sgd": torch.optim.SGD, "unit": optimizers.UnitSGD, "adam": torch.optim.Adam}
STARTS = ("grey", "noise", *data.PHOTOS)
NOT_OURS = "not one of vizlib's"


@dataclass(frozen=True)
class Recipe(Settings):
    """The settings of a picture.

    Attributes:
        parametrization: ``"pixels"``, ``"fourier"`` or ``"maco"``.
        optimizer: ``"sgd"``, plain gradient descent; ``"unit"``, a step of L2 length ``lr`` for each image; ``"adam"``.
        lr, steps: learning rate and number of updates.
        size: side in pixels, or (height, width), which is what it becomes.
        regularizers: penalties, views and projections; views and projections are applied in this order.
        start: what pixels or waves begin as: ``"grey"``, ``"noise"`` (faint, around grey), one of
            :data:`vizlib.data.PHOTOS`, the path of a picture of yours, or a tensor ``(3, H, W)`` or ``(N, 3, H, W)``.
        network: what to look into, as :func:`vizlib.models.get` takes it, or a tuple of them, of which one, drawn at
            random, looks at every step: what pleases one network alone does not survive.
        decay: of waves, 1 / frequency ** decay.
        chroma: of waves, how strong colours are beside brightness.
        ema_decay: the picture is the running mean of the parameters, of which every step keeps this share; 0 for none.
        logsumexp_weight: a of S_c − a log Σ exp S, for objectives that ask for classes: 0 is the score, 1 the
            log-probability.
    """

    parametrization: str
    optimizer: str
    lr: float = setting(high=1e30, greater_than=0)
    steps: int = setting(0, 1_000_000)
    size: Any  # pyright: ignore[reportGeneralTypeIssues]  # setting() without a default gives none
    regularizers: tuple = ()
    start: str | Path | torch.Tensor = "grey"
    network: Any = models.LOOKED_INTO
    decay: float = setting(0, 4, default=1.5)
    chroma: float = setting(0, 10, default=1.0)
    ema_decay: float = setting(0, 0.9999, default=0.0)
    logsumexp_weight: float = setting(0, 1, default=0.0)

    def __post_init__(self):
        super().__post_init__()
        _validate.choice(self.parametrization, PARAMETRIZATIONS, "parametrization")
        _validate.choice(self.optimizer, OPTIMIZERS, "optimizer")
        if not isinstance(self.start, (str, Path, torch.Tensor)):
            raise TypeError(f"A starting image is a name, a path or a tensor, not a {type(self.start).__name__}.")
        if isinstance(self.start, str) and not Path(self.start).suffix:
            _validate.choice(self.start, STARTS, "starting image")
        networks = self.network if isinstance(self.network, (tuple, list)) else (self.network,)
        if not networks:
            raise ValueError("There is no network to look into: the list of networks is empty.")
        object.__setattr__(self, "size", _validate.size(self.size))
        object.__setattr__(self, "network", tuple(networks))
        several = (self.regularizers,) if isinstance(self.regularizers, r.Regularizer) else self.regularizers
        object.__setattr__(self, "regularizers", tuple(several))
        if self.parametrization == "maco" and (self.own_start or self.start != "grey"):
            raise ValueError("Only 'pixels' and 'fourier' can start from an image: 'maco' has its phases alone.")
        for one in self.regularizers:
            if not isinstance(one, r.Regularizer):
                raise TypeError(f"A regularizer is a penalty, a view or a projection, not {one!r}.")
            if isinstance(one, r.Projection) and self.parametrization != "pixels":
                raise ValueError(
                    f"{one!r} acts on pixels, but the image is made of {self.parametrization!r} parameters."
                )

    def first_image(self, batch: int, generator: torch.Generator, device, channels: int = 3):
        """The parametrized images of so many channels to begin with, an object of :mod:`vizlib.images`."""
        if self.parametrization == "maco":
            return images.MacoImage(self.size, batch, generator, channels, device=device)
        start = self._start(batch, generator, channels)
        if self.parametrization == "fourier":
            waves = {"decay": self.decay, "chroma": self.chroma, "channels": channels}
            return images.FourierImage(self.size, batch, generator, **waves, device=device, start=start)
        return images.PixelImage(self.size, batch, start, channels, device=device)

    def _start(self, batch, generator, channels):
        """What to begin as, in [0, 1]; None for grey."""
        if isinstance(self.start, torch.Tensor):
            return self.start
        if self.start == "noise":
            return 0.4 + 0.2 * torch.rand(batch, channels, *self.size, generator=generator)
        return None if self.start == "grey" else images.recoloured(data.picture(self.start, self.size), channels)

    @property
    def own_start(self) -> str | None:
        """What to call a starting image that is none of the course's; None if it is."""
        if isinstance(self.start, torch.Tensor):
            return "a tensor"
        return None if self.start in STARTS else Path(self.start).name

    def of_kind(self, kind: type) -> list:
        """The regularizers of one kind, e.g. ``regularizers.View``, in order."""
        return [one for one in self.regularizers if isinstance(one, kind)]

    def to_json(self) -> dict:
        """The settings as plain dicts, lists and numbers; a stranger's class by its name, and that it is one."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        ours = lambda one: r.ZOO.get(type(one).__name__) is type(one)  # noqa: E731
        plain["regularizers"] = [
            [type(one).__name__, dataclasses.asdict(one) if ours(one) else NOT_OURS] for one in self.regularizers
        ]
        named = [one if isinstance(one, str) else models.get(one).name for one in self.network]
        plain["start"] = [self.own_start, NOT_OURS] if self.own_start else self.start
        plain["network"] = [name if name in models.LITE else [name, NOT_OURS] for name in named]
        return plain

    @classmethod
    def from_json(cls, plain: dict, network=None) -> "Recipe":
        """The inverse of :meth:`to_json`, also of names from before; what is no recipe raises ValueError or TypeError.

        Args:
            network: to look into in place of those named; networks that would have to be downloaded are not loaded.
        """
        plain = {_renamed.SINCE["Recipe"].get(name, name): value for name, value in plain.items()}
        if network is None:
            network = [
                _validate.choice(_known(name), models.LITE, "such network in the course") for name in plain["network"]
            ]
        if len(plain["regularizers"]) > 32:
            raise ValueError(f"A recipe has at most 32 regularizers, not {len(plain['regularizers'])}.")
        made = []
        for one in plain["regularizers"]:
            name = _known(one[0] if one[1] != NOT_OURS else one)
            made.append(r.ZOO[_validate.choice(name, r.ZOO, "regularizer")](**one[1]))
        start = _validate.choice(_known(plain.get("start", "grey")), STARTS, "starting image")  # and no path
        return cls(**{**plain, "start": start, "network": network, "regularizers": made})


def _known(name):
    if isinstance(name, list) and name[1:] == [NOT_OURS]:
        raise ValueError(f"It was made with {name[0]}, which is {NOT_OURS}: the file alone is not enough.")
    return name


BOTH = ("efficientnet_lite0", "efficientnet_lite1")
PRESETS = {
    # Ours: waves on a canvas that repeats without a seam, and what two networks remember of photographs. Chosen on the
    # thirty classes CHOOSING of tests/bench.py, lite2 judging: all 30 first, P 0.92. Tried, in log-odds of the judge:
    # without statistics but 320 steps, as long: +0.1 ± 0.3, and fewer scenes · outside the image a flat random colour
    # −1.3 ± 0.6, the other side +0.4 ± 0.6, against reflection · logsumexp_weight 0: −1.6 ± 0.6 · running mean 0.98:
    # −1.4 ± 0.5, 0.95: −0.6 ± 0.5 · decay 2: −0.3 ± 0.6 and greyer, 1.5: +0.8 ± 0.6 and more grain, both against 1.75 ·
    # noise 0.01: −1.1 ± 0.5 · chroma 1.25: +0.9 ± 0.5 · a mirror +0.4 ± 0.5 · lr 0.07: −0.1 ± 0.7, 0.035: +0.3 ± 0.5
    "default": Recipe(
        *("fourier", "adam", 0.05, 260, 240),
        (r.BatchNormStatistics(0.3), r.Jitter(20), r.Rotate(30), r.Scale(0.7, 1.4), r.Window(1, 160)),
        **{"network": BOTH, "decay": 1.65, "chroma": 1.2, "ema_decay": 0.97, "logsumexp_weight": 0.2},
    ),
    # The same object again and again, at many angles: every step sees one window, anywhere on a larger canvas.
    # Tried: windows of 140 px, turns of ±180° (cups stand upright), decay 1.75, logsumexp_weight 0.2: few or none.
    "many": Recipe(
        *("fourier", "adam", 0.035, 400, 448),
        (r.Jitter(4096), r.Rotate(45), r.Scale(0.8, 1.25), r.Window(0.4, 160)),
        **{"network": BOTH, "ema_decay": 0.97},
    ),
    # The default until version 0.2: one network, 160 pixels, colours twice as strong as in nature.
    "one_network": Recipe(
        *("fourier", "adam", 0.05, 256, 160), (r.Jitter(24), r.Rotate(30), r.Scale(0.6, 1.4)), chroma=2.0
    ),
    # Simonyan et al. 2013: gradient ascent on S_c(I) − λ‖I‖² from a zero image. The gradient is tiny there and grows
    # more than a hundredfold on the way, so every step is given the same length.
    "simonyan2013": Recipe("pixels", "unit", 2.0, 60, 224, (r.L2(0.01),)),
    # Yosinski et al. 2015, Table 1. Decay is a share, blur a width in pixels, and percentiles are ranks: none of them
    # changes when pixels reach from 0 to 1 and not to 255. Only the step does. Theirs was set by hand for each unit;
    # ours has one length, longer where half of the image fades at every step.
    "yosinski2015_1": Recipe("pixels", "unit", 8.0, 120, 224, (r.Blur(0.5, every=4), r.ClipSmallNorm(50))),
    "yosinski2015_2": Recipe("pixels", "unit", 8.0, 120, 224, (r.Decay(0.3), r.ClipSmallNorm(20))),
    "yosinski2015_3": Recipe("pixels", "unit", 8.0, 120, 224, (r.Decay(0.0001), r.Blur(1.0, every=4))),
    "yosinski2015_4": Recipe("pixels", "unit", 20.0, 120, 224, (r.Decay(0.5), r.ClipSmallContribution(90))),
    # Stanford's CS231n, network visualization: its pixels are divided by the standard deviation of ImageNet, about
    # 0.225 on our scale. So a step of 25 becomes 25 × 0.225, and a weight of 0.001 becomes 0.001 / 0.225².
    "cs231n": Recipe("pixels", "unit", 5.6, 100, 224, (r.L2(0.02), r.Jitter(16), r.Blur(0.5, every=10), r.Clamp())),
    # Fel et al. 2023, MACO: random crops and noise as views, and no penalty.
    "maco": Recipe("maco", "adam", 0.3, 128, 160, (r.Crop(0.6), r.Noise(0.05))),
}


def get(name: str | Recipe = "default", **changes) -> Recipe:
    """A preset by name, or a recipe of your own, with some of its settings changed.

    Example:
        ``get("default", steps=64, size=224)``
    """
    recipe = name if isinstance(name, Recipe) else PRESETS[_validate.choice(name, PRESETS, "recipe")]
    _renamed.refuse("Recipe", changes)
    for key in changes:
        _validate.choice(key, [f.name for f in dataclasses.fields(Recipe)], "setting")
    return dataclasses.replace(recipe, **changes)
