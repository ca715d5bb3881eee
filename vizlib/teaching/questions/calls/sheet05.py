"""Small calls for sheet 05; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`."""


def contributions(d):
    yield f"CALL({d.pixels(3)}, {_weights(d)}, {d.randint(0, 1)}, 2)"
    yield f"CALL({d.pixels(3)}, {_weights(d)}, 1, 1)"
    yield f"CALL({d.pixels(3)}, {_weights(d)}, 0, 1)"


def _weights(d):
    rows = [d.sample([1.0, 2.0, -1.5, 3.0, 0.5], 3) for _ in range(2)]
    return f"torch.tensor({[[max(n, 0.5) if i < 2 else n for i, n in enumerate(row)] for row in rows]})"


def most_active(d):
    for count, k in ((4, 2), (3, 1), (3, 3)):
        net, images = f"net = Layered({d.rows(2, 1)})", d.numbers(count, 1, 1, 2)
        yield f"{net}\nCALL(net, net.layer, {images}, {d.randint(0, 1)}, {k})"


def neuron_image(d):
    rows = d.sample([[3.0, 4.0, 0.0], [0.0, -3.0, 4.0], [6.0, 0.0, -8.0]], 2)
    for channel, rate, steps in ((d.randint(0, 1), d.choice([0.5, 1.0]), 1), (1, 0.5, 2), (0, 1.0, 0)):
        yield f"net = Layered({rows})\nCALL(net, net.layer, {channel}, {rate}, {steps}, 1)"


def receptive_field(d):
    for side, size in ((3, 6), (2, 5), (1, 4)):
        y, x = d.randint(0, size - side), d.randint(0, size - side)
        yield f"net = Window({side})\nCALL(net, net.layer, torch.ones(1, 1, {size}, {size}), 0, {y}, {x})"


def record(d):
    for channels, count in ((2, 1), (1, 2), (1, 1)):
        net = f"net = Layered({d.rows(channels, 1)})"
        yield f"{net}\nCALL(net, net.layer, {d.numbers(count, 1, 1, 2)})"


def unit_objective(d):
    yield f"CALL({d.numbers(1, 2, 2, 2)}, {d.randint(0, 1)})"
    yield f"CALL({d.numbers(1, 2, 2, 2)}, {d.randint(0, 1)}, ({d.randint(0, 1)}, {d.randint(0, 1)}))"
    yield f"CALL({d.numbers(2, 1, 1, 2)}, 0)"
