"""What is added to the loss, one of the three kinds of regularizers."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from vizlib._validate import setting
from vizlib.regularizers.base import ActivationPenalty, Penalty


@dataclass(frozen=True)
class L2(Penalty):
    """``weight * ‖I‖²``, the distance from grey squared, summed over the pixels (Simonyan et al. 2013)."""

    weight: float = setting(0, slider_start=0.02, slider=(0.0001, 1), log=True)

    def __call__(self, images):
        return self.weight * (images - 0.5).square().flatten(1).sum(dim=1)


@dataclass(frozen=True)
class L1(Penalty):
    """``weight * Σ|I|``, the distance from grey summed over the pixels; it sets small ones to grey altogether."""

    weight: float = setting(0, slider_start=0.01, slider=(0.0001, 1), log=True)

    def __call__(self, images):
        return self.weight * (images - 0.5).abs().flatten(1).sum(dim=1)


@dataclass(frozen=True)
class TotalVariation(Penalty):
    """``weight`` times the summed absolute differences of neighbours (Rudin et al. 1992, Mahendran & Vedaldi 2015)."""

    weight: float = setting(0, slider_start=0.01, slider=(0.0001, 1), log=True)

    def __call__(self, images):
        down, right = images.diff(dim=2).abs(), images.diff(dim=3).abs()
        return self.weight * (down.flatten(1).sum(dim=1) + right.flatten(1).sum(dim=1))


class _Statistics(ActivationPenalty):
    weight: float
    axes: ClassVar[tuple[int, ...]]  # of maps (N, C, H, W), those that a mean and a spread are taken over

    def layers(self, model):
        return list(model.batch_norm_statistics)

    def __call__(self, model, activations):
        known = model.batch_norm_statistics
        if not known:
            return 0.0
        # Side by side: all layers in one go, because on a GPU each small operation costs as much as a large one.
        beta, gamma = (torch.cat(values) for values in zip(*known.values(), strict=True))
        maps = [activations[module] for module in known]
        mean = torch.cat([one.mean(self.axes, keepdim=True).flatten(1) for one in maps], dim=1)
        variance = torch.cat([one.var(self.axes, correction=0, keepdim=True).flatten(1) for one in maps], dim=1)
        channels = torch.cat([torch.full_like(beta, len(beta)) for beta, _ in known.values()])
        scale = gamma.clamp_min(0.05)
        off = ((mean - beta) / scale).square() + (((variance + 1e-6).sqrt() - gamma) / scale).square()
        return (self.weight * (off / channels).sum(dim=1)).expand(len(maps[0]))


@dataclass(frozen=True)
class BatchNormStatistics(_Statistics):
    """How far channels are from what they were on the training photographs, each image for itself.

    A batch normalization remembers that what it puts out had mean β and spread ``|γ|`` in each channel. The penalty is
    ``weight * Σ`` over layers of the mean over channels of ``((mean − β)² + (spread − |γ|)²) / max(|γ|, 0.05)²``, for
    each image. A network without batch normalization remembers nothing, and the penalty is 0. DeepInversion (Yin et
    al. 2020) asks it of a batch: :class:`BatchStatistics`.
    """

    weight: float = setting(0, slider_start=0.3, slider=(0.01, 10), log=True)

    axes = (2, 3)


@dataclass(frozen=True)
class BatchStatistics(_Statistics):
    """The same of all images together (DeepInversion, Yin et al. 2020), the same number for each of them.

    A batch of different classes as a whole is to be like photographs; each image may differ as one photograph does
    from another. Of one image it is :class:`BatchNormStatistics`.
    """

    weight: float = setting(0, slider_start=1, slider=(0.01, 10), log=True)

    axes = (0, 2, 3)
