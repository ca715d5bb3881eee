"""Fool a network: move the pixels of a real image a little, until the network sees something else.

The loop of the course, with the image for its parameter and a projection after every step. Every ε is in units of
1/255: ``epsilon=2`` is 2 of a pixel's 255 levels. Nearly every image has such changes (Szegedy et al. 2014, 1312.6199).
"""

import io
from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import cross_entropy

from vizlib import _gradients, _renamed, _validate, models, optimizers
from vizlib.descent import Step, descend
from vizlib.images import to_pil

STEEPEST = {"linf": optimizers.SignSGD, "l2": optimizers.UnitSGD}


def _lengths(images):
    return images.flatten(1).norm(dim=1).view(-1, 1, 1, 1)


def _radius(epsilon, images, norm):
    _validate.choice(norm, STEEPEST, "norm")
    longest = 1 if norm == "linf" else images[0].numel() ** 0.5
    epsilon = _validate.number(epsilon, "Epsilon, in units of 1/255,", 0, 255 * longest)
    if 0 < epsilon < 0.25:
        raise ValueError(f"Epsilon is in units of 1/255: for 8/255 write 8. {epsilon:g} would change no 8-bit pixel.")
    return epsilon / 255


@torch.no_grad()
def project(images: torch.Tensor, originals: torch.Tensor, epsilon: float, norm: str = "linf") -> torch.Tensor:
    """The nearest images that are no further than ε from the originals, then cut to [0, 1].

    Args:
        images: ``(C, H, W)`` or ``(N, C, H, W)``, of any values.
        originals: of the same shape, in [0, 1].
        epsilon: in units of 1/255. For ``"linf"`` the largest change of a single pixel; for ``"l2"`` the length of the
            whole change, √(Σ change²), an image at a time.
        norm: ``"linf"`` or ``"l2"``.
    """
    batch = _validate.images(originals, None)
    if images.shape != originals.shape:
        raise ValueError(f"The images have shape {tuple(images.shape)}, their originals {tuple(originals.shape)}.")
    radius = _radius(epsilon, batch, norm)
    change = images.reshape(batch.shape) - batch
    if norm == "linf":
        change = change.clamp(-radius, radius)
    else:
        change = change * (radius / _lengths(change).clamp_min(1e-12)).clamp_max(1)
    # The original lies in [0, 1], so cutting there brings every pixel closer to it.
    return (batch + change).clamp(0, 1).view(images.shape)


class Attack:
    """Projected gradient descent on the pixels (Kurakin et al. 2017, arXiv:1607.02533; Madry et al. 2018, 1706.06083).

    An iterator over its steps: each moves the image in the steepest direction, then back to within ε of the original
    and within [0, 1]. Stop when you like; the images are then in ``images()``.

    Args:
        model: whatever :func:`vizlib.models.get` takes; it looks in eval mode, and is left as it was.
        images: one ``(C, H, W)`` or a batch, in [0, 1].
        labels: what to move away from, or towards if ``targeted``: a class for all images, or a tensor of N indices.
        epsilon: in units of 1/255, as in :func:`project`.
        steps: number of updates.
        step_size: how far one update goes, in units of 1/255; ε/8 if left out, or 2ε/steps if that is more.
        targeted: minimize the cross-entropy to ``labels`` rather than maximize it.
        norm: ``"linf"`` or ``"l2"``.
        random_start: a generator, to start from a random place within ε that it draws; from the original if left out.

    Raises:
        ValueError: wrong pixels, ε or labels, or a network that gives no logits or lets no gradient back.
    """

    def __init__(
        self, model, images: torch.Tensor, labels, epsilon: float, steps: int = 40,
        step_size: float | None = None, targeted: bool = False, norm: str = "linf",
        random_start: torch.Generator | None = None,
    ):  # fmt: skip
        self.model, self.targeted, self.epsilon, self.norm = models.get(model), targeted, epsilon, norm
        self._given, self._shape = _validate.images(images, None).detach(), images.shape
        radius = _radius(epsilon, self._given, norm)
        steps = _validate.whole(steps, "The number of steps", 0)
        usual = radius * max(1 / 8, 2 / max(steps, 1))
        step_size = usual if step_size is None else _validate.number(step_size, "The size of a step", 0, 1e6) / 255
        self._originals = self._given.to(self.model.device)
        self._labels = _labels(self.model, labels, self._originals)
        self._adversarial = self._originals.clone(memory_format=torch.contiguous_format)
        if random_start is not None:
            noise = torch.rand(self._given.shape, generator=random_start).to(self._originals) * 2 - 1
            noise = noise * radius / (_lengths(noise) if norm == "l2" else 1)
            self._adversarial = project(self._originals + noise, self._originals, epsilon, norm)
        self._adversarial.requires_grad_()
        steps = steps if step_size > 0 else 0
        self._steps = descend(self._loss, [self._adversarial], step_size or 1, steps, STEEPEST[norm], self._project)

    def _loss(self):
        loss = cross_entropy(self.model(self._adversarial), self._labels, reduction="sum")
        return loss if self.targeted else -loss

    def _project(self, step):
        self._adversarial.copy_(project(self._adversarial, self._originals, self.epsilon, self.norm))

    def __len__(self):
        return len(self._steps)

    def __iter__(self):
        return self

    def __next__(self) -> Step:
        return next(self._steps)

    def images(self) -> torch.Tensor:
        """The changed images as they are now, of the shape of those given.

        If those were 8-bit images, rounding the changed ones to 8 bits keeps them within a whole L∞ ε.
        """
        return self._adversarial.detach().clone().to(self._given).view(self._shape)


