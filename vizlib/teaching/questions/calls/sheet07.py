"""Small calls for sheet 07; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`."""

from vizlib.teaching.questions.calls.sheet01 import trained


def certificate(d):
    for labels, epsilon in (([d.randint(0, 1)], d.choice([25.5, 51])), ([0, 1], 25.5), ([1], 0)):
        layer = f"({d.numbers(2, 2)}, {d.numbers(2)})"
        yield f"CALL({d.pixels(len(labels), 2)}, torch.tensor({labels}), {epsilon}, [{layer}])"
    layers = f"({d.numbers(2, 2)}, {d.numbers(2)}), ({d.numbers(2, 2)}, {d.numbers(2)})"
    yield f"CALL({d.pixels(1, 2)}, torch.tensor([{d.randint(0, 1)}]), 25.5, [{layers}])"


def hardened_step(d):
    for model, arguments in trained(d):
        yield f"{model}\nCALL({arguments}, {d.choice([25.5, 51])}, {d.choice([0.1, 0.5])})"


def repair_worst_margin(d):
    model = f"Linear({d.rows(2, 2)})"
    for count, tries in ((1, 1), (2, 1), (1, 2)):
        images, changes = d.pixels(count, 1, 1, 2), d.numbers(tries, count, 1, 1, 2)
        labels = [d.randint(0, 1) for _ in range(count)]
        yield f"CALL({model}, {images}, torch.tensor({labels}), {changes}, {d.choice([25.5, 51])})"
