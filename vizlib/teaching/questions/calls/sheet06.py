"""Small calls for sheet 06; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`."""


def fgsm(d):
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(1, 1, 1, 2)}, {d.randint(0, 1)}, {d.choice([25.5, 51])})"
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(2, 1, 1, 2)}, {d.randint(0, 1)}, {d.choice([51, 102])})"
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(1, 1, 1, 2)}, 0, 0)"


def project_linf(d):
    yield f"CALL({d.numbers(1, 1, 1, 3)}, {d.pixels(1, 1, 1, 3)}, {d.choice([25.5, 51])})"
    yield f"CALL({d.pixels(1, 1, 1, 3)}, {d.pixels(1, 1, 1, 3)}, {d.choice([51, 102])})"
    yield f"CALL({d.numbers(1, 1, 1, 3)}, {d.pixels(1, 1, 1, 3)}, 255)"


def project_l2(d):
    yield f"CALL(torch.tensor([[[[0.8, 0.9]]]]), torch.tensor([[[[0.5, 0.5]]]]), {d.choice([25.5, 51, 102])})"
    yield f"CALL({d.numbers(1, 1, 1, 2)}, {d.pixels(1, 1, 1, 2)}, {d.choice([51, 510])})"
    yield f"CALL({d.pixels(2, 1, 1, 2)}, {d.pixels(2, 1, 1, 2)}, {d.choice([25.5, 255])})"


def pgd(d):
    model, image = f"Linear({d.rows(2, 2)})", d.pixels(1, 1, 1, 2)
    yield f"CALL({model}, {image}, {d.randint(0, 1)}, {d.choice([51, 76.5])}, 25.5, 3)"
    yield f"CALL({model}, {d.pixels(2, 1, 1, 2)}, {d.randint(0, 1)}, 51, 25.5, 1)"
    yield f"CALL({model}, {d.pixels(1, 1, 1, 2)}, 0, 255, 102, 2)"


def repair_pgd(d):
    model = "Linear([[3.0, 0.0], [0.0, 4.0]])"
    yield f"CALL({model}, {d.pixels(1, 1, 1, 2)}, {d.randint(0, 1)}, {d.choice([25.5, 51])}, 25.5, 2)"
    yield f"CALL({model}, {d.pixels(1, 1, 1, 2)}, 1, 255, 51, 1)"
    yield f"CALL({model}, {d.pixels(2, 1, 1, 2)}, 0, 51, 102, 1)"


def survives_saving(d):
    for level in d.sample([0.2, 0.4, 0.6, 0.8], 4):
        image = f"torch.tensor([[[[1.0, {d.randint(30, 90)} / 255 + {level} / 255]]]])"
        edge = f"{d.randint(30, 90)} / 255"
        yield f"CALL(Linear([[{edge}, 0.0], [0.0, 1.0]]), {image}, {d.randint(0, 1)})"


def transfer(d):
    for count in (2, 3, 1):
        nets = ", ".join(f"Linear({d.rows(2, 2)})" for _ in range(2))
        images = ", ".join(d.numbers(count, 1, 1, 2) for _ in range(2))
        yield f"CALL([{nets}], [{images}], {d.randint(0, 1)})"
