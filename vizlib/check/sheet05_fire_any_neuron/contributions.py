"""Which channels speak for a class."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    calls = []
    for channels, dtype, target, k in ((11, torch.float32, 2, 3), (8, torch.float64, 0, 2)):
        features, weight = draw.normal(channels, dtype=dtype), draw.normal(5, channels, dtype=dtype)
        parts = (features * weight[target]).sort(descending=True).values
        draw.clear(parts.diff(), 0.0, parts.std())
        draw.require((parts > 0).sum() >= k + 1)
        calls.append((features, weight, target, k))
    yield from [*calls, (features, weight, target, int((parts > 0).sum()))]


@exercise(cases, extra=True)
def contributions(features, weight, target, k):
    parts = features * weight[target]
    best = parts.topk(k)
    return best.indices.tolist(), (best.values.sum() / parts.clamp_min(0).sum()).item()


contributions.answers(r"""
    ranked by weight: Channels are ranked by their weight alone. A channel with a large weight may be silent.
        best = parts.topk(k) → best = weight[target].topk(k)
        best = parts.topk(k) → best = weight[target].topk(k) && best.values.sum() → parts[best.indices].sum()
    ranked by activation: Channels are ranked by how strongly they fire. They may speak against the class.
        best = parts.topk(k) → best = features.topk(k)
        best = parts.topk(k) → best = features.topk(k) && best.values.sum() → parts[best.indices].sum()
    absolute values: What speaks against the class counts as much as what speaks for it.
        Which channels add to the logit?
        weight[target]\n → weight[target]; parts = parts.abs()\n
        parts.topk(k) → parts.abs().topk(k)
    the share of the logit: The share is taken of the sum of all parts, negative ones too.
        The docstring divides by the sum of the positive parts.
        parts.clamp_min(0).sum() → parts.sum() | parts.abs().sum()
    weakest first: topk(k) → topk(k, largest=False)
        indices.tolist() → indices.tolist()[::-1] | indices.sort().values.tolist()
    k ignored: topk(k) → topk(3) | topk(1)
        when: any(len(a.result.data[0].data) != len(b.result.data[0].data) for a, b in zip(got, right))
    another class: weight[target] → weight[target - 1] | weight.sum(0) | weight[:, target].sum()
    not a list: best.indices.tolist(), → best.indices,
        return best.indices.tolist(), → return
    not a plain Python float: .sum()).item() → .sum())
""")
