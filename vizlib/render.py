"""One call: make the image, run the loop, ask the other networks, keep the settings."""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, PngImagePlugin
from tqdm.auto import tqdm

from vizlib import descent, hooks, inputs, models, recipes
from vizlib.objectives import Objective, class_score
from vizlib.opinions import Opinion, opinion, round_to_8_bits
from vizlib.regularizers import Penalty, Projection, View, look

SMALLEST = 32  # an image that is smaller has shrunk to nothing before the last layers


class Rendering:
    """A picture in the making: an iterator over its steps. Stop when you like, go on later, ask for the result.

    Args:
        objective: what to maximize, or simply the name of a class.
        recipe: a preset's name (see :data:`vizlib.recipes.PRESETS`) or a :class:`vizlib.recipes.Recipe`.
        seed: decides all randomness; the same seed gives the same picture, bit for bit, on the same
            machine with the same number of threads.
        network: the network to look into, a name for :func:`vizlib.models.load`.
        batch: how many images; they share the views, and the objective is summed over them.
        changes: settings of the recipe to replace, e.g. ``steps=64, size=224, lr=0.03``.
    """

    def __init__(self, objective, recipe="default", *, seed=0, batch=1, network=models.LOOKED_INTO, **changes):
        self.objective = objective if isinstance(objective, Objective) else class_score(objective)
        self.recipe = recipes.get(recipe, **changes)
        self.seed = inputs.whole(seed, "The seed", 0, 2**63 - 1)
        self.model = models.load(network)
        height, width = inputs.size(self.recipe.size, SMALLEST)
        self.batch = inputs.whole(batch, "The number of images", 1)
        with torch.no_grad():  # a mistake in the objective shows at once, not after the image is made
            self._scores(torch.zeros(1, 3, height, width, device=self.model.mean.device))
        self._generator = torch.Generator().manual_seed(self.seed)
        self.image = self.recipe.first_image(self.batch, self._generator, self.model.mean.device)
        self.trace: list[float] = []
        self._steps = self._take_steps()

    def __len__(self):
        return self.recipe.steps

    def _scores(self, images):
        with hooks.record(self.model, self.objective.layers) as activations:
            self.model(images)
        return self.objective(self.model, activations)

    def _loss(self):
        images = self.image()
        seen = look(images, self.recipe.of_kind(View), self._generator)
        scores = self._scores(seen)
        penalty = sum(penalty(images) for penalty in self.recipe.of_kind(Penalty))
        return penalty - scores.sum(), {"score": scores.mean().item()}

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._steps)

    def _take_steps(self):
        optimizer = recipes.OPTIMIZERS[self.recipe.optimizer]
        parameters = self.image.parameters()
        projections = self.recipe.of_kind(Projection)
        left = self.recipe.steps - len(self.trace)
        for step in descent.descend(self._loss, parameters, self.recipe.lr, left, optimizer):
            with torch.no_grad():
                for projection in projections:
                    parameters[0].copy_(projection(parameters[0], step.index, parameters[0].grad))
            self.trace.append(step.shown["score"])
            yield step

    def result(self, second_opinions=models.SECOND_OPINIONS) -> "Result":
        """The picture as it is now, and what its own and other networks say of it."""
        with torch.no_grad():
            images = round_to_8_bits(self.image()).cpu()
        wanted = [arguments[0] for _, kind, arguments in self.objective.terms if kind == "class_score"]
        target = wanted[0] if wanted else None
        names = (self.model.name, *second_opinions) if self.batch == 1 else ()
        said = [opinion(images[0], target, name) for name in names]
        settings = {
            "objective": self.objective.to_json(),
            "recipe": dataclasses.replace(self.recipe, steps=len(self.trace)).to_json(),
            "seed": self.seed,
            "network": self.model.name,
            "batch": self.batch,
        }
        return Result(images, tuple(self.trace), said[0] if said else None, tuple(said[1:]), settings)


