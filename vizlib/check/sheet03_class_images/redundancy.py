"""In how many parts of an image a network still sees the class."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise


def cases(draw):
    model, image, calls = draw.net(), draw.normal(1, 3, 14, 11, scale=2), []
    for window, stride in ((5, 2), (4, 2), (6, 1)):
        logits = model(parts(image, window, stride))
        draw.apart(logits)
        count = logits.argmax(1).bincount(minlength=5)
        target = count.argmax().item()
        sure = (logits.softmax(1)[:, target] > 0.5).sum()
        draw.require(count[target] < len(logits) - 2 and count[target - 1] > 0 and sure < count[target])
        calls.append((model, image, target, window, stride))
    yield from calls


def parts(image, window, stride):
    """All squares of an image, each in its place on zeros."""
    squares = F.unfold(image, window, stride=stride)[0]
    return F.fold(torch.diag_embed(squares).transpose(0, 1), image.shape[2:], window, stride=stride)


@exercise(cases, extra=True)
def redundancy(model, image, target, window, stride):
    height, width = image.shape[2:]
    count = 0
    for top in range(0, height - window + 1, stride):
        for left in range(0, width - window + 1, stride):
            part = torch.zeros_like(image)
            part[:, :, top : top + window, left : left + window] = image[:, :, top : top + window, left : left + window]
            with torch.no_grad():
                count += int(model(part).argmax() == target)
    return count


redundancy.answers("""
    cut out: The square is shown alone, not in its place on an image of the full size.
        The docstring says where the square stays. What is around it?
        model(part) → model(image[:, :, top : top + window, left : left + window])
    the hole: The square is taken away, and the rest is shown. What is to be seen: the square, or all else?
        model(part) → model(image - part)
    the last row is missing: Squares that just fit at the right or at the bottom are left out.
        What does range() do with its end?
        height - window + 1 → height - window && width - window + 1 → width - window
        height - window + 1 → height - window
        width - window + 1 → width - window
    over the edge: Squares that do not fit into the image count too. How far down can a square begin?
        height - window + 1 → height && width - window + 1 → width
    the stride is not used: The squares do not lie stride apart. By how much does the corner move on?
        height - window + 1, stride → height - window + 1 && width - window + 1, stride → width - window + 1
    all it has seen: Squares that were shown before are shown again with the next one.
        Each square is alone on its image.
        part = torch.zeros_like(image) → pass && count = 0 → count, part = 0, torch.zeros_like(image)
    height and width swapped: height, width = → width, height =
    by probability: It counts by how probable the class is, not whether it comes first.
        The top class may have a low probability.
        argmax() == target → softmax(1)[0, target] > 0.5
    another class: == target → == target - 1 | != target
    not a whole number: return count → return torch.tensor(count) | return count / 1
""")
