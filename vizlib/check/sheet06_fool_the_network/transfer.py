"""Whether what fools one network fools another."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    calls = []
    for count, n in ((3, 6), (2, 5)):
        models = [draw.net(gain=0.6) for _ in range(count)]
        images = [draw.normal(n, 3, 6, 5, scale=2) for _ in models]
        logits = torch.stack([torch.stack([model(batch) for model in models]) for batch in images])
        draw.apart(logits)
        best = logits.argmax(3)
        target = best.flatten().bincount(minlength=5).argmax().item()
        share = (best == target).float().mean(2)
        for other in (share.T, share[0], share[:, :1]):
            draw.require((share - other).abs().max() > 0.1)
        sure = logits.softmax(3)[..., target] > 0.5
        draw.require(share.diagonal().unique().numel() > 1 and (sure != (best == target)).any())
        calls.append((models, images, target))
    yield from calls


@exercise(cases, extra=True)
def transfer(models, images, target):
    shares = torch.zeros(len(models), len(models))
    with torch.no_grad():
        for i, batch in enumerate(images):
            for j, model in enumerate(models):
                shares[i, j] = (model(batch).argmax(dim=1) == target).float().mean()
    return shares


transfer.answers("""
    rows and columns swapped: shares[i, j] → shares[j, i]
    only their own: Every network judges its own images only. Each network looks at each batch.
        model(batch) → models[i](batch) | model(images[j])
        return shares → return shares.diag().diag() | return shares.diag()
    a number of images: float().mean() → float().sum() | float().mean() * 100
    the probability: It averages the probability of target, or asks whether it is above a half.
        The top class may have a low probability: which comes first?
        (model(batch).argmax(dim=1) == target) → model(batch).softmax(1)[:, target] |
            (model(batch).softmax(1)[:, target] > 0.5)
    another class: == target → == target - 1 | == models[i](batch).argmax(dim=1)
    another dtype: return shares → return shares.double()
    not a tensor: return shares → return shares.tolist()
    another shape: return shares → return shares.flatten()
""")
