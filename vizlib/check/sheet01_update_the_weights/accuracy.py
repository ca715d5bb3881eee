"""The share of images that a network reads right."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    images, model = draw.uniform(11, 3, 6, 5), draw.net(gain=3)
    draw.apart(model(images))
    labels = model(images).argmax(1)
    draw.require(labels.unique().numel() > 2)
    labels[[1, 4, 5, 9]] = (labels[[1, 4, 5, 9]] + 1) % 5
    yield model.train(), images, labels
    yield model.eval(), images, labels
    yield model, images[:4], labels[:4]


@exercise(cases)
def accuracy(model, images, labels):
    before = model.training
    model.eval()
    with torch.no_grad():
        hits = model(images).argmax(dim=1) == labels
    model.train(before)
    return hits.float().mean().item()


accuracy.answers("""
    eval() forgotten: The network was asked in train mode, where dropout blots out half of it at random.
        There is a mode for use and one for training.
        forbid: trained(got, right)
        model.eval() → pass
    a number of images: hits.float().mean() → hits.float().sum() | (100 * hits.float()).mean()
    the share of errors: It returns how many are wrong. Count where label and prediction agree.
        == → !=
    the wrong axis: The largest score is looked for among the images. Which axis holds the classes?
        when: "size of tensor" in got[0].error[1]
        argmax(dim=1) == labels → argmax(dim=0) == labels | argmax(dim=0) == labels[:5] | argmax() == labels
    changes the mode: model.train(before) → pass | model.train()
    not a plain Python float: .item() →
""")
