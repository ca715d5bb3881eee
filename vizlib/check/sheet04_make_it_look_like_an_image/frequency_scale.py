"""The scale that gives every wave its place."""

import torch

from vizlib.check.exercise import exercise


def cases(draw):
    yield 6, 9, draw.uniform(low=0.8, high=1.2).item()
    yield 10, 7, draw.uniform(low=1.4, high=1.8).item()


@exercise(cases)
def frequency_scale(height, width, decay):
    down = torch.fft.fftfreq(height)[:, None]
    across = torch.fft.rfftfreq(width)[None, :]
    frequency = (down.square() + across.square()).sqrt().clamp_min(1 / max(height, width))
    return 1 / frequency**decay


frequency_scale.answers("""
    1/0: The frequency 0 gives inf. What does the docstring put in the place of the frequency 0?
        when: not got[0].result.plain.isfinite().all()
        .clamp_min(1 / max(height, width)) →
    height and width swapped: fftfreq(height) → fftfreq(width) && rfftfreq(width) → rfftfreq(height)
    multiplied by the frequency: High frequencies get the large numbers. Which waves are to be large?
        1 / frequency → frequency
        1 / frequency → frequency && .clamp_min(1 / max(height, width)) →
    decay ignored: decay is not the exponent. Where does d stand in the formula?
        frequency**decay → frequency | (decay * frequency)
        1 / frequency**decay → decay / frequency
    no root: The frequencies of both axes are added as they are. They are the legs of a right triangle.
        .sqrt() →
        (down.square() + across.square()).sqrt() → (down.abs() + across) | (down + across)
    another least frequency: The frequency 0 was replaced by another number.
        The slowest wave that fits is one wave along the longer side.
        when: torch.isclose(got[0].result.plain, right[0].result.plain).float().mean() > 0.8
        max(height, width) → min(height, width)
        clamp_min(1 / max(height, width)) → add(1e-8) | clamp_min(1e-6)
    only one axis: down.square() + → 0 * down +
        + across.square() → + 0 * across
    not a tensor: frequency**decay → frequency.numpy() ** decay
    another dtype: frequency**decay → frequency.double() ** decay
""")
