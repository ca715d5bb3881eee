"""How a regularizer is called. A class of your own may derive from any of these; its settings are checked and stored
with a picture if it is one of vizlib's, which are frozen dataclasses with :func:`vizlib._validate.setting` fields."""

from abc import ABC, abstractmethod

import torch

from vizlib._validate import Settings


class Regularizer(Settings, ABC):
    """A penalty, a view or a projection."""


class Penalty(Regularizer):
    """An addition to the loss that looks at the images."""

    @abstractmethod
    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """A number for each of the images ``(N, C, H, W)`` in [0, 1], ``(N,)``; or one for all of them together."""


class ActivationPenalty(Regularizer):
    """An addition to the loss that looks at what the network's layers put out in this view."""

    @abstractmethod
    def layers(self, model) -> list:
        """What :func:`vizlib.hooks.record` should record: names of layers, or modules themselves."""

    @abstractmethod
    def __call__(self, model, activations: dict) -> torch.Tensor | float:
        """A number for each image, ``(N,)``, or one for all, from activations as :func:`vizlib.hooks.record` gives."""


class View(Regularizer):
    """A change of what the network looks at. What satisfies from many views cannot rely on single pixels."""

    @abstractmethod
    def __call__(self, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """What the network sees of images ``(N, 3, H, W)``; randomness comes from the CPU ``generator``."""


class Projection(Regularizer):
    """A change of the image after the update. It acts on pixels, so it needs a :class:`vizlib.images.PixelImage`."""

    @abstractmethod
    def __call__(self, pixels: torch.Tensor, index: int, gradient: torch.Tensor) -> torch.Tensor:
        """The new pixels, from those after update ``index``, ``(N, 3, H, W)``, 0 for grey, and the loss's gradient."""
