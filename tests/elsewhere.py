"""A stand-in for a GPU: ``python -m pytest -p tests.elsewhere tests`` runs the unit tests as if there were one.

Tensors report the device ``lazy:0``, and a tensor of the CPU beside one of them is the error that it is on a GPU.
What they hold is computed on the CPU; the backward passes that have no fixed order on a GPU end in other last bits each
time. So it finds what is on the wrong device and what promises too much, and says nothing of speed or memory.
"""

import torch
from torch.utils._pytree import tree_leaves, tree_map

from vizlib import models

AWAY = torch.device("lazy:0")  # of the devices without a kernel here, one that autograd handles on its own thread
CROSS = ("aten::_to_copy", "aten::copy_", "aten::set_")  # may have tensors of both devices, as indices may
UNORDERED = ("grid_sampler_2d_backward", "avg_pool2d_backward", "index_put", "convolution_backward")


class Away(torch.Tensor):
    """A tensor that says it is elsewhere; ``here`` holds it."""

    @staticmethod
    def __new__(cls, here):
        layout = {"strides": here.stride(), "storage_offset": here.storage_offset(), "dtype": here.dtype}
        return torch.Tensor._make_wrapper_subclass(cls, here.shape, device=AWAY, **layout)

    def __init__(self, here):
        self.here = here

    def __repr__(self):
        return f"{self.here!r}, elsewhere"

    def __format__(self, form):
        return format(self.item(), form) if not self.ndim else object.__format__(self, form)

    def tolist(self):
        BACK.append("tolist")
        return self.here.tolist()

    @classmethod
    def __torch_dispatch__(cls, operation, types, arguments=(), options=None):
        return run(operation, arguments, options or {})


BACK = []  # the operations that brought something back to the CPU, which a GPU has to be waited for


def run(operation, arguments, options):
    """Do an operation on what the tensors hold; the result is where a GPU would have it."""
    name = operation.name().split(".")[0]
    tensors = [leaf for leaf in tree_leaves((arguments, options)) if isinstance(leaf, torch.Tensor)]
    away = any(isinstance(tensor, Away) for tensor in tensors)
    near = [tensor for tensor in tensors if not isinstance(tensor, Away) and tensor.ndim]
    if away and near and name not in CROSS and "index" not in name:
        raise RuntimeError(f"Expected all tensors to be on the same device, but {name} got two.")
    if name == "aten::_local_scalar_dense" or (away and torch.device(options.get("device") or AWAY).type == "cpu"):
        BACK.append(name)
    if options.get("device") is not None:
        away = torch.device(options["device"]).type == AWAY.type
        options = {**options, "device": torch.device("cpu")}
    arguments_, options = tree_map(lambda leaf: leaf.here if isinstance(leaf, Away) else leaf, (arguments, options))
    result = operation(*arguments_, **options)
    if away and any(part in name for part in UNORDERED):
        result = tree_map(_other_last_bits, result)
    if operation._schema.is_mutable and result is not None and isinstance(arguments[0], torch.Tensor):
        return arguments[0]
    return tree_map(lambda leaf: Away(leaf) if away and isinstance(leaf, torch.Tensor) else leaf, result)


def _other_last_bits(leaf):
    if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
        return leaf
    return leaf * (1 + 1e-7 * torch.randn(leaf.shape, generator=NOISE))


NOISE = torch.Generator()
NOISE.seed()


def _empty(shape, *layout, dtype=None, **options):
    return Away(torch.empty(shape, dtype=dtype))


def _empty_strided(shape, strides, dtype=None, **options):
    return Away(torch.empty_strided(shape, strides, dtype=dtype))


def _copy_from(source, target, non_blocking=False):
    target.here.copy_(source.here if isinstance(source, Away) else source)
    return target


# Whatever makes a tensor on a device begins with one of these, in any thread.
LIBRARY = torch.library.Library("aten", "IMPL")
LIBRARY.impl("empty.memory_format", _empty, "Lazy")
LIBRARY.impl("empty_strided", _empty_strided, "Lazy")
LIBRARY.impl("_copy_from", _copy_from, "Lazy")


def pytest_configure(config=None):
    """From now on networks are loaded as if there were a GPU, unless a test names the CPU."""
    models.default_device = lambda: AWAY
    torch.__future__.set_swap_module_params_on_conversion(True)


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "test_a_gpu_is_taken_where_there_is_one" not in item.name]
