"""How much of which few directions is in a vector."""

import torch
from torch.nn.functional import normalize

from vizlib.check.exercise import exercise


def cases(draw):
    for n, channels, count, active, dtype in ((7, 6, 9, 2, torch.float32), (4, 5, 8, 6, torch.float64)):
        vectors = draw.normal(n, channels, scale=2, dtype=dtype)
        directions = normalize(draw.normal(count, channels, dtype=dtype), dim=1)
        products = vectors @ directions.T
        ordered = products.sort(dim=1, descending=True).values
        draw.clear(ordered[:, active - 1] - ordered[:, active], 0.0)
        draw.clear(products, 0.0)
        above = products > 0
        if active == 2:  # too many in some rows and columns, and some vectors point away from their nearest direction
            draw.require((above.sum(dim=1) > 3).any() and (above.sum(dim=0) > 2).any())
            draw.require((products.abs().argmax(dim=1) != products.argmax(dim=1)).any())
        else:
            draw.require((above.sum(dim=1) < active).any())
        yield vectors, directions, active


@exercise(cases)
def sparse_code(vectors, directions, active):
    products = vectors @ directions.T
    largest = products.topk(active, dim=1)
    return torch.zeros_like(products).scatter(1, largest.indices, largest.values.clamp_min(0))


sparse_code.answers("""
    the strongest on either side: The largest absolute values were chosen. A direction that points away is not in it.
        Which of −3 and 1 counts as the larger here?
        products.topk → products.abs().topk && largest.values → products.gather(1, largest.indices)
        products.topk → products.abs().topk && largest.values.clamp_min(0) → products.gather(1, largest.indices)
        products = vectors @ directions.T → products = (vectors @ directions.T).abs()
    negative numbers: Some numbers are below 0. What remains of a row with fewer than active products above 0?
        largest.values.clamp_min(0) → largest.values
    everything above 0: More than active numbers of a row are not 0. How many may be at work?
        return … → return products.clamp_min(0)
    another number of directions: Another number of directions is at work. Where is active used?
        topk(active → topk(active - 1 | topk(active + 1 | topk(1
    the rest stays: The other products were left as they are. What are they to be?
        torch.zeros_like(products).scatter → products.scatter
    one limit for all: The largest of all vectors together were kept. Does one vector know of the others?
        largest = … → limit = products.flatten().topk(active * len(vectors)).values[-1] &&
            return … → return products.where(products >= limit, 0 * products).clamp_min(0)
        largest = … → limit = products.flatten().topk(active).values[-1] &&
            return … → return products.where(products >= limit, 0 * products).clamp_min(0)
    for each direction: For each direction the vectors were chosen in which there is most of it.
        Which axis counts the directions?
        active, dim=1 → min(active, len(vectors)), dim=0 && scatter(1 → scatter(0
    the smallest: The smallest were kept. Which products belong to directions that are in the vector?
        active, dim=1 → active, dim=1, largest=False
        active, dim=1 → active, dim=1, largest=False && largest.values.clamp_min(0) → largest.values
    yes or no: It says which directions are at work, and not how much. What does z stand for in the sum z d?
        largest.values.clamp_min(0) → (largest.values > 0).to(products.dtype) | torch.ones_like(largest.values)
    shares: The numbers of a row were made to add up to 1. What does z d look like for a vector twice as long?
        largest.values.clamp_min(0) → largest.values.softmax(1)
        topk(active, dim=1) → topk(active, dim=1) && products = vectors @ directions.T →
            products = (vectors @ directions.T).softmax(1)
        largest.values.clamp_min(0) → torch.nn.functional.normalize(largest.values.clamp_min(0), p=1, dim=1)
    cosines: The length of the vectors was lost on the way. The directions have length 1; need the vectors be?
        = vectors @ → = torch.nn.functional.normalize(vectors, dim=1) @
    from the mean: The mean of the vectors was taken away first. Which other vectors does a row hang on?
        = vectors @ → = (vectors - vectors.mean(dim=0)) @
    only the largest: The numbers do not stand at the places of their directions. Which shape does the docstring give?
        return … → return largest.values.clamp_min(0)
    what they stand for: It returns the vectors made of the directions. How much of each is asked for, not their sum.
        What comes before the sum?
        return → return ( && clamp_min(0)) → clamp_min(0))) @ directions
    one direction at a time: What a direction explains is taken away before the next one is chosen. That is matching
        pursuit. Here all products are of the vector itself: which line changes it?
""")


@sparse_code.wrong("one direction at a time")
def matching_pursuit(vectors, directions, active):
    z = torch.zeros_like(vectors @ directions.T)
    for _ in range(active):
        left = (vectors - z @ directions) @ directions.T
        best = left.argmax(dim=1, keepdim=True)
        z = z.scatter_add(1, best, left.gather(1, best).clamp_min(0))
    return z
