"""One call: make the images, run the loop, ask the other networks, keep the settings."""

import statistics

import torch

from vizlib import _gradients, _renamed, _stored, _validate, hooks, models, recipes, results
from vizlib._finish import finish
from vizlib._interrupt import uninterrupted
from vizlib.descent import Step, descend
from vizlib.objectives import Objective, class_score
from vizlib.recipes import Recipe
from vizlib.regularizers import ActivationPenalty, Penalty, Projection, View, Window, apply_views
from vizlib.results import Result


class Rendering:
    """Pictures in the making: an iterator over their steps. Stop when you like, go on later, ask for the result.

    Args:
        objective: what to maximize, or simply the name of a class; or a list of these, one image each.
        recipe: a preset's name (see :data:`vizlib.recipes.PRESETS`) or a :class:`vizlib.recipes.Recipe`.
        seed: decides all randomness; the same seed gives the same picture, bit for bit, on the same machine with the
            same number of threads on a CPU. On a GPU sums come in another order each time.
        batch: how many images of one objective. Images made together share the views, and nothing else.
        frames: keep the pictures this many times on the way, evenly from the first to the last step.
        changes: settings of the recipe to replace, e.g. ``steps=64, size=224, network=my_module``.

    Attributes:
        objectives: what each image is for, N of them.
        image: the parametrized images, an object of :mod:`vizlib.images`.
        models: the networks that look, each a :class:`vizlib.models.Classifier`.
        channels: the number C of colours that the networks look at, 3 for most.
        scores: the objective of every image before every step so far, N numbers a step.
        frames: the pictures kept so far, each ``(N, C, H, W)`` in [0, 1].
    """

    def __init__(self, objective, recipe: str | Recipe = "default", *, seed=0, batch=1, frames=0, **changes):
        batch = _validate.whole(batch, "The number of images", 1)
        wanted = list(objective) if isinstance(objective, (list, tuple)) else [objective] * batch
        if not wanted or batch not in (1, len(wanted)):
            raise ValueError(f"Each of {len(wanted)} objectives has one image: leave batch={batch} out.")
        self.objectives = tuple(one if isinstance(one, Objective) else class_score(one) for one in wanted)
        self.recipe = recipes.get(recipe, **changes)
        self.seed = _validate.whole(seed, "The seed", 0, 2**63 - 1)
        self.models = [models.get(network) for network in self.recipe.network]
        smallest = min(32, *(model.size or 8 for model in self.models))  # less has shrunk to nothing in the last layers
        _validate.size(self.recipe.size, smallest)
        self.notes: list[str] = []
        if len(self.models) > 1 and not all(one.of_classes for one in self.objectives):
            self.models = self.models[:1]
            self.notes.append(f"only {self.models[0].name} looked: several networks can be asked for classes alone")
        if len(colours := {model.channels for model in self.models}) > 1:
            raise ValueError(f"The networks look at {sorted(colours)} colours: take those that look at as many.")
        self.channels, device = self.models[0].channels, self.models[0].device
        grey = torch.full((1, self.channels, *self.recipe.size), 0.5, device=device)
        seen = apply_views(grey, self.recipe.of_kind(Window), torch.Generator())  # the one view that changes the size
        for model in self.models:  # a mistake shows at once, not after the image is made
            self.notes += model.look(seen.shape[1:]).notes
            _gradients.backward(model, seen, lambda images, model=model: self.ask(model, images)[0])
        if self.recipe.own_start:
            self.notes.append(f"it started from {self.recipe.own_start}: {_stored.ALONE}")
        self._generator = torch.Generator().manual_seed(self.seed)
        self.image = self.recipe.first_image(len(self.objectives), self._generator, device, self.channels)
        self.scores: list[tuple[float, ...]] = []
        self.frames: list[torch.Tensor] = []
        self._average = None
        kept = _validate.whole(frames, "The number of frames", 0)
        self._kept = {round(i * (self.recipe.steps - 1) / max(kept - 1, 1)) for i in range(kept)}
        self._steps = descend(
            self._loss, self.image.parameters(), self._learning_rate, self.recipe.steps,
            recipes.OPTIMIZERS[self.recipe.optimizer], after=self._project, each=True,
        )  # fmt: skip

    __getattr__ = _renamed.attribute("Rendering")

    @property
    def trace(self) -> list[float]:
        """The objective before every step so far, the mean over the images."""
        return [statistics.fmean(scores) for scores in self.scores]

    @property
    def lost(self) -> tuple[int, ...]:
        """The images that stand still because a step of theirs was not finite."""
        return self._steps.lost

    def __len__(self):
        return len(self._steps)

    def __iter__(self):
        return self

    def __next__(self) -> Step:
        with uninterrupted():
            step = next(self._steps)
            self.scores.append(step.scores)
            if self.recipe.ema_decay:
                now = self.image.parameters()[0].detach()
                average = now.clone() if self._average is None else self._average
                # At first all steps count alike, so that the grey of the beginning does not linger.
                self._average = average.lerp(now, max(1 - self.recipe.ema_decay, 1 / len(self.scores)))
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
        several = dict.fromkeys(self.objectives)  # the different ones
        wanted = [layer for one in several for layer in one.layers]
        wanted += [layer for penalty in penalties for layer in penalty.layers(model)]
        with hooks.record(model, wanted) as activations:
            model(seen)
        relative = activations
        if (weight := self.recipe.logsumexp_weight) and any(one.of_classes for one in several):
            logits = activations["logits"]
            relative = {**activations, "logits": logits - weight * logits.logsumexp(dim=1, keepdim=True)}
        scores = [one(model, relative if one.of_classes else activations) for one in several]
        if len(several) > 1 and len(seen) > 1:  # before the first step one image is asked for all
            of = dict(zip(several, scores, strict=True))
            scores = [torch.stack([of[one][index] for index, one in enumerate(self.objectives)])]
        held = sum(torch.as_tensor(penalty(model, activations)).sum() for penalty in penalties)
        return torch.cat(scores), held

    def _loss(self):
        which = torch.randint(len(self.models), (), generator=self._generator) if len(self.models) > 1 else 0
        images = self.image()
        seen = apply_views(images, self.recipe.of_kind(View), self._generator)
        scores, penalty = self.ask(self.models[which], seen)
        return sum(
            (torch.as_tensor(one(images)).sum() for one in self.recipe.of_kind(Penalty)), penalty
        ) - scores.sum(), scores

    def _learning_rate(self, index):
        return self.recipe.learning_rate(index / len(self) if index else 0.0)

    def _project(self, step):
        (pixels, *_) = self.image.parameters()
        for projection in self.recipe.of_kind(Projection):
            pixels.copy_(projection(pixels, step.index, step.gradients[0]))

    def fork(self, steps: int, regularizers: tuple) -> "Rendering":
        """A rendering that goes on from here for so many steps with other regularizers; this one stays as it is.

        With the same regularizers and as many steps as are left it takes the very steps that this one would take next.
        """
        changes = {"steps": steps, "regularizers": regularizers}
        other = Rendering(self.objectives, self.recipe, seed=self.seed, **changes)
        other.image.parameters()[0].data.copy_(self.image.parameters()[0])
        other._steps.continue_from(self._steps)
        other._generator.set_state(self._generator.get_state())
        other._average = None if self._average is None else self._average.clone()
        other.scores = list(self.scores)
        other.notes.append(f"it went on from another picture: {_stored.ALONE}")
        return other

    def result(self, second_opinions=None) -> Result:
        """The pictures as they are now, and what the networks that looked, and others, say of each.

        Args:
            second_opinions: one or several networks to ask; of those that came with the course all that did not look,
                if left out. One that fails at a picture costs a line in its notes.
        """
        return results.gather(self, second_opinions)


def render(objective, recipe: str | Recipe = "default", *, second_opinions=None, show=False, **settings) -> Result:
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
    return finish(Rendering(objective, recipe, **settings), second_opinions, show)
