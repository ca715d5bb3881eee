"""The share of images that a network reads right."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.recurring import trained


def inputs(draw):
    images, model = draw.uniform(11, 3, 6, 5), draw.net(gain=3)
    draw.apart(model(images))
    labels = model(images).argmax(1)
    labels[[1, 4, 5, 9]] = (labels[[1, 4, 5, 9]] + 1) % 5
    yield model.train(), images, labels
    yield model.eval(), images, labels
    yield model, images[:4], labels[:4]


@exercise(inputs)
def accuracy(model, images, labels):
    before = model.training
    model.eval()
    with torch.no_grad():
        hits = model(images).argmax(dim=1) == labels
    model.train(before)
    return hits.float().mean().item()


accuracy.bug(
    "eval() forgotten",
    "The network was asked in train mode, where dropout blots out half of it at random.",
    "There is a mode for use and one for training.",
    "model.eval() → pass",
    forbid=trained,
)
accuracy.bug(
    "a number of images",
    "It returns how many are right.",
    "Which share of all images is that?",
    "float().mean() → float().sum()",
)
accuracy.bug(
    "a percentage", "It returns a percentage.", "A share lies between 0 and 1.", "hits.float() → 100 * hits.float()"
)
accuracy.bug(
    "the share of errors", "It returns how many are wrong.", "Count where label and prediction agree.", "== → !="
)
accuracy.bug(
    "divided by another number",
    "The count is divided by something else than the number of images.",
    "How many labels are there?",
    *(f"hits.float().mean() → (hits.float().sum() / {n})" for n in (3, 5, 11, 55)),
)
accuracy.bug(
    "the wrong axis",
    "The largest score is looked for among the images.",
    "Which axis holds the classes?",
    "hits = model(images).argmax(dim=1) == labels → hits = model(images).argmax(dim=0) == labels[:5]",
    "hits = model(images).argmax(dim=1) == labels → hits = model(images).argmax() == labels",
    when=lambda got, right: "size of tensor" in got[0].error[1],
)
accuracy.earns("changes the mode", "model.train(before) → pass", "train(before) → train()")
accuracy.earns("not a plain Python float", ".item() → ")


@accuracy.also()
def loop(model, images, labels):
    was, hits = model.training, 0
    model.eval()
    for image, label in zip(images, labels, strict=True):
        hits += int(model(image[None])[0].argmax()) == int(label)
    model.train(was)
    return hits / len(labels)


@accuracy.also()
def with_try(model, images, labels):
    before = model.training
    try:
        with torch.inference_mode():
            return torch.eq(model.eval()(images).max(dim=1).indices, labels).double().mean().item()
    finally:
        model.train(before)