def pgd(model, images: torch.Tensor, labels, epsilon: float, steps: int = 40, **settings) -> torch.Tensor:
    """The images at the end of an :class:`Attack`, which takes the same arguments."""
    _renamed.refuse("Attack", settings)
    for _ in (attack := Attack(model, images, labels, epsilon, steps, **settings)):
        pass
    return attack.images()


def fgsm(model, images: torch.Tensor, labels, epsilon: float, targeted: bool = False) -> torch.Tensor:
    """The fast gradient sign method (Goodfellow et al. 2015, arXiv:1412.6572): one step, of ε in every pixel.

    Arguments, result and errors are those of :class:`Attack`; ``targeted`` is by Kurakin et al. 2017 (1611.01236).
    """
    return pgd(model, images, labels, epsilon, steps=1, step_size=epsilon, targeted=targeted)


def _labels(model, labels, images):
    listed = labels.tolist() if hasattr(labels, "tolist") else labels  # a tensor, or an array of NumPy
    listed = listed if isinstance(listed, (list, tuple)) else [listed] * len(images)
    if len(listed) != len(images):
        raise ValueError(f"There must be one label an image, but there are {len(images)} images, {len(listed)} labels.")
    last = _gradients.backward(model, images[:1], model).shape[1] - 1
    indices = [_validate.whole(model.category(label), "A class index", 0, last) for label in listed]
    return torch.tensor(indices, device=images.device)


def adversarial_training(
    model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor, epsilon: float, lr: float = 0.005,
    steps: int = 300, attack_steps: int = 3, norm: str = "linf", batch: int = 128, seed: int = 0,
) -> Iterator[Step]:  # fmt: skip
    """Train on attacked images (Madry et al. 2018, arXiv:1706.06083), yielding a :class:`Step` an update.

    A loop within the loop: the inner one moves the pixels to make the loss large, the outer one the weights to make
    it small. With ``epsilon=0`` it is plain training.

    Args:
        model: a small network, e.g. :func:`vizlib.models.digit_net`; updated in place, by Adam.
        images, labels: ``(N, C, H, W)`` in [0, 1], and ``(N,)``.
        epsilon: how far the attacker may go, in units of 1/255, as in :func:`project`.
        lr, steps, batch: learning rate, number of updates of the weights, and how many images an update sees.
        attack_steps, norm: number of updates of the pixels for one of the weights, and the attacker's norm.
        seed: decides the batches and where the attacks start.
    """
    images, attacked = _validate.images(images, None), models.get(model)
    labels = _labels(attacked, labels, images)
    _radius(epsilon, images, norm)
    batch = _validate.whole(batch, "The size of a batch", 1)
    generator = torch.Generator().manual_seed(_validate.whole(seed, "The seed", 0))

    def loss():
        chosen = torch.randint(len(images), (batch,), generator=generator)
        seen, wanted = images[chosen], labels[chosen]
        if epsilon > 0:
            seen = pgd(attacked, seen, wanted, epsilon, steps=attack_steps, norm=norm, random_start=generator)
        return cross_entropy(model(seen), wanted)

    return descend(loss, model.parameters(), lr, steps, torch.optim.Adam)


def saved(image: torch.Tensor, format: str = "PNG", quality: int = 75) -> torch.Tensor:
    """What is left of an image after saving and opening it, in memory: of the same shape, whole multiples of 1/255.

    Args:
        image: ``(3, H, W)`` or ``(1, 3, H, W)`` in [0, 1].
        format: ``"PNG"``, which keeps every pixel rounded to 8 bits, or ``"JPEG"``, which does not.
        quality: of the JPEG, from 1 to 95.
    """
    if len(batch := _validate.images(image)) != 1:
        raise ValueError(f"A file holds one image, not {len(batch)}.")
    _validate.choice(format, ("PNG", "JPEG"), "format")
    options = {"quality": _validate.whole(quality, "The quality", 1, 95)} if format == "JPEG" else {}
    file = io.BytesIO()
    to_pil(batch[0]).save(file, format, **options)
    opened = np.array(Image.open(file).convert("RGB"))
    return torch.from_numpy(opened).permute(2, 0, 1).div(255).to(image).reshape(image.shape)
