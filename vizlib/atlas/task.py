"""What a worker does: pictures, of plain data and nothing else."""

import dataclasses
import hashlib
import math
import platform
import time
from pathlib import Path

import torch

import vizlib
from vizlib import _files, hooks, images, models, recipes, regularizers, rendering
from vizlib.objectives import Objective, as_maps


def make(tasks: list[dict], folder: str) -> list[dict]:
    """Make pictures together, write them, and return their lines of the manifest.

    Networks are named in the recipe, and loaded once a process: :func:`vizlib.models.load` keeps them.

    Args:
        tasks: of each ``key``, ``title``, ``objective``, ``recipe`` and ``seed``, as plain data; of one recipe and
            seed.
        folder: the atlas; a picture is ``pictures/KEY.webp`` in it, and is there whole or not at all.

    Returns:
        The tasks, each with what the networks say (``own``, those that looked while it was made; ``others``, those that
        took no part), ``notes``, whether it is ``stuck``, SHA-256 of the file and of the pixels as they were made,
        threads, device, seconds (its share of those of all) and versions.
    """
    torch.set_num_threads(1)  # of this thread of the worker; two workers make more in an hour than two threads
    begun = time.monotonic()
    recipe = recipes.Recipe.from_json(tasks[0]["recipe"])
    wanted = [Objective.from_json(one["objective"]) for one in tasks]
    making = rendering.Rendering(wanted, recipe, seed=tasks[0]["seed"])
    for _ in making:
        pass
    made = making.result()
    lines = [_line(task, result, folder) for task, result in zip(tasks, made, strict=True)]
    seconds = round((time.monotonic() - begun) / len(tasks), 2)
    return [{**line, "seconds": seconds} for line in lines]


def _line(task, result, folder):
    path = Path(folder, "pictures", f"{task['key']}.webp")
    file = digest(_files.write(path, result.webp()))
    return {
        **task,
        "own": [dataclasses.asdict(said) for said in result.optimized],
        "others": [dataclasses.asdict(said) for said in result.held_out],
        "notes": result.settings["notes"],
        "stuck": result.stuck,
        "file": file,
        "pixels": hashlib.sha256(images.to_pil(result.images[0]).tobytes()).hexdigest(),
        "threads": result.settings["threads"],
        "device": result.settings["device"],
        "versions": {"vizlib": vizlib.__version__, "torch": torch.__version__, "python": platform.python_version()},
    }


def digest(path: Path) -> str | None:
    """SHA-256 of a file; None if there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def channels(model, layer: str) -> int:
    """How many channels a layer of a network has."""
    side = model.size or 224
    with torch.no_grad(), hooks.record(model, [layer]) as activations:
        model(torch.zeros(1, 3, side, side, device=model.device))
    return as_maps(activations, layer).shape[1]


BYTES = 6000  # for each pixel that is looked at: 4,600 were seen at 224 px
TOGETHER = 64  # as many as a file may ask for


def fitting(recipe: recipes.Recipe) -> int:
    """How many pictures of a recipe are made together: as many as fit on a GPU, and one on a CPU."""
    device = models.default_device()
    if device.type != "cuda":
        return 1
    views = [window.size(*recipe.size) for window in recipe.of_kind(regularizers.Window)] or [recipe.size]
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, min(TOGETHER, int(free / (BYTES * math.prod(min(views))))))
