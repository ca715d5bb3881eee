"""How far it is to the nearest real image."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for n, m, dtype in ((3, 4, torch.float32), (5, 2, torch.float64), (2, 1, torch.float32)):
        images, real = draw.normal(n, 1, 6, 5, dtype=dtype), draw.uniform(m, 1, 6, 5, dtype=dtype)
        yield images, real
    yield torch.cat([real, images]), real


@exercise(cases, tolerance=1e-2)
def nearest_distance(images, real):
    differences = images[:, None] - real[None]
    distances = differences.flatten(2).norm(dim=2)
    return distances.min(dim=1).values


nearest_distance.answers("""
    squared: That is the square of the distance. Is there a root in an L2 distance?
        .norm(dim=2) → .square().sum(dim=2)
    another distance: That is another distance. The L2 distance is the root of the sum of the squares, over all numbers.
        .norm(dim=2) → .abs().sum(dim=2) | .abs().amax(dim=2) | .square().mean(dim=2).sqrt() | .square().mean(dim=2)
    the furthest: That is the furthest of the real images. Which one is meant?
        .min(dim=1) → .max(dim=1)
    the mean: That is the average distance to all real images. A copy of one of them is far from the others.
        .min(dim=1).values → .mean(dim=1)
    which one: It says which image is the nearest, not how far it is. min(dim=…) gives two things.
        .min(dim=1).values → .min(dim=1).indices
    the wrong way around: It says, for each real image, how far the nearest of images is.
        Which axis belongs to which of the two?
        .min(dim=1) → .min(dim=0)
    one number: .min(dim=1).values → .min()
    one by one: Each image is compared with the real image in the same place only. How many pairs are there?
        images[:, None] - real[None] → (images - real[torch.arange(len(images)) % len(real)])[:, None]
    from the mean: It measures from the average of the real images. That is none of them.
        - real[None] → - real.mean(dim=0)[None, None]
""")
