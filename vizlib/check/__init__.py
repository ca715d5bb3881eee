"""Checks for the exercises: ``check.pixel_step(pixel_step)`` says that the answer is right, or what is wrong."""

from vizlib.check.class_images import class_image, class_objective, normalized_step, one_hot_score, second_opinion
from vizlib.check.core import CheckFailed
from vizlib.check.fooling import fgsm, pgd, project_linf, survives_saving, targeted_step
from vizlib.check.helpers import picture, solution
from vizlib.check.neurons import channel_objective, most_active, neuron_image, neuron_objective, record
from vizlib.check.pixels import ascend_until, blank_image, freeze, pixel_gradient, pixel_step
from vizlib.check.regularize import clip_small_norm, frequency_scale, jitter, l2_penalty, total_variation
from vizlib.check.weights import accuracy, cross_entropy, numeric_gradient, sgd_step, train_step

__all__ = [
    "CheckFailed", "picture", "solution",
    "accuracy", "cross_entropy", "numeric_gradient", "sgd_step", "train_step",
    "ascend_until", "blank_image", "freeze", "pixel_gradient", "pixel_step",
    "class_image", "class_objective", "normalized_step", "one_hot_score", "second_opinion",
    "clip_small_norm", "frequency_scale", "jitter", "l2_penalty", "total_variation",
    "channel_objective", "most_active", "neuron_image", "neuron_objective", "record",
    "fgsm", "pgd", "project_linf", "survives_saving", "targeted_step",
]  # fmt: skip
