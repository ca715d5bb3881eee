"""A random shift around the edge. What is drawn is free, so the shifts are found out and looked at together."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.observe import weights_like

LIMIT, DRAWS = 2, 80


def cases(draw):
    image, generator = draw.uniform(2, 3, 7, 9), torch.Generator().manual_seed(draw.whole(1, 10**6))
    yield image.clone().requires_grad_(), LIMIT, generator
    for _ in range(DRAWS - 1):
        yield image, LIMIT, generator
    for _ in range(2):
        yield image, LIMIT, torch.Generator().manual_seed(9)
    yield image, 0, generator


def shift(image, got, axes=(2, 3)):
    """By how much ``got`` is ``image`` shifted around the edge along two axes, nearest first; None if it is not."""
    places = (got == image.flatten()[0]).nonzero().tolist()  # no number comes twice
    if got.shape != image.shape or not places:
        return None
    pair = tuple((places[0][a] + image.shape[a] // 2) % image.shape[a] - image.shape[a] // 2 for a in axes)
    return pair if torch.equal(image.roll(pair, axes), got) else None


def image_of(right):
    return right[0].given["image"].detach()


def shifts(got, right):
    return [shift(image_of(right), call.result.plain) for call in got]


def is_shifted(got, right):
    """Whether the result is the image, shifted by no more than allowed, and the gradient shifted back."""
    image, found = right.given["image"].detach(), shift(right.given["image"].detach(), got.result.plain)
    if found is None or max(map(abs, found)) > right.given["max_shift"]:
        return False
    back = weights_like(image).roll([-s for s in found], (2, 3))
    return all(gradient and torch.allclose(gradient.plain, back) for gradient in got.gradients.values())


@exercise(cases, gradient_to=("image",), may_change=("generator.state",), same=is_shifted)
def jitter(image, max_shift, generator):
    down, across = torch.randint(-max_shift, max_shift + 1, (2,), generator=generator).tolist()
    return image.roll((down, across), dims=(2, 3))


def mixed(got, right):
    """Whether other axes than rows and columns were shifted."""
    results = [call.result.plain for call, found in zip(got, shifts(got, right), strict=True) if found is None]
    others = (0, 1), (1, 2), (1, 3), (0, 2), (0, 3)
    return any(shift(image_of(right), result, axes) for result in results[:9] for axes in others)


def drawn(got, right):
    """The numbers that were drawn for down, and those for across, by the generator that goes on from call to call."""
    return list(zip(*shifts(got, right)[:DRAWS], strict=True))


jitter.answers("""
    not from the generator: The random numbers do not come from generator.
        The same seed is to give the same image. Who hands the generator on?
        forbid: "global.random" in got[0].after or len(set(shifts(got, right)[DRAWS:-1])) > 1
        , generator=generator →
    another axis: Images or channels were mixed. (N, 3, H, W): which axes are rows and columns?
        when: mixed(got, right)
        dims=(2, 3) → dims=(1, 2) | dims=(0, 1) | dims=(1, 3)
    too far: Some shifts are larger than max_shift. Which is the largest number that you draw?
        when: max(abs(s) for pair in shifts(got, right) for s in pair) > LIMIT
        -max_shift, max_shift + 1 → -2 * max_shift, 2 * max_shift + 1 | -max_shift, max_shift + 2
    not around the edge: Something is missing or new at the edge. What leaves on one side comes back on the other.
        when: all((call.result.plain == 0).any() for call, s in zip(got, shifts(got, right)) if s is None)
        image.roll((down, across), dims=(2, 3)) → torch.nn.functional.pad(image, (across, -across, down, -down))
    some shifts never come: Some of −max_shift … max_shift never come.
        Which numbers does randint give, and which never? Do the shifts go both ways?
        forbid: any(set(numbers) != set(range(-LIMIT, LIMIT + 1)) for numbers in drawn(got, right))
        -max_shift, max_shift + 1 → 0, max_shift + 1 | -max_shift, max_shift + (max_shift == 0)
        down, across = → generator.manual_seed(0); down, across =
        image.roll((down, across), dims=(2, 3)) → image.roll(down, dims=2) | image.roll(across, dims=3)
    the same shift twice: Down and across are always shifted alike.
        How many numbers are drawn, and is each of them used?
        forbid: len(set(drawn(got, right))) == 1
        roll((down, across) → roll((down, down)
    each image by itself: The images of a batch are shifted differently. One shift for all of them.
        when: None in shifts(got, right) and all(map(shift, image_of(right).split(1), got[0].result.plain.split(1)))
    the gradient is cut off: return image → return image.detach()
    raises an error: max_shift + 1 → max_shift
""")


@jitter.wrong("each image by itself")
def each_image(image, max_shift, generator):
    drawn = torch.randint(-max_shift, max_shift + 1, (len(image), 2), generator=generator).tolist()
    return torch.stack([one.roll(pair, (1, 2)) for one, pair in zip(image, drawn, strict=True)])
