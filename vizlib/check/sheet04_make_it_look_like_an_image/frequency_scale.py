"""The scale that gives every wave its place."""

import torch

from vizlib.check.exercise import exercise


def inputs(draw):
    yield 6, 9, draw.uniform(low=0.8, high=1.2).item()
    yield 10, 7, draw.uniform(low=1.4, high=1.8).item()


@exercise(inputs)
def frequency_scale(height, width, decay):
    down = torch.fft.fftfreq(height)[:, None]
    across = torch.fft.rfftfreq(width)[None, :]
    frequency = (down.square() + across.square()).sqrt().clamp_min(1 / max(height, width))
    return 1 / frequency**decay


LEAST = ".clamp_min(1 / max(height, width))"
frequency_scale.bug(
    "1/0",
    "The frequency 0 gives inf.",
    "What does the docstring put in the place of the frequency 0?",
    f"{LEAST} → ",
    when=lambda got, right: not got[0].result.plain.isfinite().all(),
)
frequency_scale.bug(
    "the full spectrum",
    "Both axes have all their frequencies.",
    "How many coefficients does irfft2 want?",
    "rfftfreq(width) → fftfreq(width)",
    when=lambda got, right: got[0].result.shape == [6, 9],
)
frequency_scale.bug(
    "height and width swapped",
    "Height and width are in the wrong order.",
    "Which axis belongs to the height?",
    ("fftfreq(height) → fftfreq(width)", "rfftfreq(width) → rfftfreq(height)"),
)
frequency_scale.bug(
    "multiplied by the frequency",
    "High frequencies get the large numbers.",
    "Which waves are to be large?",
    "1 / frequency → frequency",
    ("1 / frequency → frequency", f"{LEAST} → "),
)
frequency_scale.bug(
    "decay ignored",
    "decay is not the exponent.",
    "Where does d stand in the formula?",
    "frequency**decay → frequency",
    "1 / frequency**decay → decay / frequency",
    "frequency**decay → (decay * frequency)",
)
frequency_scale.bug(
    "no root",
    "The frequencies of both axes are added as they are.",
    "They are the legs of a right triangle.",
    ".sqrt() → ",
    "(down.square() + across.square()).sqrt() → (down.abs() + across)",
    "(down.square() + across.square()).sqrt() → (down + across)",
)
frequency_scale.bug(
    "another least frequency",
    "The frequency 0 was replaced by another number.",
    "The slowest wave that fits is one wave along the longer side.",
    "max(height, width) → min(height, width)",
    f"{LEAST} → .add(1e-8)",
    f"{LEAST} → .clamp_min(1e-6)",
    when=lambda got, right: torch.isclose(got[0].result.plain, right[0].result.plain).float().mean() > 0.8,
)
frequency_scale.bug(
    "only one axis",
    "Only one axis counts.",
    "A wave may run down, across, or aslant.",
    "down.square() + → 0 * down +",
    "+ across.square() → + 0 * across",
)
frequency_scale.earns("not a tensor", "frequency**decay → frequency.numpy() ** decay")
frequency_scale.earns("another dtype", "frequency**decay → frequency.double() ** decay")
frequency_scale.also("1 / frequency**decay → torch.hypot(down, across).clamp(min=1 / max(height, width)) ** -decay")


@frequency_scale.also()
def loops(height, width, decay):
    scale = torch.empty(height, width // 2 + 1)
    for y in range(height):
        for x in range(width // 2 + 1):
            f = ((min(y, height - y) / height) ** 2 + (x / width) ** 2) ** 0.5
            scale[y, x] = 1 / max(f, 1 / max(height, width)) ** decay
    return scale
