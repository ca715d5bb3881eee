"""The fast gradient sign method: one step away from the right class."""

import torch
import torch.nn.functional as F

from vizlib.check.exercise import exercise


def cases(draw):
    for n, dtype, wants in ((2, torch.float32, False), (1, torch.float64, True)):
        image = draw.uniform(n, 3, 6, 5, low=0.02, high=0.98, dtype=dtype).requires_grad_(wants)
        yield draw.net(blind=True, dtype=dtype), image, 3, 40


@exercise(cases)
def fgsm(model, image, label, epsilon):
    image = image.detach().clone().requires_grad_()
    loss = F.cross_entropy(model(image), torch.full((len(image),), label), reduction="sum")
    gradient = torch.autograd.grad(loss, image)[0]
    return (image.detach() + epsilon / 255 * gradient.sign()).clamp(0, 1)


fgsm.answers("""
    downhill: The step makes the label more likely. To get away from the label its loss has to rise. Which sign?
        + epsilon → - epsilon
    not clamped to [0, 1]: .clamp(0, 1) →
        image.detach() + → image.detach().clamp(0, 1) + && sign()).clamp(0, 1) → sign())
    no sign: gradient.sign() → gradient | gradient / gradient.norm() | gradient / gradient.abs().max() | gradient.tanh()
    the score: gradient = torch → loss = model(image)[:, label].sum(); gradient = torch
        gradient = torch → loss = -model(image)[:, label].sum(); gradient = torch
    softmax twice: model(image) → model(image).softmax(1)
    another class: (len(image),), label) → (len(image),), 0) | (len(image),), label - 1)
    the unit of epsilon: epsilon / 255 → epsilon | epsilon / 255**2 | epsilon / 256 | 1
    only the change: image.detach() + →
    hard-coded batch size: It works with one label only, however many images there are.
        The loss wants one label for each image.
        torch.full((len(image),), label) → torch.tensor([label])
        model(image), torch.full((len(image),), label) → model(image)[:1], torch.tensor([label])
    the graph is kept: return (image.detach() → return (image
    switches requires_grad of its input: image.detach().clone().requires_grad_() → image.requires_grad_()
""")
