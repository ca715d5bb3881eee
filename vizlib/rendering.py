"""One call: make the image, run the loop, ask the other networks, keep the settings."""

import dataclasses
import os

import torch
from tqdm.auto import tqdm

import vizlib
from vizlib import _gradients, descent, film, hooks, inputs, models, recipes
from vizlib.objectives import Objective, class_score
from vizlib.opinions import opinion, round_to_8_bits
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
        other.notes.append("it went on from another picture: these settings alone do not make it again")
        return other

    def result(self, second_opinions=None) -> Result:
        """The picture as it is now, and what the networks that looked, and others, say of it.

        Args:
            second_opinions: networks to ask; of those that came with the course all that did not look, if left out.
        """
        pictures = round_to_8_bits(self.picture()).cpu()
        if second_opinions is None:
            second_opinions = [name for name in models.LITE if name not in {model.name for model in self.models}]
        target = next(iter(self.objective.classes), None)
        said = []
        for network in (*self.models, *second_opinions) if self.batch == 1 else ():
            model = models.get(network)
            same = model.categories == self.models[0].categories  # else its index means something else
            said.append(opinion(pictures[0], target if same else None, model))
        settings = {
            "vizlib": vizlib.__version__,
            "objective": self.objective.to_json(),
            "recipe": dataclasses.replace(self.recipe, steps=len(self.trace)).to_json(),
            "seed": self.seed,
            "batch": self.batch,
            "device": self.models[0].device.type,
            "threads": torch.get_num_threads(),
            "notes": list(self.notes),
        }
        looked, others = tuple(said[: len(self.models)]), tuple(said[len(self.models) :])
        return Result(pictures, tuple(self.trace), looked, others, settings, tuple(self.frames))


def render(objective, recipe="default", *, second_opinions=None, show=False, **settings) -> Result:
    """Make a picture of what a network wants to see.

    An interrupt (Ctrl-C, or the stop button of a notebook) ends it early and gives the picture as it is then; so does a
    step that is not finite.

    Args:
        objective: the name of a class, ``"dumbbell"``, or any objective of :mod:`vizlib.objectives`.
        recipe: a preset's name or a :class:`vizlib.recipes.Recipe`.
        second_opinions: networks to ask about the finished picture, as :meth:`Rendering.result` takes them.
        show: in a notebook, show the picture while it emerges.
        settings: ``seed``, ``frames`` and any setting of the recipe, as :class:`Rendering` takes them.

    Example:
        ``render("dumbbell", steps=64).save("dumbbell.png")``
    """
    return finish(Rendering(objective, recipe, **settings), second_opinions, show)


def finish(rendering: Rendering, second_opinions=None, show: bool = False) -> Result:
    """Take the steps that are left, with a bar that shows how many, and ask for the result."""
    # tqdm's bar for notebooks does not heed its own variable TQDM_DISABLE.
    bar = {"unit": "step", "leave": False, "disable": bool(os.environ.get("TQDM_DISABLE"))}
    title = ", ".join(map(rendering.models[0].title, rendering.objective.classes)) or str(rendering.objective)
    screen = film.Screen(title) if show else None
    try:
        for _ in tqdm(rendering, desc=title, initial=len(rendering.trace), **bar):
            if screen:
                screen.show(rendering)
    except (KeyboardInterrupt, FloatingPointError) as stopped:
        if not rendering.trace:
            raise
        why = str(stopped) or f"stopped after {len(rendering.trace)} of {len(rendering)} steps"
        rendering.notes.append(why)
        tqdm.write(why)
    result = rendering.result(second_opinions)
    if screen:
        screen.show(rendering, last=True)
    return result
