"""The networks that a finished picture is shown to: found and tried before the first step, and heard after the last."""

import torch

from vizlib import models
from vizlib.opinions import Opinion, opinion


def get(networks, looked) -> list:
    """The classifiers that a finished picture will be shown to.

    Args:
        networks: one or several, as :func:`vizlib.models.get` takes them; None for those of the course that did not
            look.
        looked: the classifiers that looked.

    Raises:
        ValueError: there is no such network.
        OSError: its weights would have to be downloaded, and cannot be.
    """
    if networks is None:
        names = {model.name for model in looked}
        return [models.get(name) for name in models.LITE if name not in names]
    listed = networks if isinstance(networks, (list, tuple)) else [networks]
    return [models.get(network) for network in listed]


def try_out(networks: list, image: torch.Tensor) -> None:
    """Show an image ``(C, H, W)`` to the networks that will judge, so that what is wrong shows before it is finished.

    Raises: ValueError for one that cannot be asked about an image of this size.
    """
    for model in (model for model in networks if model.name not in models.LITE):
        try:
            opinion(image, None, model)
        except Exception as error:  # of a stranger's network anything can come
            what = f"{model.name} cannot be asked about a picture of {image.shape[1]} × {image.shape[2]}"
            raise ValueError(f"{what}: {_line(error)}.") from None


def hear(image: torch.Tensor, target, networks, categories, notes: list[str]) -> tuple[Opinion, ...]:
    """What networks say of a finished image ``(3, H, W)``; one that fails costs a line in ``notes``.

    Args:
        target: the class that was asked for, or None; it is asked of networks with these ``categories`` alone.
    """
    heard = []
    for model in networks:
        try:
            heard.append(opinion(image, target if model.categories == categories else None, model))
        except Exception as error:  # a finished picture is not lost to what somebody says of it
            notes.append(f"{model.name} could not be asked: {_line(error)}")
    return tuple(heard)


def _line(error):
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
