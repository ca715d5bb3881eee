"""What holds an image back.

A step has three places for it. A **penalty** is added to the loss. A **view** changes what the network looks at. A
**projection** changes the image after the update. None of them is about the class: each is an opinion on what images
look like.
"""

from vizlib import _renamed
from vizlib.regularizers.base import ActivationPenalty, Penalty, Projection, Regularizer, View
from vizlib.regularizers.penalties import L1, L2, BatchNormStatistics, BatchStatistics, TotalVariation
from vizlib.regularizers.projections import Blur, Clamp, ClipSmallContribution, ClipSmallNorm, Decay
from vizlib.regularizers.views import Affine, Crop, Jitter, Mirror, Noise, Rotate, Scale, Window, apply_views

ZOO = {
    kind.__name__: kind
    for kind in (
        *(L2, L1, TotalVariation, BatchNormStatistics, BatchStatistics),
        *(Jitter, Mirror, Rotate, Scale, Window, Crop, Noise),
        *(Decay, Blur, ClipSmallNorm, ClipSmallContribution, Clamp),
    )
}

__all__ = ["ZOO", "ActivationPenalty", "Affine", "Penalty", "Projection", "Regularizer", "View", "apply_views", *ZOO]
__getattr__ = _renamed.attribute("vizlib.regularizers")
