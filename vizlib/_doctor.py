"""Is everything in place? One line for each thing that must work."""

import importlib
import importlib.metadata
import sys


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
        model(torch.zeros(1, 3, 64, 64, device=model.device))
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
