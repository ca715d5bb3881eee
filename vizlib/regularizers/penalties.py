"""What is added to the loss, one of the three kinds of regularizers."""

from dataclasses import dataclass

from vizlib.regularizers.base import ActivationPenalty, Penalty
from vizlib.settings import setting


@dataclass(frozen=True)
class L2(Penalty):
    """``weight * ‖I‖²``, the distance from grey squared, summed over the pixels (Simonyan et al. 2013)."""

    weight: float = setting(0, shown=0.02, slider=(0.0001, 1), log=True)

    def __call__(self, images):
        return self.weight * (images - 0.5).square().sum()


@dataclass(frozen=True)
class L1(Penalty):
    """``weight * Σ|I|``, the distance from grey summed over the pixels; it sets small ones to grey altogether."""

    weight: float = setting(0, shown=0.01, slider=(0.0001, 1), log=True)

    def __call__(self, images):
        return self.weight * (images - 0.5).abs().sum()


@dataclass(frozen=True)
class TotalVariation(Penalty):
    """``weight`` times the summed absolute differences of neighbours (Rudin et al. 1992, Mahendran & Vedaldi 2015)."""

    weight: float = setting(0, shown=0.01, slider=(0.0001, 1), log=True)

    def __call__(self, images):
        return self.weight * (images.diff(dim=2).abs().sum() + images.diff(dim=3).abs().sum())


@dataclass(frozen=True)
class BatchNormStatistics(ActivationPenalty):
    """How far channels are from what they were on the training photographs (DeepInversion, Yin et al. 2020).

    A batch normalization remembers that what it puts out had mean β and spread ``|γ|`` in each channel. The penalty is
    ``weight * Σ`` over layers of the mean over channels of ``((mean − β)² + (spread − |γ|)²) / max(|γ|, 0.05)²``, for
    each image. A network without batch normalization remembers nothing, and the penalty is 0.
    """

    weight: float = setting(0, shown=0.3, slider=(0.01, 10), log=True)

    def layers(self, model):
        return list(model.remembered)

    def __call__(self, model, activations):
        total = 0.0
        for module, (beta, gamma) in model.remembered.items():
            maps = activations[module]
            mean, scale = maps.mean(dim=(2, 3)), gamma.clamp_min(0.05)
            spread = (maps.var(dim=(2, 3), correction=0) + 1e-6).sqrt()
            off = ((mean - beta) / scale).square() + ((spread - gamma) / scale).square()
            total = total + off.mean(dim=1).sum()
        return self.weight * total
