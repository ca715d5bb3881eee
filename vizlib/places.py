"""What a layer puts out at each place of photographs, beside the patch that is there; and a quiz on these patches."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch.nn.functional import interpolate, normalize

from vizlib import _validate, data, hooks
from vizlib.classifier import Classifier

SIDE = 64  # of a patch, in pixels
EDGE = 2  # places from the rim that are left out: what they see is partly beyond it
HEIGHTS = (256, 384, 512)  # that photographs are resized to


class Places(NamedTuple):
    """M places of photographs.

    Attributes:
        vectors: what the layer put out there, ``(M, C)``.
        patches: the photograph around them, ``(M, 3, 64, 64)`` in [0, 1].
    """

    vectors: torch.Tensor
    patches: torch.Tensor


@torch.no_grad()
def collect(
    model: Classifier, layer: str, half: str, names: Iterable[str] = tuple(data.PHOTOS), heights=HEIGHTS
) -> Places:
    """All places of one half of each photograph. What is learned on left halves can be judged on right ones.

    Args:
        layer: one of ``model.layers``, with 4 places or more between one rim and the other.
        half: ``"left"`` or ``"right"``.
        names: which of :data:`vizlib.data.PHOTOS`.
        heights: each photograph is looked at in these sizes.
    """
    _validate.choice(half, ("left", "right"), "half")
    vectors, patches = [], []
    for picture in (_half(name, height, half) for name in names for height in heights):
        with hooks.record(model, [layer]) as seen:
            model(picture[None])
        maps = seen[layer][0, :, EDGE:-EDGE, EDGE:-EDGE]
        cell = picture.shape[1] // (maps.shape[1] + 2 * EDGE)  # pixels from one place to the next
        first = EDGE * cell + cell // 2 - SIDE // 2
        around = picture[:, first:, first:].unfold(1, SIDE, cell).unfold(2, SIDE, cell)
        around = around[:, : maps.shape[1], : maps.shape[2]].permute(1, 2, 0, 3, 4)
        vectors.append(maps.flatten(1).T.cpu())
        patches.append(around.flatten(0, 1))
    return Places(torch.cat(vectors), torch.cat(patches))


def _half(name, height, half):
    photo = data.photo(name, None)
    width = round(photo.shape[2] * height / photo.shape[1] / 64) * 32  # of the half, which the stride divides
    whole = interpolate(photo[None], (height, 2 * width), mode="bilinear", antialias=True)[0].clamp(0, 1)
    return whole[..., :width] if half == "left" else whole[..., width:]


def some(places: Places, count: int, seed: int = 0) -> Places:
    """As many places, drawn at random, each once."""
    drawn = torch.randperm(len(places.vectors), generator=torch.Generator().manual_seed(seed))[:count]
    return Places(places.vectors[drawn], places.patches[drawn])


@torch.no_grad()
def seen_by(reader: Classifier, patches: torch.Tensor, side: int = 128) -> torch.Tensor:
    """What the last layer before the classes makes of patches ``(M, 3, h, w)``: ``(M, channels)``."""
    rows = []
    for part in patches.split(100):
        with hooks.record(reader, ["head"]) as seen:
            reader(interpolate(part, (side, side), mode="bilinear"))
        rows.append(seen["head"].mean(dim=(2, 3)).cpu())
    return torch.cat(rows)


def told(
    known: torch.Tensor, fresh: torch.Tensor, strengths: torch.Tensor, fresh_strengths: torch.Tensor,
    shown: int = 5, turns: int = 5, seed: int = 0,
) -> list[float]:  # fmt: skip
    """The quiz of notebook 5 with a network as the reader: can it tell fresh patches that hold a feature?

    Of each feature it is shown the known patches with the most of it. Then there are two fresh patches a turn: one of
    those with the most of it, and one drawn from those with no more than the middle one. It takes the one that is
    nearer to the mean of the patches shown; if neither is, half a point.

    Args:
        known, fresh: patches as the reader sees them, of :func:`seen_by`, ``(M, channels)`` and ``(N, channels)``.
        strengths, fresh_strengths: how much of each feature is in them, ``(M, features)`` and ``(N, features)``.
        shown: patches shown of a feature.
        turns: pairs for a feature.
        seed: decides the patches without the feature.

    Returns:
        The share of right answers for each feature that is at work (> 0) in enough patches, known and fresh.
    """
    generator, middle = torch.Generator().manual_seed(seed), known.mean(dim=0)
    known, fresh = (normalize(one - middle, dim=1) for one in (known, fresh))
    shares = []
    for values, new in zip(strengths.T, fresh_strengths.T, strict=True):
        if (values > 0).sum() < shown or (new > 0).sum() < turns:
            continue
        like = fresh @ known[values.topk(shown).indices].mean(dim=0)
        without = (new <= new.median().clamp_min(0)).nonzero()[:, 0]
        drawn = without[torch.randint(len(without), (turns,), generator=generator)]
        nearer = (like[new.topk(turns).indices] - like[drawn]).sign()
        shares.append((nearer / 2 + 0.5).mean().item())
    return shares
