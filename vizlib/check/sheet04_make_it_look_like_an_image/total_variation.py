"""How much neighbouring pixels differ."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    yield (draw.uniform(2, 3, 7, 5).requires_grad_(),)
    yield (draw.uniform(1, 3, 4, 6, dtype=torch.float64).requires_grad_(),)


@exercise(cases, gradient_to=("image",))
def total_variation(image):
    down = image[:, :, 1:] - image[:, :, :-1]
    across = image[:, :, :, 1:] - image[:, :, :, :-1]
    return down.abs().sum() + across.abs().sum()


total_variation.answers("""
    one axis: Only one direction counts. Where are the neighbours of a pixel?
        + across.abs().sum() →
        down.abs().sum() + →
    mean instead of sum: down.abs().sum() → down.abs().mean() && across.abs().sum() → across.abs().mean()
        return down → return (down && across.abs().sum() → across.abs().sum()) / image.numel()
    squares: The differences are squared. An edge may be sharp, grain may not. Squares punish edges most.
        down.abs() → down.square() && across.abs() → across.square()
    the sign is kept: Differences up and down cancel. Is a step down worth less than a step up?
        down.abs() → down && across.abs() → across
        down.abs().sum() → down.sum().abs() && across.abs().sum() → across.sum().abs()
    the wrong axes: Channels or images were compared with each other. (N, 3, H, W): where are H and W?
        return → down = image.diff(dim=1); return | across = image.diff(dim=1); return |
            down = image.diff(dim=0); return
    around the edge: The last row is compared with the first, or the last column with the first.
        Are pixels at opposite edges neighbours?
        return → down = image - image.roll(1, 2); return | across = image - image.roll(1, 3); return |
            down = image - image.roll(1, 2); across = image - image.roll(1, 3); return
    the length of the slope: Down and across are put together as the legs of a triangle.
        The docstring adds absolute values, one for each direction.
        return … → return torch.hypot(down[..., :-1], across[:, :, :-1]).sum()
    the gradient is cut off: return → down, across = down.detach(), across.detach(); return
    not a tensor: return … → return down.abs().sum().item() + across.abs().sum().item()
""")
