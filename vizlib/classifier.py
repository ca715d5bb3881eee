"""A network that is looked at, and comes back as it was."""

import difflib
import functools
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.functional import interpolate

from vizlib import inputs


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

    def __init__(self, name, network, categories=(), mean=0.0, std=1.0, size=None, fixed=False, layers=None):
        super().__init__()
        self.name, self.network, self.categories, self.size, self.fixed = name, network, tuple(categories), size, fixed
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32).reshape(1, -1, 1, 1))
        self.register_buffer("std", torch.as_tensor(std, dtype=torch.float32).reshape(1, -1, 1, 1))
        if layers is not None:
            self.layers = OrderedDict(layers)

    @classmethod
    def wrap(
        cls, module: nn.Module, mean: Sequence[float] | None = None, std: Sequence[float] | None = None,
        categories: Sequence[str] | None = None, size: int | None = None,
    ) -> "Classifier":  # fmt: skip
        """Look into a network of your own.

        Args:
            module: maps images ``(N, C, H, W)`` to logits ``(N, classes)``. It comes back as it was.
            mean, std: one number a colour, of the normalization in front of the module; none if left out.
            categories: the class names, in the order of the logits.
            size: the side in pixels of the only images that it takes: others are resampled. Any size if left out.
        """
        if not isinstance(module, nn.Module):
            raise TypeError(f"A network is a name, a Classifier or a torch.nn.Module, not {type(module).__name__}.")
        size = None if size is None else inputs.whole(size, "The size that the network takes", 1, 4096)
        if std is not None and not (torch.as_tensor(std) > 0).all():
            raise ValueError(f"A standard deviation is greater than 0, not {std!r}.")
        mean, std = (0.0 if mean is None else mean), (1.0 if std is None else std)
        return cls(type(module).__name__, module, categories or (), mean, std, size, size is not None)

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters(), self.mean).device

    @functools.cached_property
    def channels(self) -> int:
        """How many colours it looks at: of the normalization, else of the first convolution."""
        first = (p.shape[1] for p in self.network.parameters() if p.ndim == 4)
        return self.mean.shape[1] if self.mean.shape[1] > 1 else next(first, 3)

    @functools.cached_property
    def layers(self) -> OrderedDict:
        """The modules that put out one tensor in a trial pass, by name; ``logits`` is the whole network."""
        one_tensor, handles = {}, []
        named = {key: module for key, module in self.network.named_modules(remove_duplicate=False) if key}
        for module in named.values():
            note = lambda module, _, out: one_tensor.update({module: isinstance(out, torch.Tensor)})  # noqa: E731
            handles.append(module.register_forward_hook(note))
        side = self.size or 224
        try:
            with torch.no_grad():
                self(torch.zeros(1, self.channels, side, side))
        except (RuntimeError, AssertionError) as error:
            what = f"The network does not take images of {self.channels} × {side} × {side}"
            raise ValueError(f"{what} ({str(error).splitlines()[0]}); say with size= which it takes.") from None
        finally:
            for handle in handles:
                handle.remove()
        found = {key: module for key, module in named.items() if one_tensor.get(module)}
        return OrderedDict({**found, "logits": self.network})

    @functools.cached_property
    def remembered(self) -> dict:
        """For modules that put out normalized maps ``(N, C, H, W)``: the mean β and spread ``|γ|`` of each channel on
        the photographs of the training."""
        norms = [module for module in self.network.modules() if isinstance(module, nn.BatchNorm2d)]
        learned = {norm: (norm.bias.detach(), norm.weight.detach().abs()) for norm in norms if norm.affine}
        folded = {m: (m.beta, m.gamma) for m in self.network.modules() if {"beta", "gamma"} <= m._buffers.keys()}
        return {**learned, **folded}

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        first = next(self.network.parameters(), self.mean)
        seen = images.to(first)
        if self.fixed and seen.shape[-2:] != (self.size, self.size):
            seen = interpolate(seen, (self.size, self.size), mode="bilinear", antialias=True)
        normalized = (seen - self.mean.to(first)) / self.std.to(first)
        plain = first.ndim != 4 or first.is_contiguous()
        memory = torch.contiguous_format if plain else torch.channels_last
        with frozen(self.network):
            return self.network(normalized.contiguous(memory_format=memory)).to(images)

    def category(self, wanted: str | int) -> int:
        """The index of a class from its name, e.g. ``"bell pepper"``, or from the index itself.

        Raises:
            ValueError: the class is unknown, or the name fits several; the sentence lists them.
        """
        if not isinstance(wanted, str):
            last = len(self.categories) - 1 if self.categories else None
            return inputs.whole(wanted, "A class index", 0, last)
        if not self.categories:
            raise ValueError(f"This network has no class names; give an index, not {wanted!r}.")
        name = wanted.strip().replace("_", " ")
        known = [category.casefold() for category in self.categories]
        exact = [i for i, category in enumerate(self.categories) if category == name]
        alike = exact or [i for i, category in enumerate(known) if category == name.casefold()]
        word = rf"\b{re.escape(name.casefold())}\b"
        fits = alike or [i for i, category in enumerate(known) if name and re.search(word, category)]
        if len(alike) == 1:
            return alike[0]
        if len(fits) > 1:
            listed = ", ".join(f"{self.categories[i]!r} ({i})" for i in fits[:8])
            listed += f" and {len(fits) - 8} more" if len(fits) > 8 else ""
            raise ValueError(f"The class name {wanted!r} is ambiguous: it fits {listed}.")
        close = difflib.get_close_matches(name.casefold(), known, 3, 0.5)
        near = [self.categories[i] for i in fits or map(known.index, close)]
        hint = f"the nearest: {', '.join(map(repr, near))}" if near else "see model.categories for all of them"
        raise ValueError(f"There is no class {wanted!r}; {hint}.")

    def title(self, wanted: str | int) -> str:
        """The name of a class, or its number where the network knows no names."""
        index = self.category(wanted)
        return self.categories[index] if self.categories else str(index)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """A network in eval mode and without gradients for its weights, until the block ends; then it is as it was."""
    training = [part for part in module.modules() if part.training]
    wanted = [weights for weights in module.parameters() if weights.requires_grad]
    try:
        for part in training:
            part.training = False
        for weights in wanted:
            weights.requires_grad_(False)
        yield
    finally:
        for part in training:
            part.training = True
        for weights in wanted:
            weights.requires_grad_(True)
