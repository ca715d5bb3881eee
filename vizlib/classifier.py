"""A network that is looked at, and comes back as it was."""

import functools
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import interpolate

from vizlib import _categories, _probe, _renamed, _validate
from vizlib._frozen import alone, frozen


class Classifier(nn.Module):
    """A classifier that is only looked at: pixels in, logits out, in eval mode and without gradients for its weights.

    Takes float images ``(N, C, H, W)`` in [0, 1]; the normalization that the network was trained with happens inside.
    Gives logits ``(N, classes)``, of the images' type and on their device, whichever the network is on. Made by
    :func:`vizlib.models.load` or :meth:`wrap`.

    Attributes:
        name: what :func:`vizlib.models.load` knows it by, or the name of the module's class.
        network: the module; mode, gradients and memory format are its own again after every look.
        categories: the class names, whose index is an index into the logits; empty where none are known.
        size: the side in pixels of the images that it was trained on; None where that is not known.
        fixed: whether images of another size are resampled to ``size``.
    """

    network: nn.Module
    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self, name, network, categories=(), mean: Any = 0.0, std: Any = 1.0, size=None, fixed=False, layers=None,
        binary=False, output=None,
    ):  # fmt: skip
        super().__init__()
        self.name, self.network, self.categories, self.size, self.fixed = name, network, tuple(categories), size, fixed
        self.binary, self.output, self._looks = binary, output, {}
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32).reshape(1, -1, 1, 1))
        self.register_buffer("std", torch.as_tensor(std, dtype=torch.float32).reshape(1, -1, 1, 1))
        if layers is not None:
            self.layers = OrderedDict(layers)

    @classmethod
    def wrap(
        cls, module: nn.Module, mean: Sequence[float] | None = None, std: Sequence[float] | None = None,
        categories: Sequence[str] | Mapping | None = None, size: int | None = None, binary: bool = False,
        output: str | int | Callable | None = None,
    ) -> "Classifier":  # fmt: skip
        """Look into a network of your own.

        What it gives is looked at before it is first asked: logits ``(N, K)``, floats, finite, K of 2 or more.

        Args:
            module: maps images ``(N, C, H, W)`` to logits ``(N, classes)``. It comes back as it was. A compiled one is
                looked into as it was before ``torch.compile``; of a scripted one only the logits can be seen.
            mean, std: one number a colour, of the normalization in front of the module, for pixels in [0, 1]; none if
                left out.
            categories: the class names, in the order of the logits, or a dict from index to name.
            size: the side in pixels of the only images that it takes: others are resampled. If left out, images that
                it does not take are resampled to a size that is usual and that it takes.
            binary: it gives one logit z an image, ``(N,)`` or ``(N, 1)``, for yes; its two classes are then no (0) and
                yes (1), with the logits −z/2 and z/2, so that either can be asked for.
            output: where the logits are in what it gives: a name, an index, or a function of it. If left out, what is
                called ``logits``, else the first.
        """
        if not isinstance(module, nn.Module):
            raise TypeError(f"A network is a name, a Classifier or a torch.nn.Module, not {type(module).__name__}.")
        if not (output is None or isinstance(output, (str, int)) or callable(output)):
            raise TypeError(f"The output is a name, an index or a function, not {output!r}.")
        module = getattr(module, "_orig_mod", module)  # hooks do not reach into what torch.compile makes
        size = None if size is None else _validate.whole(size, "The size that the network takes", 1, 4096)
        if std is not None and not (torch.as_tensor(std) > 0).all():
            raise ValueError(f"A standard deviation is greater than 0, not {std!r}.")
        scale = (0.0 if mean is None else mean), (1.0 if std is None else std)
        name, names = type(module).__name__, _categories.listed(categories or ())
        return cls(name, module, names, *scale, size, size is not None, binary=binary, output=output)

    def __getattr__(self, name):
        if name in _renamed.SINCE["Classifier"]:
            raise AttributeError(_renamed.sentence("Classifier", name))
        return super().__getattr__(name)  # buffers and the network

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters(), self.mean).device

    @functools.cached_property
    def channels(self) -> int:
        """How many colours it looks at: of the normalization, else found by trying."""
        given = max(self.mean.shape[1], self.std.shape[1])
        return given if given > 1 else _probe.colours(self)

    @functools.cached_property
    def _ran(self) -> dict:
        """Every module that ran in a trial pass, and whether it put out one tensor."""
        ran = {}
        note = lambda module, _, out: ran.update({module: isinstance(out, torch.Tensor)})  # noqa: E731
        side = self.size or 224
        shape = next(iter(self._looks), (self.channels, side, side))
        # Modules that were scripted take no hooks.
        parts = [part for part in self.network.modules() if not isinstance(part, torch.jit.ScriptModule)]
        with alone(self.network):  # else a second thread takes its hooks away
            handles = [part.register_forward_hook(note) for part in parts]
            try:
                with torch.no_grad():
                    self(torch.zeros(1, *shape))
            finally:
                for handle in handles:
                    handle.remove()
        return ran

    @functools.cached_property
    def layers(self) -> OrderedDict:
        """The modules that put out one tensor in a trial pass, by name; ``logits`` is what the classifier gives."""
        named = self.network.named_modules(remove_duplicate=False)
        found = {key: module for key, module in named if key and self._ran.get(module)}
        return OrderedDict({**found, "logits": self})

    @functools.cached_property
    def batch_norm_statistics(self) -> dict:
        """For modules that put out normalized maps ``(N, C, H, W)``: the mean β and spread ``|γ|`` of each channel on
        the photographs of the training."""
        norms = [one for one in self.network.modules() if isinstance(one, nn.BatchNorm2d) and one.affine]
        # An auxiliary head of the training never runs.
        learned = {norm: (norm.bias.detach(), norm.weight.detach().abs()) for norm in norms if norm in self._ran}
        known = {module: dict(module.named_buffers(recurse=False)) for module in self.network.modules()}
        folded = {one: (own["beta"], own["gamma"]) for one, own in known.items() if {"beta", "gamma"} <= own.keys()}
        return {**learned, **folded}

    def look(self, shape: Sequence[int]) -> _probe.Look:
        """What it makes of images of a shape ``(C, H, W)``, found out when it is first asked.

        Raises:
            ValueError: it does not take them, or does not give finite logits.
        """
        shape = tuple(shape)
        if shape not in self._looks:
            self._looks[shape] = _probe.look(self, shape)
        return self._looks[shape]

    def run(self, images: torch.Tensor, side: int | None = None):
        """What the network itself gives for images, resampled to a side and normalized."""
        first = next(self.network.parameters(), self.mean)
        seen = images.to(first)
        if side is not None and seen.shape[-2:] != (side, side):
            seen = interpolate(seen, (side, side), mode="bilinear", antialias=True)
        normalized = (seen - self.mean.to(first)) / self.std.to(first)
        plain = first.ndim != 4 or first.is_contiguous()
        memory = torch.contiguous_format if plain else torch.channels_last
        with frozen(self.network):
            return self.network(normalized.contiguous(memory_format=memory))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        output = self.run(images, self.look(images.shape[-3:]).side)
        return _probe.logits(self, output, len(images) if images.ndim == 4 else 1).to(images)

    def category(self, wanted: str | int) -> int:
        """The index of a class from its name, e.g. ``"bell pepper"``, or from the index itself.

        Raises:
            ValueError: the class is unknown, or the name fits several; the sentence lists them.
        """
        if not isinstance(wanted, str):
            return _validate.whole(wanted, "A class index", 0, len(self.categories) - 1 if self.categories else None)
        return _categories.find(self.categories, wanted)

    def title(self, wanted: str | int) -> str:
        """The name of a class, or its number where the network knows no names."""
        index = self.category(wanted)
        return self.categories[index] if self.categories else str(index)
