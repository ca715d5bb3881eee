"""Look at the activations inside a network."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch

from vizlib import inputs


@contextmanager
def record(model: torch.nn.Module, layers: Iterable[str]) -> Iterator[dict[str, torch.Tensor]]:
    """Record what layers put out, for as long as the ``with`` block lasts.

    The hooks are gone afterwards, also after an exception or an interrupt. What is recorded takes part in
    back-propagation, and a following in-place operation (``ReLU(inplace=True)``) does not alter it.

    Args:
        model: a module with ``layers`` (a :class:`vizlib.models.Classifier`), or any other, whose layers are then
            named as in ``model.named_modules()``.
        layers: names of layers.

    Yields:
        A dict from each name to what the layer put out in the latest forward pass, usually ``(N, C, H, W)``.

    Raises:
        ValueError: an unknown layer; the sentence lists the nearest names.
    """
    modules = model.layers if hasattr(model, "layers") else dict(model.named_modules())
    modules = {name: modules[inputs.choice(name, modules, "layer")] for name in layers}
    recorded: dict[str, torch.Tensor] = {}
    handles = []

    def hook_for(name):
        def hook(module, arguments, output):
            recorded[name] = output.clone()

        return hook

    try:
        for name, module in modules.items():
            handles.append(module.register_forward_hook(hook_for(name)))
        yield recorded
    finally:
        for handle in handles:
            handle.remove()
