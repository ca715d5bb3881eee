"""The mean score of an image over many looks, each through random views."""

import torch

from vizlib.check.exercise import exercise


class View:
    """Changes images at random; it remembers how many it was shown."""

    def __init__(self, kind):
        self.kind, self.log = kind, []

    def __call__(self, images, generator):
        self.log.append({"shown": len(images)})
        drawn = 0.5 + torch.rand(2, generator=generator, dtype=images.dtype)
        if self.kind == "shift":
            return images.roll((drawn * 2).int().tolist(), (2, 3))
        return images * drawn[0] if self.kind == "contrast" else images.sin() + drawn[1]


def cases(draw):
    for kinds, count, dtype in (
        (("contrast", "shift", "bend"), 3, torch.float32),
        (("bend", "contrast"), 1, torch.float64),
    ):
        image = draw.normal(2, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_()
        generator = torch.Generator().manual_seed(draw.whole(1, 10**6))
        yield draw.net(dtype=dtype), image, 3, [View(kind) for kind in kinds], generator, count


@exercise(cases, gradient_to=("image",), may_change=("generator.state",))
def score_over_views(model, image, target, views, generator, count):
    scores = []
    for _ in range(count):
        seen = image
        for view in views:
            seen = view(seen, generator)
        scores.append(model(seen)[:, target])
    return torch.stack(scores).mean(dim=0)


score_over_views.answers("""
    each view from the start: Each view looks at the image, not at what the view before it made.
        The output of one is the input of the next.
        view(seen, generator) → view(image, generator)
    a look goes on from the last: A look begins where the one before it has ended. Every look starts from the image.
        seen = image → pass && scores = [] → scores, seen = [], image
    one look: All looks are the same one, or there is only one. When are the views called, and how often?
        range(count) → range(1)
        scores = [] → scores, old = [], generator.get_state() && seen = image → seen = image; generator.set_state(old)
    sum instead of mean: mean(dim=0) → sum(dim=0)
    the wrong order: The views are called in another order. The first of the list comes first.
        in views → in views[::-1]
    some views are left out: Not all views are called. How many are in the list?
        in views → in views[:1] | in views[1:] | in views[-1:] | in []
    one number: mean(dim=0) → mean() | mean(dim=1)
    the probability: model(seen) → model(seen).softmax(1)
    cross-entropy: model(seen) → model(seen).log_softmax(1)
    hard-coded batch size: [:, target] → [0, target] | [:1, target]
    another class: [:, target] → [:, 0] | [:, target - 1]
    each image by itself: The images of a batch are looked at through different views.
        A view is called on the whole batch.
        when: any(entry.get("shown") == 1 for entry in got[0].log)
        view(seen, generator) → torch.cat([view(one[None], generator) for one in seen])
    the gradient is cut off: seen = image → seen = image.detach()
""")
