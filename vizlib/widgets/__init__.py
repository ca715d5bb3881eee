"""Controls for JupyterLab, one for each idea of the course.

They are views: each drives the one loop, or what is built on it, and draws what it yields.
"""

from vizlib.widgets.classes import ClassDreamer as class_dreamer
from vizlib.widgets.digits import PixelDescent as pixel_descent
from vizlib.widgets.digits import WeightDescent as weight_descent
from vizlib.widgets.guidance import GuidanceLab as guidance_lab
from vizlib.widgets.lab import RegularizerLab as regularizer_lab
from vizlib.widgets.neurons import NeuronBrowser as neuron_browser
from vizlib.widgets.patches import WhichPatch as which_patch
from vizlib.widgets.photos import FoolingLab as fooling_lab
from vizlib.widgets.prediction import guesses, predict
from vizlib.widgets.questions import QuestionLab as question_lab

__all__ = [
    "class_dreamer",
    "fooling_lab",
    "guesses",
    "guidance_lab",
    "neuron_browser",
    "pixel_descent",
    "predict",
    "question_lab",
    "regularizer_lab",
    "weight_descent",
    "which_patch",
]
