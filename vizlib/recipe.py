"""Everything that decides a picture besides what it shows: the parametrization, the step and the regularizers."""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vizlib import _renamed, _validate, data, images, models, optimizers
from vizlib import regularizers as r
from vizlib._validate import Settings, setting

PARAMETRIZATIONS = {"pixels": images.PixelImage, "fourier": images.FourierImage, "maco": images.MacoImage}
OPTIMIZERS = {"sgd": torch.optim.SGD, "unit": optimizers.UnitSGD, "adam": torch.optim.Adam}
SCHEDULES = {"constant": lambda done: 1.0, "cosine": lambda done: 0.5 + 0.5 * math.cos(math.pi * done)}
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
        lr_schedule: ``"constant"``, or ``"cosine"``: the learning rate falls to 0, slowly at first and at last
            (Loshchilov & Hutter 2017).
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
    lr_schedule: str = "constant"

    def __post_init__(self):
        super().__post_init__()
        _validate.choice(self.parametrization, PARAMETRIZATIONS, "parametrization")
        _validate.choice(self.optimizer, OPTIMIZERS, "optimizer")
        _validate.choice(self.lr_schedule, SCHEDULES, "schedule of the learning rate")
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

    def learning_rate(self, done: float) -> float:
        """The learning rate once this share of the steps is done."""
        return self.lr * SCHEDULES[self.lr_schedule](done)

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
