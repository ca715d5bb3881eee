"""What a worker does: one picture, of plain data and nothing else."""

import dataclasses
import hashlib
import platform
import time
from pathlib import Path

import torch

import vizlib
from vizlib import _files, hooks, images, recipes, rendering
from vizlib.objectives import Objective, as_maps


def make(task: dict, folder: str) -> dict:
    """Make a picture, write it, and return its line of the manifest.

    Networks are named in the recipe, and loaded once a process: :func:`vizlib.models.load` keeps them.

    Args:
        task: ``key``, ``title``, ``objective``, ``recipe`` and ``seed``, as plain data.
        folder: the atlas; the picture is ``pictures/KEY.webp`` in it, and is there whole or not at all.

    Returns:
        The task, with what the networks say (``own``, those that looked while it was made; ``others``, those that took
        no part), ``notes``, whether it is ``stuck``, SHA-256 of the file and of the pixels as they were made, threads,
        device, seconds and versions.
    """
    torch.set_num_threads(1)  # of this thread of the worker; two workers make more in an hour than two threads
    begun = time.monotonic()
    recipe = recipes.Recipe.from_json(task["recipe"])
    making = rendering.Rendering(Objective.from_json(task["objective"]), recipe, seed=task["seed"])
    for _ in making:
        pass
    result = making.result()
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
        "seconds": round(time.monotonic() - begun, 2),
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
