"""A projection: the weakest pixels become grey."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    image = draw.normal(2, 3, 25, 33, scale=0.4) * torch.tensor([1.0, 2.0]).view(2, 1, 1, 1)
    norm = image.norm(dim=1).flatten(1).sort(1).values
    draw.require((norm[:, 206] - norm[:, 205]).min() > 1e-5)  # the 25th percentile of 825
    yield image, 25
    yield image.double(), 0
    yield draw.normal(1, 3, 6, 5), 100


@exercise(cases, extra=True)
def clip_small_norm(image, percentile):
    norm = image.norm(dim=1, keepdim=True)
    threshold = norm.flatten(1).quantile(percentile / 100, dim=1)
    return image * (norm >= threshold[:, None, None, None])


clip_small_norm.answers("""
    the large ones are cut: The large pixels are set to zero, and the small ones stay.
        Which side of the threshold is small?
        norm >= → norm < | norm <=
    one threshold for the batch: All images share a threshold. Each image has its own percentile.
        norm.flatten(1).quantile(percentile / 100, dim=1) → norm.quantile(percentile / 100).expand(len(image))
    channel by channel: Channels are judged one by one. A pixel goes as a whole, or it stays.
        image.norm(dim=1, keepdim=True) → image.abs() | image
    another norm: The size of a pixel is not its L2 norm. How long is the arrow (r, g, b)?
        norm(dim=1, keepdim=True) → abs().sum(1, keepdim=True) | abs().amax(1, keepdim=True) | mean(1, keepdim=True)
    a share of the largest: The threshold is a share of the largest norm.
        A percentile counts pixels: a quarter of them lie below the 25th.
        norm.flatten(1).quantile(percentile / 100, dim=1) → percentile / 100 * norm.amax((1, 2, 3))
    from the other end: The percentile is counted from the top. Below the 25th lies a quarter of the pixels.
        percentile / 100 → 1 - percentile / 100
    nothing is cut: No pixel was set to zero. percentile runs from 0 to 100. What does torch.quantile want?
        norm >= → norm >= 0 *
        percentile / 100 → percentile / 10000
    at the threshold: A pixel at the threshold is cut, so at percentile 0 one is missing.
        Set to zero what is below the threshold. Is the threshold below itself?
        when: (got[1].result.plain != right[1].result.plain).any(1).sum((1, 2)).tolist() == [1, 1]
        norm >= → norm >
    changes its input: return → image *= norm >= threshold[:, None, None, None]; return 1 *
    raises an error: percentile / 100 → float(percentile)
""")
