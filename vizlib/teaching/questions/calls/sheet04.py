"""Small calls for sheet 04; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`.

``jitter`` has none: what it draws, nobody can reckon.
"""


def clip_small_norm(d):
    yield f"CALL({d.pixels(1, 1, 1, 5)}, {d.choice([25, 50, 75])})"
    yield f"CALL({d.pixels(1, 2, 1, 3)}, 50)"
    yield f"CALL({d.pixels(1, 1, 1, 3)}, 0)"


def frequency_scale(d):
    height, width = d.sample([1, 2, 4], 2)
    yield f"CALL({height}, {width}, {d.choice([1.0, 2.0])})"
    yield f"CALL(2, 2, {d.choice([1.0, 2.0, 3.0])})"
    yield "CALL(1, 2, 0.0)"


def score_over_views(d):
    twice, less = "lambda images, generator: 2 * images", "lambda images, generator: images - 1"
    net, generator = f"Linear({d.rows(2, 2)})", "torch.Generator()"
    yield f"CALL({net}, {d.pixels(1, 1, 1, 2)}, {d.randint(0, 1)}, [{twice}, {less}], {generator}, 2)"
    yield f"CALL({net}, {d.pixels(2, 1, 1, 2)}, 0, [{twice}], {generator}, 1)"
    yield f"CALL({net}, {d.pixels(1, 1, 1, 2)}, 1, [], {generator}, 3)"


def total_variation(d):
    yield f"CALL({d.pixels(1, 1, 2, 2)})"
    yield f"CALL({d.pixels(1, 1, 1, 3)})"
    yield f"CALL({d.pixels(1, 1, 3, 1)})"
    yield f"CALL({d.pixels(2, 1, 1, 2)})"


def radial_spectrum(d):
    yield f"CALL({d.pixels(2, 2)})"
    yield f"CALL({d.choice(['2.0', '3.0'])} * torch.ones(2, 2))"
    yield f"CALL({d.pixels(1, 4)})"