@dataclass(frozen=True)
class Result:
    """A finished picture with all that is known of it.

    Attributes:
        images: ``(N, 3, H, W)`` in [0, 1], rounded to 8 bits, so that a saved copy holds the same numbers.
        trace: the objective before every step.
        own: the opinion of the network that made it; None for a batch.
        opinions: the opinions of networks that did not; empty for a batch.
        settings: everything needed to make it again; plain dicts, lists, strings and numbers.
    """

    images: torch.Tensor
    trace: tuple[float, ...]
    own: Opinion | None
    opinions: tuple[Opinion, ...]
    settings: dict

    @property
    def image(self) -> torch.Tensor:
        """The image, ``(3, H, W)``; those of a batch side by side."""
        return torch.cat(list(self.images), dim=2)

    @property
    def stuck(self) -> bool:
        """Whether the objective never moved: then no gradient reached the image, as behind a unit that is silent."""
        return len(self.trace) > 1 and min(self.trace) == max(self.trace)

    def __str__(self):
        title = f"{Objective.from_json(self.settings['objective'])}, {len(self.trace)} steps"
        lines = ["  the objective never moved: what it asks for is silent, and gives no gradient"] if self.stuck else []
        lines += [f"  own {self.own}"] if self.own else []
        return "\n".join([title, *lines, *(f"  second opinion {said}" for said in self.opinions)])

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write a PNG that carries the settings in its text chunk ``vizlib``.

        Raises: as :func:`writable`.
        """
        path = writable(path, overwrite)
        text = PngImagePlugin.PngInfo()
        text.add_text("vizlib", json.dumps(self.settings))
        pixels = self.image.mul(255).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(path, "PNG", pnginfo=text)
        return path


def writable(path: str | Path, overwrite: bool = False) -> Path:
    """Check that a result can be saved under this path; worth asking before a long render.

    Raises:
        ValueError: the path does not end in ``.png``.
        FileNotFoundError: there is no such folder.
        FileExistsError: there is such a file already and ``overwrite`` is False.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ValueError(f"A result is saved as PNG, with its settings: end the name in .png, not {path.name!r}.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {str(path.parent)!r} to write into.")
    if path.exists() and not overwrite:
        raise FileExistsError(f"There is a file {path.name!r} already; choose another name or allow overwriting.")
    return path


def render(objective, recipe="default", *, second_opinions=models.SECOND_OPINIONS, **settings) -> Result:
    """Make a picture of what a network wants to see.

    An interrupt (Ctrl-C, or the stop button of a notebook) ends it early and gives the picture as it is then.

    Args:
        objective: the name of a class, ``"dumbbell"``, or any objective of :mod:`vizlib.objectives`.
        recipe: a preset's name or a :class:`vizlib.recipes.Recipe`.
        second_opinions: networks to ask about the finished picture.
        settings: ``seed``, ``network`` and any setting of the recipe, as :class:`Rendering` takes them.

    Example:
        ``render("dumbbell", steps=64).save("dumbbell.png")``
    """
    rendering = Rendering(objective, recipe, **settings)
    try:
        # tqdm's bar for notebooks does not heed its own variable TQDM_DISABLE.
        hidden = bool(os.environ.get("TQDM_DISABLE"))
        for _ in tqdm(rendering, desc=str(objective), unit="step", leave=False, disable=hidden):
            pass
    except KeyboardInterrupt:
        tqdm.write(f"Stopped after {len(rendering.trace)} of {len(rendering)} steps.")
    return rendering.result(second_opinions)


def again(path: str | Path, second_opinions=models.SECOND_OPINIONS) -> Result:
    """Make a saved picture again from the settings in its file: the same bit for bit on the same machine.

    Raises:
        ValueError: the file is not a PNG with settings in it.
    """
    with Image.open(path) as picture:
        text = getattr(picture, "text", {}).get("vizlib")
    if text is None:
        raise ValueError(f"{Path(path).name!r} carries no settings: it was not saved by vizlib, or was edited since.")
    settings = json.loads(text)
    recipe = recipes.Recipe.from_json(settings.pop("recipe"))
    objective = Objective.from_json(settings.pop("objective"))
    return render(objective, recipe, second_opinions=second_opinions, **settings)
