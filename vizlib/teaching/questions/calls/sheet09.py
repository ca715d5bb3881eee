"""Small calls for sheet 09; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`."""


def smoothed_map(d):
    net, target = f"Linear({d.rows(2, 2)})", d.randint(0, 1)
    yield f"CALL({net}, {d.pixels(2, 1, 1)}, {target}, {d.numbers(1, 2, 1, 1)})"
    yield f"CALL(Linear({d.rows(2, 4)}), {d.pixels(2, 1, 2)}, {target}, {d.numbers(2, 2, 1, 2)})"
    yield f"CALL(lambda images: images.square().sum(3)[..., 0], {d.pixels(2, 1, 2)}, {target}, {d.numbers(2, 2, 1, 2)})"


def invert_layer(d):
    for count, factor, rate, steps in (
        (1, 2, d.choice([0.1, 0.2]), 1),
        (2, 1, 0.5, 1),
        (1, 1, d.choice([0.2, 0.5]), 2),
    ):
        arguments = f"{d.pixels(count, 1, 1, 2)}, {d.pixels(count, 1, 1, 2)}, {rate}, {steps}"
        yield f"CALL(lambda images: {factor} * images, {arguments})"


def sparse_code(d):
    directions = "torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [-1.0, 0.0]])"
    for count, active in ((1, 1), (1, 2), (2, 1), (1, 3)):
        yield f"CALL({d.numbers(count, 2)}, {directions}, {active})"


def repair_deletion(d):
    for tries, share in ((1, 0.5), (2, 0.5), (1, 1.0)):
        images, orders = f"{d.pixels(1, 1, 2)}, {d.pixels(1, 1, 2)}", f"{d.pixels(1, 2)}, {d.pixels(tries, 1, 2)}"
        yield f"CALL(Linear({d.rows(2, 2)}), {images}, {d.randint(0, 1)}, {orders}, {share})"
