"""How much neighbouring pixels differ."""

import torch

from vizlib.check.exercise import exercise


def inputs(draw):
    yield (draw.uniform(2, 3, 7, 5).requires_grad_(),)
    yield (draw.uniform(1, 3, 4, 6, dtype=torch.float64).requires_grad_(),)


@exercise(inputs, flows=("image",))
def total_variation(image):
    down = image[:, :, 1:] - image[:, :, :-1]
    across = image[:, :, :, 1:] - image[:, :, :, :-1]
    return down.abs().sum() + across.abs().sum()


total_variation.bug(
    "one axis",
    "Only one direction counts.",
    "Where are the neighbours of a pixel?",
    " + across.abs().sum() → ",
    "down.abs().sum() + → ",
)
total_variation.bug(
    "mean instead of sum",
    "The differences are averaged.",
    "What does Σ stand for?",
    ("down.abs().sum() → down.abs().mean()", "across.abs().sum() → across.abs().mean()"),
    ("return down → return (down", "across.abs().sum() → across.abs().sum()) / image.numel()"),
)
total_variation.bug(
    "squares",
    "The differences are squared.",
    "An edge may be sharp, grain may not. Squares punish edges most.",
    ("down.abs() → down.square()", "across.abs() → across.square()"),
)
total_variation.bug(
    "the sign is kept",
    "Differences up and down cancel.",
    "Is a step down worth less than a step up?",
    ("down.abs() → down", "across.abs() → across"),
    ("down.abs().sum() → down.sum().abs()", "across.abs().sum() → across.sum().abs()"),
)
total_variation.bug(
    "the wrong axes",
    "Channels or images were compared with each other.",
    "(N, 3, H, W): where are H and W?",
    "down = image[:, :, 1:] - image[:, :, :-1] → down = image.diff(dim=1)",
    "across = image[:, :, :, 1:] - image[:, :, :, :-1] → across = image.diff(dim=1)",
    "down = image[:, :, 1:] - image[:, :, :-1] → down = image.diff(dim=0)",
)
total_variation.bug(
    "around the edge",
    "The last row is compared with the first, or the last column with the first.",
    "Are pixels at opposite edges neighbours?",
    "down = image[:, :, 1:] - image[:, :, :-1] → down = image - image.roll(1, 2)",
    "across = image[:, :, :, 1:] - image[:, :, :, :-1] → across = image - image.roll(1, 3)",
    (
        "down = image[:, :, 1:] - image[:, :, :-1] → down = image - image.roll(1, 2)",
        "across = image[:, :, :, 1:] - image[:, :, :, :-1] → across = image - image.roll(1, 3)",
    ),
)
total_variation.bug(
    "two apart",
    "Pixels that are two apart are compared.",
    "A neighbour is one pixel away.",
    "image[:, :, 1:] - image[:, :, :-1] → image[:, :, 2:] - image[:, :, :-2]",
)
total_variation.bug(
    "per image",
    "There is more than one number.",
    "The sum runs over everything.",
    ("down.abs().sum() → down.abs().sum((1, 2, 3))", "across.abs().sum() → across.abs().sum((1, 2, 3))"),
)
total_variation.bug(
    "the length of the slope",
    "Down and across are put together as the legs of a triangle.",
    "The docstring adds absolute values, one for each direction.",
    "return → return torch.hypot(down[..., :-1], across[:, :, :-1]).sum() #",
)
total_variation.earns("the gradient is cut off", "return → down, across = down.detach(), across.detach(); return")
total_variation.earns("not a tensor", "return → return down.abs().sum().item() + across.abs().sum().item() #")
total_variation.also("return → return image.diff(dim=2).abs().sum() + image.diff(dim=3).abs().sum() #")


@total_variation.also()
def l1_loss(image):
    return sum(
        torch.nn.functional.l1_loss(
            image.narrow(d, 1, image.shape[d] - 1), image.narrow(d, 0, image.shape[d] - 1), reduction="sum"
        )
        for d in (2, 3)
    )
