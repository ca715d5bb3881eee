"""What is added to the loss, one of the three kinds of regularizers."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class BatchNormStatistics(ActivationPenalty):
    """How far channels are from what they were on the training photographs (DeepInversion, Yin et al. 2020).

    A batch normalization remembers that what it puts out had mean β and spread ``|γ|`` in each channel. The penalty is
    ``weight * Σ`` over layers of the mean over channels of ``((mean − β)² + (spread − |γ|)²) / max(|γ|, 0.05)²``, for
    each image. A network without batch normalization remembers nothing, and the penalty is 0.
    """

    weight: float = setting(0, slider_start=0.3, slider=(0.01, 10), log=True)

    def layers(self, model):
        return list(model.batch_norm_statistics)

    def __call__(self, model, activations):
        known = model.batch_norm_statistics
        if not known:
            return 0.0
        # Side by side: all layers in one go, because on a GPU each small operation costs as much as a large one.
        beta, gamma = (torch.cat(values) for values in zip(*known.values(), strict=True))
        mean = torch.cat([activations[module].mean(dim=(2, 3)) for module in known], dim=1)
        variance = torch.cat([activations[module].var(dim=(2, 3), correction=0) for module in known], dim=1)
        channels = torch.cat([torch.full_like(beta, len(beta)) for beta, _ in known.values()])
        scale = gamma.clamp_min(0.05)
        off = ((mean - beta) / scale).square() + (((variance + 1e-6).sqrt() - gamma) / scale).square()
        return self.weight * (off / channels).sum(dim=1)
