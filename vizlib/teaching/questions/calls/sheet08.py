"""Small calls for sheet 08; ``CALL`` stands for the function. See :mod:`vizlib.teaching.questions.calls`."""

import torch


def add_noise(d):
    for shape, sigma in (((1, 1, 1, 2), d.choice([0.5, 2.0])), ((2, 1, 1, 1), 1.0), ((1, 1, 1, 2), 0.0)):
        yield f"{_noise(d, shape)}\nCALL({d.pixels(*shape)}, {sigma}, generator)"


def _noise(d, shape):
    seed = d.randint(0, 99)
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).flatten().tolist()
    said = ", ".join(f"{number:.2f}" for number in drawn)
    return f"generator = torch.Generator().manual_seed({seed})  # torch.randn gives {said}"


DENOISERS = (
    "lambda images, sigma: images / 2",
    "lambda images, sigma: images - sigma",
    "lambda images, sigma: 0 * images",
)


def denoising_loss(d):
    for shape, sigma in (((1, 1, 1, 2), d.choice([0.5, 2.0])), ((1, 1, 1, 1), 1.0), ((1, 1, 1, 2), 0.0)):
        yield f"{_noise(d, shape)}\nCALL({d.choice(DENOISERS)}, {d.pixels(*shape)}, {sigma}, generator)"


def denoised_step(d):
    for sigma, weight in ((d.choice([0.5, 2.0]), 0.5), (1.0, d.choice([0.1, 0.2])), (1.0, 1.0)):
        yield f"CALL({d.pixels(1, 1, 1, 2)}, {d.choice(DENOISERS)}, {sigma}, {weight})"


def guided_step(d):
    for sigma, weight, rate in ((d.choice([0.5, 2.0]), 0.5, 0.1), (1.0, 0.0, 0.5), (1.0, 0.5, 0.0)):
        net = f"Linear({d.rows(2, 2)})"
        arguments = f"{d.choice(DENOISERS)}, {net}, {d.randint(0, 1)}, {sigma}, {weight}, {rate}"
        yield f"CALL({d.pixels(1, 1, 1, 2)}, {arguments})"


def nearest_distance(d):
    for count, real in ((1, 2), (2, 2), (2, 1)):
        yield f"CALL({d.numbers(count, 1, 1, 2)}, {d.numbers(real, 1, 1, 2)})"
