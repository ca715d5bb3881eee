"""The command line: ``python -m vizlib render dumbbell -o dumbbell.png``, ``… atlas FOLDER`` and ``… doctor``."""

import argparse
import importlib
import importlib.metadata
import sys
from pathlib import Path

from vizlib._console import forgive


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, or 1 after a mistake, or 130 after an interrupt."""
    forgive()
    parser = argparse.ArgumentParser(prog="python -m vizlib", description="Update the pixels instead of the weights.")
    commands = parser.add_subparsers(dest="command", required=True)
    picture = commands.add_parser("render", help="make the picture of a class")
    picture.add_argument("name", nargs="?", help="a class of ImageNet, e.g. dumbbell or 'bell pepper'")
    picture.add_argument("-o", "--output", type=Path, help="the PNG to write (NAME.png if left out)")
    picture.add_argument("--again", type=Path, metavar="PNG", help="make a saved picture again, from its settings")
    picture.add_argument("--recipe", help="a preset: default, many, simonyan2013, cs231n, maco …")
    picture.add_argument("--steps", type=int, help="number of updates")
    picture.add_argument("--size", type=int, help="side of the picture in pixels")
    picture.add_argument("--lr", type=float, help="learning rate")
    picture.add_argument("--seed", type=int, help="decides all randomness; 0 if left out")
    picture.add_argument("--network", help="the network to look into")
    picture.add_argument("--film", type=Path, metavar="WEBP", help="an animation of the picture emerging, as well")
    picture.add_argument("--force", action="store_true", help="overwrite the file if there is one")
    many = commands.add_parser("atlas", help="make a picture of every class, or channel of a layer, and a page")
    many.add_argument("folder", type=Path, metavar="OUT", help="where to; a second call makes what is missing")
    asked = many.add_mutually_exclusive_group()
    asked.add_argument("--classes", nargs="+", metavar="NAME", help="classes of ImageNet; all if left out")
    asked.add_argument("--layer", help="every channel of a layer, e.g. block_9, in place of classes")
    many.add_argument("--recipe", default="default", help="a preset: default, many, simonyan2013, cs231n, maco …")
    many.add_argument("--steps", type=int, help="number of updates")
    many.add_argument("--size", type=int, help="side of a picture in pixels")
    many.add_argument("--seed", type=int, default=0, help="the seed of every picture; 0 if left out")
    many.add_argument("--limit", type=int, metavar="N", help="at most so many, evenly from all that were asked for")
    many.add_argument("--workers", type=int, metavar="N", help="processes of one thread each; one a core if left out")
    many.add_argument("--batch", type=int, metavar="N", help="so many together; as many as fit on a GPU if left out")
    many.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler that runs, in place of processes here")
    commands.add_parser("doctor", help="check that everything is in place")
    given = parser.parse_args(arguments)
    try:
        if given.command == "doctor":
            return doctor()
        return atlas_command(given) if given.command == "atlas" else render_command(given)
    except (ValueError, TypeError, OSError, FloatingPointError, RuntimeError, MemoryError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        print(f"{parser.prog}: {why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def render_command(given: argparse.Namespace) -> int:
    """``render``: make one picture, print what the networks say, write the PNG."""
    from vizlib import remake, rendering, results

    keys = ("recipe", "steps", "size", "lr", "seed", "network")
    changes = {key: getattr(given, key) for key in keys if getattr(given, key) is not None}
    if (given.name is None) == (given.again is None):
        raise ValueError("Name one class, or a file with --again.")
    if given.again is not None and (changes or given.film):
        extra = "--film" if given.film else f"--{next(iter(changes))}"
        raise ValueError(f"The file says how it was made: leave {extra} out, or name a class in place of --again.")
    if given.output is None and given.again is not None:
        raise ValueError("Say with -o where the new copy goes.")
    output = results.writable(given.output or f"{given.name.replace(' ', '_')}.png", given.force)
    film = given.film and results.writable(given.film, given.force, ".webp")
    if given.again is not None:
        result = remake.again(given.again)
    else:
        result = rendering.render(_class(given.name), frames=40 if film else 0, **changes)
    print(result)
    print(f"written to {result.save(output, overwrite=given.force)}")
    if given.again is not None and not remake.difference(result, given.again):
        print("the same as the file, bit for bit")
    if film:
        print(f"written to {result.save_film(film, overwrite=given.force)}")
    return 0


def atlas_command(given: argparse.Namespace) -> int:
    """``atlas``: make the pictures that are missing in a folder, and its page; 1 if some could not be made."""
    from vizlib import atlas

    changes = {key: getattr(given, key) for key in ("steps", "size") if getattr(given, key) is not None}
    classes = None if given.classes in (None, ["all"]) else [_class(name) for name in given.classes]
    wanted = atlas.tasks(classes, given.layer, given.recipe, given.seed, given.limit, **changes)
    failures = atlas.run(wanted, given.folder, given.scheduler, given.workers, given.batch)
    print(f"{len(wanted) - len(failures)} of {len(wanted)} pictures are there; open {given.folder / 'index.html'}")
    if failures:
        first = f"{failures[0]['title']}: {failures[0]['error']}"
        print(f"{len(failures)} failed, see {given.folder / 'failures.jsonl'}; the first is {first}", file=sys.stderr)
    return 1 if failures else 0


def _class(name):
    return int(name) if name.isdecimal() else name


def doctor() -> int:
    """``doctor``: one line for each thing that must work; a broken one says how to mend it."""
    broken = 0
    for name, check in CHECKS.items():
        try:
            print(f"ok      {name}: {check()}")
        except Exception as error:  # whatever is broken, the other lines are still wanted
            broken += 1
            print(f"BROKEN  {name}: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
            print(f"        to mend it: {MENDING[name]}")
    print("If all is well here and a picture stays grey or is noise: vizlib.diagnose.diagnose(rendering) says why.")
    return 1 if broken else 0


def _python():
    if sys.version_info < (3, 11):  # noqa: UP036  (the reader may have started it with another Python)
        raise RuntimeError(f"Python {sys.version.split()[0]} is too old")
    return sys.version.split()[0]


def _torch():
    import torch
    import torchvision

    torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)  # fails when the two were not built for each other
    from vizlib import models

    kinds = {"cuda": torch.cuda.get_device_name, "mps": lambda: "Apple's GPU"}
    device = kinds.get(models.default_device().type, lambda: f"CPU, {torch.get_num_threads()} threads")()
    return f"torch {torch.__version__} and torchvision {torchvision.__version__} agree; runs on {device}"


def _weights():
    import torch

    from vizlib import models

    for name in models.LITE:
        model = models.load(name)
        model(torch.zeros(1, 3, 64, 64, device=model.mean.device))
    return ", ".join(models.LITE)


def _pictures():
    from vizlib import data

    for name in data.PHOTOS:
        data.photo(name, 32)
    return f"{len(data.PHOTOS)} photos, {len(data.digits()[0])} digits, {len(data.faces()[0])} faces to train on"


def _kernel():
    from jupyter_client.kernelspec import KernelSpecManager

    names = KernelSpecManager().find_kernel_specs()
    if "python3" not in names:
        raise RuntimeError("there is no kernel named python3")
    importlib.import_module("ipykernel")
    return f"python3, ipykernel {importlib.metadata.version('ipykernel')}"


def _jupyterlab():
    importlib.import_module("vizlib.widgets")
    return importlib.metadata.version("jupyterlab")


REINSTALL = "pip install --force-reinstall -r requirements.txt"
CHECKS = {
    "Python": _python,
    "PyTorch": _torch,
    "weights": _weights,
    "pictures": _pictures,
    "kernel": _kernel,
    "JupyterLab": _jupyterlab,
}
MENDING = {
    "Python": "install Python 3.11 or newer, remove the folder .venv and run `make lab`",
    "PyTorch": "install the two versions named in constraints.txt from one source: " + REINSTALL,
    "weights": REINSTALL,
    "pictures": REINSTALL,
    "kernel": "python -m ipykernel install --sys-prefix --name python3",
    "JupyterLab": REINSTALL,
}

if __name__ == "__main__":
    sys.exit(main())
