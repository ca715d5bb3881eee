"""Controls for JupyterLab, one for each idea of the course.

They are views: each drives the one loop, or what is built on it, and draws what it yields.
"""

from vizlib.widgets.classes import class_dreamer, regularizer_lab
from vizlib.widgets.digits import pixel_descent, weight_descent
from vizlib.widgets.neurons import neuron_browser
from vizlib.widgets.photos import fooling_lab

__all__ = [
    "class_dreamer",
    "fooling_lab",
    "neuron_browser",
    "pixel_descent",
    "regularizer_lab",
    "weight_descent",
]
