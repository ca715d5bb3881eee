"""Small calls for sheet 01; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`."""


def trained(d):
    for count in (2, 1):
        images, labels = d.pixels(count, 1, 1, 2), [d.randint(0, 1) for _ in range(count)]
        yield f"model = Linear({d.rows(2, 2)})", f"model, {images}, torch.tensor({labels})"


def accuracy(d):
    for model, arguments in trained(d):
        yield f"{model}\nCALL({arguments})"
    images = d.pixels(4, 1, 1, 2)
    yield f"model = Linear({d.rows(2, 2)})\nCALL(model, {images}, torch.tensor([0, 1, 1, 1]))"


def cross_entropy(d):
    yield f"CALL({d.numbers(2, 2)}, torch.tensor([0, 1]))"
    yield f"CALL({d.numbers(1, 3)}, torch.tensor([{d.randint(0, 2)}]))"
    yield f"CALL(torch.zeros(1, {d.choice([2, 4, 8])}), torch.tensor([1]))"


def largest_rate(d):
    slope = d.choice([2, 4, 5])
    for steps in (50, 1):
        rates = d.sample([round(n / slope, 2) for n in (0.2, 0.5, 1.1, 1.5, 2.2, 3.0)], 4)
        yield f"CALL(lambda w: {slope} * w, torch.tensor([1.0]), {rates}, {steps})"
    yield f"CALL(lambda w: {slope} * w, torch.tensor([1.0]), [{3 / slope}, {4 / slope}])"


def numeric_gradient(d):
    factor = d.choice([2, 3, 5])
    yield f"CALL(lambda x: {factor} * x.square().sum(), {d.numbers(2)})"
    yield f"CALL(lambda x: {factor} * x.sum(), {d.numbers(2)}, 0.5)"
    yield f"CALL(lambda x: x.prod(), {d.numbers(1, 2)}, 0.1)"


def repair_training(d):
    for steps, momentum in ((2, 0.5), (1, 0.5), (3, 0.0)):
        model, arguments = next(trained(d))
        yield f"{model}\nCALL({arguments}, {d.choice([0.5, 1.0])}, {momentum}, {steps})"


def sgd_step(d):
    yield f"CALL({d.numbers(2)}, {d.numbers(2)}, {d.choice([0.1, 0.5])})"
    yield f"CALL({d.numbers(1)}, {d.numbers(1)}, 1.0)"
    yield f"CALL({d.numbers(2)}, torch.zeros(2), {d.choice([0.1, 0.5])})"


def train_step(d):
    for model, arguments in trained(d):
        yield f"{model}\nCALL({arguments}, {d.choice([0.1, 0.5])})"
