"""The fast gradient sign method: one step away from the right class."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise
from vizlib.check.recurring import ANOTHER_CLASS, SOFTMAX_TWICE


def inputs(draw):
    for n, dtype, wants in ((2, torch.float32, False), (1, torch.float64, True)):
        image = draw.uniform(n, 3, 6, 5, low=0.02, high=0.98, dtype=dtype).requires_grad_(wants)
        yield draw.net(blind=True, dtype=dtype), image, 3, 40


@exercise(inputs)
def fgsm(model, image, label, epsilon):
    image = image.detach().clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label), reduction="sum")
    gradient = torch.autograd.grad(loss, image)[0]
    return (image.detach() + epsilon / 255 * gradient.sign()).clamp(0, 1)


LOSS = 'F.cross_entropy(model(image), torch.full((len(image),), label), reduction="sum")'
fgsm.bug(
    "downhill",
    "The step makes the label more likely.",
    "To get away from the label its loss has to rise. Which sign?",
    "+ epsilon → - epsilon",
)
fgsm.bug(
    "not clamped",
    "Some pixels are below 0 or above 1.",
    "What values may a pixel have, and when do you see to it?",
    ".clamp(0, 1) → ",
    ("image.detach() + → image.detach().clamp(0, 1) +", "sign()).clamp(0, 1) → sign())"),
)
fgsm.bug(
    "no sign",
    "Pixels move by different amounts.",
    "What does the S in FGSM stand for?",
    "gradient.sign() → gradient",
    "gradient.sign() → gradient / gradient.norm()",
    "gradient.sign() → gradient / gradient.abs().max()",
    "gradient.sign() → gradient.tanh()",
)
fgsm.bug(
    "the score",
    "That follows the score, not the loss.",
    "The cross-entropy also knows the other classes.",
    f"{LOSS} → -model(image)[:, label].sum()",
    f"{LOSS} → model(image)[:, label].sum()",
)
fgsm.bug(*SOFTMAX_TWICE, "model(image) → model(image).softmax(1)")
fgsm.bug(*ANOTHER_CLASS, *(f"(len(image),), label) → (len(image),), {c})" for c in (0, 1, 2, 4)))
fgsm.bug(
    "the unit of epsilon",
    "The step is 255 times too long, or too short.",
    "epsilon counts in the levels of an 8-bit pixel.",
    "epsilon / 255 → epsilon",
    "epsilon / 255 → epsilon / 255**2",
    "epsilon / 255 → epsilon / 256",
    "epsilon / 255 → 1",
)
fgsm.bug(
    "only the change",
    "It returns the change without the image.",
    "Where is the image after the step?",
    "image.detach() + → ",
)
fgsm.bug(
    "hard-coded batch size",
    "It works with one label only, however many images there are.",
    "The loss wants one label for each image.",
    "torch.full((len(image),), label) → torch.tensor([label])",
    "model(image), torch.full((len(image),), label) → model(image)[:1], torch.tensor([label])",
)
fgsm.earns("the graph is kept", "return (image.detach() → return (image")
fgsm.earns("switches requires_grad of its input", "image.detach().clone().requires_grad_() → image.requires_grad_()")
fgsm.also(', reduction="sum" → ', "gradient.sign() → ((gradient > 0).to(gradient) - (gradient < 0).to(gradient))")


@fgsm.also()
def log_softmax(model, image, label, epsilon):
    leaf = image.detach().requires_grad_()
    model(leaf).log_softmax(dim=1)[:, label].sum().backward(inputs=[leaf])
    with torch.no_grad():
        return torch.clamp(leaf - epsilon / 255 * torch.sign(leaf.grad), 0, 1)
