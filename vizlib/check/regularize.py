"""Checks for notebook 04, make it look like an image."""

import torch

from vizlib.check import sample
from vizlib.check.core import Case, exercise, like, same


@exercise(lambda image: ...)
def l2_penalty(trial):
    for dtype in (torch.float32, torch.float64):
        image = sample.normal(2, 3, 6, 5, scale=0.4, dtype=dtype).requires_grad_()
        square = image.detach().square()
        got = trial.call(image)
        trial.expect(
            got,
            square.sum(),
            Case("not squared", "It returns ‖I‖, with the root.", "‖I‖² is the plain sum of the squares.",
                 like(square.sum().sqrt(), square.flatten(1).sum(1).sqrt(), square.flatten(1).sum(1).sqrt().sum())),
            Case("mean instead of sum", "It returns the mean of the squares.", "Add the squares up.",
                 like(square.mean(), square.sum() / 2)),
            Case("L1", "It adds absolute values.", "L2 squares: large pixels cost much more than small ones.",
                 like(square.sqrt().sum(), square.sqrt().mean())),
            Case("not added up", "There is more than one number.", "Add over all axes.", lambda got: got.ndim > 0),
            Case("the sign", "The penalty is negative.", "A penalty is positive; whoever uses it subtracts it.",
                 like(-square.sum())),
            Case("sum first", "The pixels are added before they are squared.", "Square each pixel, then add.",
                 like(image.detach().sum().square())),
        )  # fmt: skip
        trial.expect(trial.gradient(got, image), 2 * image.detach())


@exercise(lambda image: ...)
def total_variation(trial):
    image = sample.uniform(2, 3, 7, 5).requires_grad_()
    with torch.no_grad():
        down, across = image.diff(dim=2), image.diff(dim=3)
        both = down.abs().mean(), across.abs().mean()
        around = [(image - image.roll(1, d)).abs().mean() for d in (2, 3)]
    got = trial.call(image)
    trial.expect(
        got,
        both[0] + both[1],
        Case("one axis", "Only one direction counts.", "Neighbours lie below and beside a pixel.", like(*both)),
        Case("sum instead of mean", "The differences are added.",
             "With the mean, an image twice as large costs the same.",
             like(down.abs().sum() + across.abs().sum())),
        Case("squares", "The differences are squared.", "Absolute values: an edge may be sharp, grain may not.",
             like(down.square().mean() + across.square().mean(), down.square().sum() + across.square().sum())),
        Case("the sign is kept", "Differences up and down cancel.", "Take absolute values before the mean.",
             like(down.mean() + across.mean(), down.mean().abs() + across.mean().abs())),
        Case("the wrong axes", "Channels or images were compared with each other.",
             "(N, 3, H, W): the neighbours are along H and W.",
             like(*(image.diff(dim=a).abs().mean() + image.diff(dim=b).abs().mean()
                    for a, b in ((1, 2), (0, 1), (1, 3))))),
        Case("around the edge", "The last row is compared with the first, or the last column with the first.",
             "roll() goes around the edge. Take slices: all but the first, and all but the last.",
             like(sum(around), around[0] + both[1], around[1] + both[0])),
        Case("the mean of both", "Both directions are averaged.", "One mean for each direction, added.",
             like((both[0] + both[1]) / 2, torch.cat([down.flatten(), across.flatten()]).abs().mean())),
        Case("per image", "There is more than one number.", "The mean runs over everything.", lambda got: got.ndim > 0),
    )  # fmt: skip
    reference = image.diff(dim=2).abs().mean() + image.diff(dim=3).abs().mean()
    trial.expect(trial.gradient(got, image), torch.autograd.grad(reference, image)[0])


