"""The largest learning rate that still arrives."""

import torch

from vizlib.check.exercise import exercise


class TwoValleys:
    """The gradient of a landscape with a steep valley at 0 and a gentle one at ``far``; it remembers its calls.

    In the steep valley a rate that is a little too large swings to and fro; a larger one is thrown out of it, and may
    arrive in the gentle valley. So a rate that fails says nothing of larger ones.
    """

    def __init__(self, steep, gentle, far):
        self.steep, self.gentle, self.far, self.log = steep, gentle, far, []

    def __call__(self, w):
        self.log.append({})
        inner = self.steep * w / (1 + w.abs())
        return torch.where(w.abs() < 1, inner, self.gentle * (w - self.far))


def cases(draw):
    steep, gentle = draw.uniform(low=7.0, high=8.0).item(), draw.uniform(low=0.9, high=1.1).item()
    valley = TwoValleys(steep, gentle, draw.uniform(low=2.8, high=3.2).item())
    start = draw.uniform(2, low=0.5, high=0.9, dtype=torch.float64)
    factor = draw.uniform(low=0.97, high=1.03).item()
    yield valley, start, [factor * rate for rate in (0.3, 0.15, 1.2, 0.05, 0.8, 2.4)]
    yield valley, start, [factor * rate for rate in (0.32, 0.1, 0.002, 0.2, 3.0)]
    yield valley, start, [factor * rate for rate in (0.3, 2.6, 0.001)]
    start = draw.uniform(1, low=0.55, high=0.7, dtype=torch.float64)
    yield valley, start, [1.4 / steep, 1.85 / steep], 8
    yield valley, torch.cat([start, start + 2]), [factor * rate for rate in (0.2, 0.3)]
    # From here the first step of the larger rate lands next to 0, and the following ones lead away from it again.
    rate = 0.4 * factor
    start = (torch.tensor([1e-3], dtype=torch.float64) + rate * gentle * 2.0) / (1 - rate * gentle)
    yield TwoValleys(steep, gentle, -2.0), start, [rate, 0.01, 0.1]


@exercise(cases, extra=True)
def largest_rate(gradient, start, rates, steps=50):
    best = None
    for rate in rates:
        w = start
        for _ in range(steps):
            w = w - rate * gradient(w)
        arrived = w.isfinite().all() and gradient(w).norm() < 1e-2
        if arrived and (best is None or rate > best):
            best = rate
    return best


largest_rate.answers(r"""
    gives up too early: It stops looking at the first rate that fails.
        Does a rate that fails say anything of those beside it?
        in rates → in sorted(rates) && if arrived and → if not arrived: break\n        if arrived and
    the first that arrives: It returns the first rate that arrives, not the largest. Is the list sorted?
        and (best is None or rate > best) → and best is None
    the last that arrives: It returns the last rate that arrives, not the largest. In which order do the rates come?
        and (best is None or rate > best) →
    not all steps: It stops as soon as the gradient is small once.
        Can a step that is too long lead away again? The docstring says how many are made.
        gradient(w)\n → gradient(w)\n            if gradient(w).norm() < 1e-2: break\n
    goes on from the last: A rate begins where the one before it has ended. Every rate deserves the same start.
        best = None\n → best, w = None, start\n && w = start\n        for → for
        w = w - rate * gradient(w) → w -= rate * gradient(w)
    any number of steps: It does not make the number of steps that was asked for. Where is steps used?
        range(steps) → range(50) | range(steps // 2)
    uphill: w - rate → w + rate
    a number for none: If no rate arrives, it returns a number. What does the docstring want then?
        when: got[2].result.kind == "float" and right[2].result.kind == "None"
        best = None → best = 0.0
        return best → return best or min(rates)
""")
