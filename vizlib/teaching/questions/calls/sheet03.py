"""Small calls for sheet 03; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`."""


def one_hot_score(d):
    yield f"CALL({d.numbers(2, 3)}, {d.randint(0, 2)})"
    yield f"CALL({d.numbers(1, 3)}, {d.randint(0, 2)})"
    yield f"CALL({d.numbers(2, 2)}, 1)"


def class_objective(d):
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(1, 1, 1, 2)}, {d.randint(0, 1)}, {d.choice([0.5, 2.0])})"
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(2, 1, 1, 2)}, {d.randint(0, 1)}, 1.0)"
    yield f"CALL(Linear({d.rows(2, 2)}), {d.pixels(1, 1, 1, 2)}, 0, 0.0)"


def class_image(d):
    first, second = d.sample([[3.0, 4.0, 0.0], [0.0, -3.0, 4.0], [6.0, 0.0, -8.0]], 2)
    net = f"Linear([{first}, {second}])"
    yield f"CALL({net}, {d.randint(0, 1)}, {d.choice([0.5, 1.0, 2.0])}, 0.0, 1, 1)"
    yield f"CALL({net}, 1, {d.choice([0.5, 1.0])}, 1.0, 2, 1)"
    yield f"CALL({net}, 0, 0.5, 1.0, 0, 1)"


def second_opinion(d):
    nets = ", ".join(f"Linear({d.rows(2, 2)})" for _ in range(2))
    yield f"CALL({d.pixels(1, 1, 1, 2)}, {d.randint(0, 1)}, [{nets}])"
    yield f"CALL({d.pixels(1, 1, 1, 2)}, {d.randint(0, 1)}, [Linear({d.rows(2, 2)})])"
    yield f"CALL(torch.zeros(1, 1, 1, 2), 0, [Linear({d.rows(2, 2)})])"


def normalized_step(d):
    three, four = d.sample(["3.0", "-4.0"], 2)
    yield f"CALL({d.pixels(1, 1, 1, 2)}, torch.tensor([[[[{three}, {four}]]]]), {d.choice([0.5, 1.0, 2.0])})"
    yield f"CALL({d.pixels(2, 1, 1, 2)}, torch.tensor([[[[{three}, {four}]]], [[[6.0, 8.0]]]]), 1.0)"
    yield f"CALL({d.pixels(1, 1, 1, 2)}, torch.zeros(1, 1, 1, 2), 1.0)"


def redundancy(d):
    for window, stride in ((1, 1), (1, 2), (2, 1)):
        image = d.pixels(1, 1, 2, 3)
        yield f"CALL(Linear({d.rows(2, 6)}), {image}, {d.randint(0, 1)}, {window}, {stride})"


def repair_class_image(d):
    net = "Linear([[3.0, 4.0, 0.0], [0.0, -6.0, 8.0]])"
    yield f"CALL({net}, {d.choice(['[0]', '[1]'])}, {d.choice([0.5, 1.0, 2.0])}, 0.0, 1, 1)"
    yield f"CALL({net}, [1, 0], {d.choice([0.5, 1.0])}, 0.5, 1, 1)"
    yield f"CALL({net}, [0], {d.choice([0.5, 1.0])}, 1.0, 2, 1)"
