"""Two ways to go down a gradient that torch.optim does not have: steps of a fixed size, whatever the gradient's."""

import torch


class SignSGD(torch.optim.Optimizer):
    """Every number moves by ``lr``, against the sign of its gradient: the steepest step for the L∞ norm."""

    def __init__(self, parameters, lr: float):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):  # pyright: ignore[reportIncompatibleMethodOverride]  # of several forms, this one
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * self.direction(p.grad)

    def direction(self, gradient: torch.Tensor) -> torch.Tensor:
        return gradient.sign()


class UnitSGD(SignSGD):
    """Every image of a batch, ``(N, …)``, moves by the L2 length ``lr``: the steepest step for the L2 norm.

    A zero gradient gives no step. One length for the whole batch was tried and not kept: an image with a large
    gradient then takes the step away from the others.
    """

    def direction(self, gradient: torch.Tensor) -> torch.Tensor:
        lengths = gradient.flatten(1).norm(dim=1).clamp_min(1e-12)
        return gradient / lengths.view(-1, *[1] * (gradient.ndim - 1))
