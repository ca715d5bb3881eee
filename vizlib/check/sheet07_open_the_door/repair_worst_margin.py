"""How far an image is from being read wrong after several attacks, to be repaired."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    for n, tries, dtype in ((6, 3, torch.float32), (4, 2, torch.float64)):
        model, labels = draw.net(dtype=dtype), torch.tensor([2, 0, 4, 1, 3, 2])[:n]
        images = draw.uniform(n, 3, 6, 5, low=0.02, high=0.98, dtype=dtype)
        changes = draw.normal(tries, n, 3, 6, 5, scale=0.15, dtype=dtype)
        attacked = (images + changes.clamp(-40 / 255, 40 / 255)).clamp(0, 1)
        own, tried = _margin(model(images), labels), torch.stack([_margin(model(one), labels) for one in attacked])
        draw.require((tried > own + 0.01).all(dim=0).any())  # for one image, no try is as bad as none
        yield model, images, labels, changes, 40


def _margin(logits, labels):
    # As inside the reference, which cannot be asked here: cases are drawn in the sandbox, too, and it has no answers.
    right = logits.gather(1, labels[:, None])[:, 0]
    return right - logits.scatter(1, labels[:, None], -torch.inf).amax(dim=1)


@exercise(cases, extra=True)
def repair_worst_margin(model, images, labels, changes, epsilon):
    def margin(logits):
        right = logits.gather(1, labels[:, None])[:, 0]
        return right - logits.scatter(1, labels[:, None], -torch.inf).amax(dim=1)

    worst = margin(model(images))
    for change in changes:
        attacked = (images + change.clamp(-epsilon / 255, epsilon / 255)).clamp(0, 1)
        worst = torch.minimum(worst, margin(model(attacked)))
    return worst


repair_worst_margin.flaws("""
    the best try for the lock: It keeps the largest margin. Somebody who may try three times takes the try that works.
        Which of the margins does that leave?
        torch.minimum → torch.maximum
    the tries add up: Each try goes on from the one before, so that some changes are larger than epsilon.
        Every try begins anew. From which image?
        attacked = (images → images = attacked = (images
    the image itself is left out: An image that is read wrong without any attack passes if the tries do not hurt.
        Doing nothing is a try as well. Where does worst begin?
        margin(model(images)) → torch.full((len(images),), torch.inf, dtype=images.dtype)
""")
repair_worst_margin.answers("""
    only the last try: Only one of the tries counts. What is to become of the margins of the others?
        torch.minimum(worst, margin(model(attacked))) → margin(model(attacked))
        in changes: → in changes[:1]:
        in changes: → in changes[1:]:
    the mean over tries: It takes the mean over the tries. An attacker does not choose at random. What counts then?
        torch.minimum(worst, margin(model(attacked))) → worst + margin(model(attacked)) &&
            return worst → return worst / (len(changes) + 1)
    epsilon ignored: Some pixels are further than epsilon from the original.
        There are two limits. Which are they, and in which unit does epsilon count?
        change.clamp(-epsilon / 255, epsilon / 255) → change
        (-epsilon / 255, epsilon / 255) → (-epsilon, epsilon)
    one side only: The change is limited on one side only. A pixel may become darker, too. By how much?
        change.clamp(-epsilon / 255, epsilon / 255) → change.clamp_max(epsilon / 255)
    not clamped to [0, 1]: 255)).clamp(0, 1) → 255))
    the unit of epsilon: (-epsilon / 255, epsilon / 255) → (-epsilon / 255**2, epsilon / 255**2)
        (-epsilon / 255, epsilon / 255) → (-epsilon / 256, epsilon / 256)
    the right class among the others: The largest of all is taken, the right class itself among them.
        Whom does the right class have to beat?
        logits.scatter(1, labels[:, None], -torch.inf).amax → logits.amax
    probabilities: The margin is one of probabilities. Scores are what comes before the softmax. Which are asked for?
        (logits): → (scores):\\n        logits = scores.softmax(1)
    a number for all: It returns one number for all images. How many answers are asked for?
        return worst → return worst.min()
    the image as it is: The network is shown the images as they are in every try. Which image is to be shown to it?
        model(attacked) → model(images)
    the other way round: The sign is wrong. When is the margin to be positive?
        return worst → return -worst
""")
