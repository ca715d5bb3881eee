"""One call: make the image, run the loop, ask the other networks, keep the settings."""

import dataclasses
from pathlib import Path

import torch

import vizlib
from vizlib import _display, _gradients, _stored, descent, hooks, inputs, models, recipes, results
from vizlib.objectives import Objective, class_score
from vizlib.opinions import round_to_8_bits
from vizlib.regularizers import ActivationPenalty, Penalty, Projection, View, Window, look
from vizlib.results import Result


class Rendering:
    """A picture in the making: an iterator over its steps. Stop when you like, go on later, ask for the result.

    Args:
        objective: what to maximize, or simply the name of a class.
        recipe: a preset's name (see :data:`vizlib.recipes.PRESETS`) or a :class:`vizlib.recipes.Recipe`.
        seed: decides all randomness; the same seed gives the same picture, bit for bit, on the same machine with the
            same number of threads on a CPU. On a GPU sums come in another order each time.
        batch: how many images; they share the views, and the objective is summed over them.
        frames: keep the picture this many times on the way, evenly from the first to the last step.
        changes: settings of the recipe to replace, e.g. ``steps=64, size=224, network=my_module``.

    Attributes:
        image: the parametrized images, an object of :mod:`vizlib.images`.
        models: the networks that look, each a :class:`vizlib.models.Classifier`.
        channels: the number C of colours that the networks look at, 3 for most.
        trace: the objective before every step so far, the mean over the images.
        frames: the pictures kept so far, each ``(N, C, H, W)`` in [0, 1].
    """

    def __init__(self, objective, recipe="default", *, seed=0, batch=1, frames=0, **changes):
        self.objective = objective if isinstance(objective, Objective) else class_score(objective)
        self.recipe = recipes.get(recipe, **changes)
        self.seed = inputs.whole(seed, "The seed", 0, 2**63 - 1)
        self.batch = inputs.whole(batch, "The number of images", 1)
        self.models = [models.get(network) for network in self.recipe.network]
        smallest = min(32, *(model.size or 8 for model in self.models))  # less has shrunk to nothing in the last layers
        height, width = inputs.size(self.recipe.size, smallest)
        self.notes: list[str] = []
        if len(self.models) > 1 and not self.objective.of_classes:
            self.models = self.models[:1]
            self.notes.append(f"only {self.models[0].name} looked: several networks can be asked for classes alone")
        if len(colours := {model.channels for model in self.models}) > 1:
            raise ValueError(f"The networks look at {sorted(colours)} colours: take those that look at as many.")
        self.channels, device = self.models[0].channels, self.models[0].device
        grey = torch.full((1, self.channels, height, width), 0.5, device=device)
        seen = look(grey, self.recipe.of_kind(Window), torch.Generator())  # the one view that changes the size
        for model in self.models:  # a mistake shows at once, not after the image is made
            self.notes += model.look(seen.shape[1:]).notes
            _gradients.backward(model, seen, lambda images, model=model: self.ask(model, images)[0])
        if self.recipe.own_start:
            self.notes.append(f"it started from {self.recipe.own_start}: {_stored.ALONE}")
        self._generator = torch.Generator().manual_seed(self.seed)
        self.image = self.recipe.first_image(self.batch, self._generator, device, self.channels)
        self.trace: list[float] = []
        self.frames: list[torch.Tensor] = []
        self._average = None
        kept = inputs.whole(frames, "The number of frames", 0)
        self._kept = {round(i * (self.recipe.steps - 1) / max(kept - 1, 1)) for i in range(kept)}
        self._steps = descent.descend(
            self._loss, self.image.parameters(), self.recipe.lr, self.recipe.steps,
            recipes.OPTIMIZERS[self.recipe.optimizer], after=self._project,
        )  # fmt: skip

    @classmethod
    def from_file(cls, path, network=None, **changes) -> "Rendering":
        """Go on from a saved picture, with its settings.

        The picture begins as it was saved, rounded to 8 bits. What the optimizer, the running mean and the generator
        knew is not in a file: they begin anew.

        Args:
            path: the PNG, or a WebP of an atlas.
            network: your own network or networks, for a picture that was made with them.
            changes: settings of the recipe to replace, ``steps`` before all: how many further ones; else as many as
                it was made with.

        Raises:
            ValueError: as :func:`vizlib.remake.again`, and for a picture made of ``"maco"`` phases.
        """
        path = Path(path)
        wish, images = _stored.picture(path, network)
        rendering = cls(wish.objective, wish.recipe, seed=wish.seed, batch=wish.batch, **{"start": images, **changes})
        rendering.notes.append(f"it went on from {path.name}, of 8 bits, and the optimizer began anew")
        return rendering

    def __len__(self):
        return len(self._steps)

    def __iter__(self):
        return self

    def __next__(self) -> descent.Step:
        with descent.uninterrupted():
            step = next(self._steps)
            self.trace.append(self._score)
            if self.recipe.mean:
                now = self.image.parameters()[0].detach()
                average = now.clone() if self._average is None else self._average
                # At first all steps count alike, so that the grey of the beginning does not linger.
                self._average = average.lerp(now, max(1 - self.recipe.mean, 1 / len(self.trace)))
            if step.index in self._kept:
                self.frames.append(self.picture().cpu())
        return step

    def picture(self) -> torch.Tensor:
        """The images as they are now, ``(N, C, H, W)`` in [0, 1]."""
        with torch.no_grad():
            return self.image(self._average)

    def ask(self, model, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | float]:
        """What a network makes of ``seen``: the objective of each image, and the penalties on activations."""
        penalties = self.recipe.of_kind(ActivationPenalty)
        wanted = (layer for penalty in penalties for layer in penalty.layers(model))
        with hooks.record(model, [*self.objective.layers, *wanted]) as activations:
            model(seen)
        penalty = sum(penalty(model, activations) for penalty in penalties)
        if self.recipe.against and self.objective.of_classes:
            logits = activations["logits"]
            activations["logits"] = logits - self.recipe.against * logits.logsumexp(dim=1, keepdim=True)
        return self.objective(model, activations), penalty

    def _loss(self):
        which = torch.randint(len(self.models), (), generator=self._generator) if len(self.models) > 1 else 0
        images = self.image()
        seen = look(images, self.recipe.of_kind(View), self._generator)
        scores, penalty = self.ask(self.models[which], seen)
        self._score = scores.mean().item()
        return sum((one(images) for one in self.recipe.of_kind(Penalty)), penalty) - scores.sum()

    def _project(self, step):
        (pixels, *_) = self.image.parameters()
        for projection in self.recipe.of_kind(Projection):
            pixels.copy_(projection(pixels, step.index, step.gradients[0]))

    def fork(self, steps: int, regularizers: tuple) -> "Rendering":
        """A rendering that goes on from here for so many steps with other regularizers; this one stays as it is.

        With the same regularizers it takes the very steps that this one would take next.
        """
        changes = {"steps": steps, "regularizers": regularizers}
        other = Rendering(self.objective, self.recipe, seed=self.seed, batch=self.batch, **changes)
        other.image.parameters()[0].data.copy_(self.image.parameters()[0])
        other._steps.continue_from(self._steps)
        other._generator.set_state(self._generator.get_state())
        other._average = None if self._average is None else self._average.clone()
        other.trace = list(self.trace)
        other.notes.append(f"it went on from another picture: {_stored.ALONE}")
        return other

    def result(self, second_opinions=None) -> Result:
        """The picture as it is now, and what the networks that looked, and others, say of it.

        Args:
            second_opinions: one or several networks to ask; of those that came with the course all that did not look,
                if left out. One that fails at the picture costs a line in its notes.
        """
        pictures = round_to_8_bits(self.picture()).cpu()
        others = results.judges(second_opinions, self.models)
        target, notes = next(iter(self.objective.classes), None), list(self.notes)
        asked = (self.models, others) if self.batch == 1 else ((), ())
        own, said = (results.hear(pictures[0], target, some, self.models[0].categories, notes) for some in asked)
        settings = {
            "vizlib": vizlib.__version__,
            "objective": self.objective.to_json(),
            "recipe": dataclasses.replace(self.recipe, steps=len(self.trace)).to_json(),
            "seed": self.seed,
            "batch": self.batch,
            "device": self.models[0].device.type,
            "threads": torch.get_num_threads(),
            "notes": notes,
        }
        return Result(pictures, tuple(self.trace), own, said, settings, tuple(self.frames))


def render(objective, recipe="default", *, second_opinions=None, show=False, **settings) -> Result:
    """Make a picture of what a network wants to see.

    An interrupt (Ctrl-C, or the stop button of a notebook) ends it early and gives the picture as it is then; so does a
    step that is not finite.

    Args:
        objective: the name of a class, ``"dumbbell"``, or any objective of :mod:`vizlib.objectives`.
        recipe: a preset's name or a :class:`vizlib.recipes.Recipe`.
        second_opinions: networks to ask about the finished picture, as :meth:`Rendering.result` takes them; whatever is
            wrong with them shows before the first step.
        show: in a notebook, show the picture while it emerges.
        settings: ``seed``, ``frames`` and any setting of the recipe, as :class:`Rendering` takes them.

    Example:
        ``render("dumbbell", steps=64).save("dumbbell.png")``
    """
    return _display.finish(Rendering(objective, recipe, **settings), second_opinions, show)
