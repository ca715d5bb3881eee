"""The control of the learned opinion: noise becomes digits, with as much of a classifier as one likes."""

import math

import torch

from vizlib import denoise
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Choice, Picture, Slider, Text, table

FALLS, HELD = "falls to nothing", "is held"


class GuidanceLab(Control):
    """Ten pictures at once go up a digit's probability and towards what a denoiser expects; three judges look on.

    The judges are the network that guides, one that took no part, and the nearest average of a digit, which is no
    network. Variety is the average distance of the ten pictures from one another.

    Args:
        model, other: images ``(N, 1, 8, 8)`` in, logits ``(N, 10)`` out; the first guides, the second only judges.
        denoiser: as :func:`vizlib.denoise.guided` takes it.
        images, labels: real digits ``(M, 1, 8, 8)`` and ``(M,)``, to compare with.
        target: the digit to ask for.
        steps: how many there are while σ is held. If it falls, w decides how many there are.
        seed: decides the noise at the start.
    """

    name = "guidance_lab"
    min_interval = 0.03

    def __init__(
        self, model: torch.nn.Module, other: torch.nn.Module, denoiser: torch.nn.Module,
        images: torch.Tensor, labels: torch.Tensor, target: int = 3, steps: int = 100, seed: int = 0,
    ):  # fmt: skip
        self._model, self._other, self._denoiser = model, other, denoiser
        self._real, self._held_steps, self._seed = images.flatten(1), steps, seed
        self._means = torch.stack([self._real[labels == digit].mean(dim=0) for digit in range(10)])
        self._real_variety = sum(_variety(self._real[labels == digit]) for digit in range(10)) / 10
        parts = {
            "target": Slider(description="digit", value=target, max=9),
            "scale": Slider(description="scale of the guidance", value=3, max=30, step=0.5),
            "w": Slider(description="w, part of the way", value=0.1, min=0.02, max=0.9, step=0.01),
            "σ": Slider(description="σ to begin with", value=3, min=0.05, max=denoise.LARGEST, log=True),
            "schedule": Choice(description="σ", options=[FALLS, HELD], value=FALLS),
        }
        self._strip, self._ten, self._judges = Picture(560), Picture(560), Text()
        super().__init__(parts, [self._strip, self._ten, self._judges])

    def begin(self):
        sigma, weight = self.settings["σ"].value, self.settings["w"].value
        self._target, falls = int(self.settings["target"].value), self.settings["schedule"].value == FALLS
        count = math.ceil(math.log(denoise.SMALLEST / sigma) / math.log(1 - weight)) if falls else self._held_steps
        self._sigmas = [sigma * (1 - weight * falls) ** n for n in range(count)]
        noise = torch.randn(10, 1, 8, 8, generator=torch.Generator().manual_seed(self._seed))
        self._pictures = (sigma * noise).requires_grad_()
        self._path = [self._pictures[0].detach().clone()]
        return self._walk(weight, self.settings["scale"].value), count

    def _walk(self, weight, scale):
        wanted = torch.full((10,), self._target)
        for step in denoise.guided(self._model, self._denoiser, self._pictures, wanted, self._sigmas, weight, scale):
            self._path.append(self._pictures[0].detach().clone())
            yield step

    def _judged(self):
        """How sure the two networks are on average, how many of ten the averages read as asked, and the variety."""
        pictures = self._pictures.detach()
        with torch.no_grad():
            answers = [network(pictures).softmax(dim=1) for network in (self._model, self._other)]
        sure = [answer[:, self._target].mean().item() for answer in answers]
        flat = pictures.flatten(1)
        read = (torch.cdist(flat, self._means).argmin(dim=1) == self._target).sum().item()
        return *sure, read, torch.cdist(flat, self._real).min(dim=1).values.median().item(), _variety(flat)

    def draw(self):
        model, other, read, near, variety = self._judged()
        sigma = self._sigmas[min(self.done, len(self._sigmas) - 1)]
        chosen = torch.linspace(0, len(self._path) - 1, 10).round().int().tolist()
        said = f"the first picture, step 0 to {self.done}\nσ is now {sigma:.2f}"
        self._strip.show(_row([self._path[n] for n in chosen]), said, f"From noise: {said}".replace("\n", "; "))
        said = f"all ten\nasked for: {self._target}"
        self._ten.show(
            _row(self._pictures.detach()), said,
            f"Ten pictures asked to be a {self._target}; {read} of them are nearest to its average",
        )  # fmt: skip
        rows = [
            (f"the network that guides, P({self._target})", f"{model:.2f}"),
            (f"another network, P({self._target})", f"{other:.2f}"),
            (f"nearest to the average {self._target}", f"{read} of 10"),
            ("distance to the nearest real digit", f"{near:.2f}"),
            (f"variety (real digits: {self._real_variety:.2f})", f"{variety:.2f}"),
        ]
        self._judges.value = table(("judge", "says"), rows)

    def finish(self):
        _, other, read, _, variety = self._judged()
        return (
            f"{read} of 10 are nearest to the average {self._target}; the other network gives {other:.2f}; "
            f"variety {variety:.2f}, of real digits {self._real_variety:.2f}."
        )


def _variety(images):
    """The average distance of ``(N, 64)`` from one another."""
    return torch.nn.functional.pdist(images).mean().item()


def _row(images):
    """Images ``(1, 8, 8)`` side by side, a grey line between two."""
    line = torch.full((1, 8, 1), 0.5)
    return torch.cat([part for image in images for part in (image.clamp(0, 1), line)][:-1], dim=2)