@exercise(lambda image, max_shift, generator: ...)
def jitter(trial):
    limit, image = 2, sample.uniform(2, 3, 7, 9).requires_grad_()
    generator, shifts = torch.Generator().manual_seed(5), []
    for call in range(80):
        got = trial.call(image, limit, generator)
        shift = _shift(image, got, axes=(2, 3))
        trial.forbid(
            "random" in trial.effects,
            Case("not from the generator", "The random numbers do not come from generator.",
                 "Hand it on: torch.randint(…, generator=generator). Then the same seed gives the same image."),
        )  # fmt: skip
        trial.expect(
            torch.zeros(()) if shift else got,
            torch.zeros(()) if shift else image.detach(),
            Case("another axis", "Images or channels were mixed.", "(N, 3, H, W): shift along H and W, dims 2 and 3.",
                 lambda got: any(_shift(image, got, axes) for axes in ((0, 1), (1, 2), (1, 3), (0, 2), (0, 3)))),
            Case("each image by itself", "The images of a batch are shifted differently.", "One shift for all of them.",
                 lambda got: got.shape == image.shape and all(
                     _shift(image[n : n + 1], got[n : n + 1], (2, 3)) for n in (0, 1))),
            Case("not around the edge", "Something is missing or new at the edge.",
                 "What leaves on one side comes back on the other.", lambda got: got.shape == image.shape),
        )  # fmt: skip
        trial.forbid(
            max(map(abs, shift)) > limit,
            Case("too far", f"max_shift is {limit}, but the shift was {shift}.", "Draw from −max_shift to max_shift."),
        )
        if call == 0:
            gradient = trial.gradient((got * sample.uniform(2, 3, 7, 9, seed=2)).sum(), image)
            trial.expect(gradient, sample.uniform(2, 3, 7, 9, seed=2).roll([-s for s in shift], (2, 3)))
        shifts.append(shift)
    trial.forbid(
        len(set(shifts)) == 1,
        Case(
            "not random", "The shift is always the same.", "Draw from generator at every call, and do not seed it anew."
        ),
    )
    trial.forbid(
        any(len({shift[axis] for shift in shifts}) == 1 for axis in (0, 1)),
        Case("one axis", "It shifts in one direction only.", "Draw two numbers: one for H, one for W."),
    )
    trial.forbid(
        all(down == across for down, across in shifts),
        Case("the same shift twice", "Down and across are always shifted alike.", "Draw two numbers."),
    )
    for axis in (0, 1):
        drawn = sorted({shift[axis] for shift in shifts})
        trial.forbid(
            drawn != list(range(-limit, limit + 1)),
            Case("some shifts never come",
                 f"Of −{limit} … {limit}, only {', '.join(map(str, drawn))} came in 80 draws.",
                 "randint(low, high) never gives high; and shifts go both ways."),
        )  # fmt: skip
    again = [trial.call(image, limit, torch.Generator().manual_seed(9)) for _ in range(2)]
    trial.forbid(
        not same(*again),
        Case("not from the generator", "The same seed gives two different shifts.", "Draw from generator only."),
    )
    trial.expect(trial.call(image, 0, generator), image.detach())


