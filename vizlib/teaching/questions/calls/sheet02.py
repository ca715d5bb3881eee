"""Small calls for sheet 02; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`."""


def prepare(d):
    height, width = d.sample([1, 2, 3], 2)
    yield f"CALL(Linear({d.rows(2, 3)}), {height}, {width})"
    yield f"CALL(Linear({d.rows(2, 3)}), {width}, {height}, 1)"
    yield f"CALL(Linear({d.rows(2, 3)}), 2, 2, {d.choice([1, 2])})"


def pixel_gradient(d):
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(1, 1, 1, 2)}, {d.randint(0, 1)})"
    yield f"CALL(Linear({d.rows(3, 2)}), {d.pixels(2, 1, 1, 2)}, {d.randint(0, 2)})"
    yield f"CALL(Linear({d.rows(2, 2)}), torch.zeros(1, 1, 1, 2), 0)"


def pixel_step(d):
    yield f"CALL({d.pixels(1, 1, 1, 2)}, {d.numbers(1, 1, 1, 2)}, {d.choice([0.1, 0.5])})"
    yield f"CALL({d.pixels(1, 1, 1, 2)}, {d.numbers(1, 1, 1, 2)}, 1.0)"
    yield f"CALL({d.pixels(1, 1, 1, 2)}, torch.zeros(1, 1, 1, 2), {d.choice([0.1, 0.5])})"


def ascend_until(d):
    image, target = d.pixels(1, 1, 1, 2), d.randint(0, 1)
    yield f"CALL(Linear({d.rows(2, 2)}), {image}, {target}, {d.choice([0.1, 0.5])}, 0.95, {d.randint(1, 2)})"
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(1, 1, 1, 2)}, 1, 0.5, 0.95, 0)"
    yield f"CALL(Linear([[2.0, 0.0], [0.0, 2.0]]), torch.tensor([[[[9.0, 0.5]]]]), 0, {d.choice([0.1, 0.5])})"
    yield f"CALL(Linear([[2.0, 0.0], [0.0, 0.0]]), torch.zeros(1, 1, 1, 2), 0, {d.choice([0.2, 0.4])}, 0.9, 9)"


def least_change(d):
    for _ in range(3):
        low, high = d.randint(1, 4), d.randint(5, 9)
        weights, target = f"[[0.0, {high}.0], [{low}.0, 0.0]]", 0
        image, other = "torch.tensor([[[[1.0, 0.0]]]])", "torch.tensor([[[[1.0, 1.0]]]])"
        yield f"image, other = {image}, {other}\nCALL(Linear({weights}), image, other, {target})"


def repair_ascent(d):
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(1, 1, 1, 2)}, {d.randint(0, 1)}, {d.choice([0.1, 0.5])}, 2)"
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(2, 1, 1, 2)}, 1, 0.1, 1)"
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(1, 1, 1, 2)}, 0, 0.5, 0)"
