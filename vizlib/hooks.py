"""Look at the activations inside a network."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch

from vizlib import _validate
from vizlib._frozen import alone


@contextmanager
def record(model: torch.nn.Module, layers: Iterable) -> Iterator[dict]:
    """Record what layers put out, for as long as the ``with`` block lasts.

    The hooks are gone afterwards, also after an exception or an interrupt. What is recorded takes part in
    back-propagation, and a following in-place operation (``ReLU(inplace=True)``) does not alter it. What another thread
    asks of the network is not recorded.

    Args:
        model: a :class:`vizlib.models.Classifier`, which has a mapping ``layers``, or any other module, whose layers
            are then named as in ``model.named_modules()``.
        layers: names of layers, or modules within the model.

    Yields:
        A dict from each of ``layers`` to what it put out when it was last called, usually ``(N, C, H, W)``.

    Raises:
        ValueError: an unknown layer; the sentence lists the nearest names.
        TypeError: a layer that puts out something else than one tensor.
    """
    known = getattr(model, "layers", None)
    if not isinstance(known, Mapping):  # a stranger's attribute of that name
        known = dict(model.named_modules(remove_duplicate=False))
    modules = {
        layer: layer if isinstance(layer, torch.nn.Module) else known[_validate.choice(layer, known, "layer")]
        for layer in layers
    }
    recorded: dict = {}
    handles, thread = [], threading.get_ident()

    def hook_for(layer):
        def hook(module, arguments, output):
            if threading.get_ident() != thread:
                return
            if not isinstance(output, torch.Tensor):
                raise TypeError(f"The layer {layer!r} puts out a {type(output).__name__}, not one tensor.")
            recorded[layer] = output.clone()

        return hook

    # While another thread has a first look at the network, its hooks are put away: what is added then would be lost.
    lock = alone(getattr(model, "network", model))
    try:
        with lock:
            for layer, module in modules.items():
                handles.append(module.register_forward_hook(hook_for(layer)))
        yield recorded
    finally:
        with lock:
            for handle in handles:
                handle.remove()