def _shift(image, got, axes):
    """By how much ``got`` is ``image`` shifted around the edge along two axes, nearest first; None if it is not."""
    if not isinstance(got, torch.Tensor) or got.shape != image.shape:
        return None
    ranges = [sorted(range(-(image.shape[a] // 2), image.shape[a] - image.shape[a] // 2), key=abs) for a in axes]
    return next(
        (s for s in ((a, b) for a in ranges[0] for b in ranges[1]) if torch.equal(image.roll(s, axes), got)), None
    )


@exercise(lambda image, percentile: ...)
def clip_small_norm(trial):
    image = sample.normal(2, 3, 25, 33, scale=0.4) * torch.tensor([1.0, 2.0]).view(2, 1, 1, 1)
    norm, level = image.norm(dim=1, keepdim=True), 25

    def threshold(values, q=level / 100):
        return values.flatten(1).quantile(q, dim=1).view(2, 1, 1, 1)

    got = trial.call(image, level)
    right = image * (norm >= threshold(norm))
    trial.expect(
        got,
        right,
        Case("the large ones are cut", "The large pixels are set to zero, and the small ones stay.",
             "Which side of the threshold is small?",
             like(image * (norm < threshold(norm)), image * (norm <= threshold(norm)))),
        Case("one threshold for the batch", "All images share a threshold.", "Each image has its own percentile.",
             like(image * (norm >= norm.quantile(0.25)))),
        Case("channel by channel", "Channels are judged one by one.",
             "The norm of a pixel runs over its three channels; a pixel goes as a whole.",
             like(image * (image.abs() >= threshold(image.abs())), image * (image.abs() >= image.abs().quantile(0.25)),
                  image * (image.abs() >= image.abs().flatten(2).quantile(0.25, dim=2)[:, :, None, None]),
                  image * (image >= threshold(image)))),
        Case("another norm", "The size of a pixel is not its L2 norm.", "√(r² + g² + b²).",
             like(*(image * (n >= threshold(n)) for n in
                    (image.abs().sum(1, True), image.abs().amax(1, True), image.sum(1, True), image.mean(1, True))))),
        Case("a share of the largest", "The threshold is a share of the largest norm.",
             "A percentile counts pixels: a quarter of them lie below the 25th.",
             like(image * (norm >= 0.25 * norm.amax((2, 3), True)), image * (norm >= 0.25 * norm.max()))),
        Case("from the other end", "The percentile is counted from the top.",
             "Below the 25th lies a quarter of the pixels.",
             like(image * (norm >= threshold(norm, 0.75)))),
        Case("a mask", "It returns which pixels stay, not the image.", "Multiply the image with it.",
             lambda got: set(got.flatten().tolist()) <= {0.0, 1.0}),
        Case("nothing is cut", "No pixel was set to zero.",
             "percentile runs from 0 to 100; torch.quantile wants 0 to 1.",
             like(image)),
    )  # fmt: skip
    trial.expect(trial.call(image, 0), image,
    Case("the 0th percentile", "At percentile 0 no pixel is below, so all stay.",
                                                   "Set to zero what is below the threshold, not what is at it.",
                                                   lambda _: True))  # fmt: skip


@exercise(lambda height, width, decay: ...)
def frequency_scale(trial):
    for height, width, decay in ((6, 9, 1.0), (10, 7, 1.5)):
        down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None, :]
        frequency = torch.hypot(down, across)
        least = 1 / max(height, width)

        def scale(f, least=least, decay=decay):
            return 1 / f.clamp_min(least) ** decay

        expected = scale(frequency)
        got = trial.call(height, width, decay)
        trial.expect(
            got,
            expected,
            Case("1/0", "The frequency 0 gives inf.", "Treat it as the slowest wave: 1 / max(height, width).",
                 lambda got: not got.isfinite().all()),
            Case("the full spectrum", "Both axes have all their frequencies.",
                 "irfft2 gets along with half of the last axis: rfftfreq(width) has width // 2 + 1 of them.",
                 lambda got, height=height, width=width: got.shape == (height, width)),
            Case("height and width swapped", "Height and width are in the wrong order.",
                 "The first axis belongs to the height.",
                 like(scale(torch.hypot(torch.fft.fftfreq(width)[:, None], torch.fft.rfftfreq(height)[None, :])))),
            Case("multiplied by the frequency", "High frequencies get the large numbers.", "It is 1 / frequency.",
                 like(frequency.clamp_min(least) ** decay, frequency**decay)),
            Case("decay ignored", "decay is not used as the exponent.", "1 / frequency ** decay.",
                 like(1 / frequency.clamp_min(least), decay / frequency.clamp_min(least),
                 1 / (decay * frequency.clamp_min(least)))),
            Case("no root", "The frequencies of both axes are added as they are.",
                 "They are the legs of a right triangle: √(fy² + fx²).",
                 like(scale(down.abs() + across), scale(down**2 + across**2), scale(down + across))),
            Case("another least frequency", "The frequency 0 was replaced by another number.",
                 "Its stand-in is 1 / max(height, width), one wave along the longer side.",
                 lambda got,
                 right=expected: got.shape == right.shape and same(got.flatten()[-1], right.flatten()[-1])),
            Case("only one axis", "Only one axis counts.", "√(fy² + fx²).",
                 like(scale(down.abs() + 0 * across), scale(across + 0 * down))),
        )  # fmt: skip
