"""The command line: ``python -m vizlib render dumbbell -o dumbbell.png`` and ``python -m vizlib doctor``."""

import argparse
import importlib
import importlib.metadata
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, or 1 after a mistake, or 130 after an interrupt."""
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
    commands.add_parser("doctor", help="check that everything is in place")
    given = parser.parse_args(arguments)
    try:
        return doctor() if given.command == "doctor" else render_command(given)
    except (ValueError, TypeError, OSError, FloatingPointError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def render_command(given: argparse.Namespace) -> int:
    """``render``: make one picture, print what the networks say, write the PNG."""
    from vizlib import rendering, results

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
        result = results.again(given.again)
    else:
        name = int(given.name) if given.name.isdecimal() else given.name
        result = rendering.render(name, frames=40 if film else 0, **changes)
    print(result)
    print(f"written to {result.save(output, overwrite=given.force)}")
    if film:
        print(f"written to {result.save_film(film, overwrite=given.force)}")
    return 0


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
    return 1 if broken else 0


def _python():
    if sys.version_info < (3, 11):  # noqa: UP036  (the reader may have started it with another Python)
        raise RuntimeError(f"Python {sys.version.split()[0]} is too old")
    return sys.version.split()[0]


def _torch():
    import torch
    import torchvision

    torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)  # fails when the two were not built for each other
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
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
