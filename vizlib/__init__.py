"""Update the pixels instead of the weights.

    import vizlib
    vizlib.render("dumbbell").save("dumbbell.png")

To read the library, begin with ``descent``; then ``images``, ``objectives``, ``regularizers``, ``recipes`` and
``rendering``.
"""

__version__ = "0.2.0"

_ELSEWHERE = {
    "render": "rendering",
    "Rendering": "rendering",
    "Result": "results",
    "again": "remake",
    "resume": "remake",
}


def __getattr__(name):
    # Imported on use: ``import vizlib`` alone does not wait for PyTorch.
    import importlib

    if name not in _ELSEWHERE:
        importlib.import_module("vizlib._renamed").attribute("vizlib")(name)

    return getattr(importlib.import_module(f"vizlib.{_ELSEWHERE[name]}"), name)


def __dir__():
    return sorted({*globals(), *_ELSEWHERE})
