"""A gradient without calculus: central differences."""

import torch

from vizlib.check.exercise import exercise


class BlackBox:
    """A function of which only values can be had; it remembers with what it was asked."""

    def __init__(self, draw, shape):
        self.factors, self.log = draw.normal(*shape, dtype=torch.float64), []

    def __call__(self, x):
        self.log.append({"fits": isinstance(x, torch.Tensor) and x.shape == self.factors.shape})
        x = torch.as_tensor(x).detach()
        return ((x**3 * self.factors).sum() + (x * self.factors).sum() ** 2).item()


def cases(draw):
    for shape, eps in (((2, 3), 0.1), ((4,), 0.05)):
        yield BlackBox(draw, shape), draw.normal(*shape, dtype=torch.float64), eps


@exercise(cases, tolerance=1e-6)
def numeric_gradient(f, x, eps=1e-3):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        up, down = x.clone(), x.clone()
        up.view(-1)[i] += eps
        down.view(-1)[i] -= eps
        gradient.view(-1)[i] = (f(up) - f(down)) / (2 * eps)
    return gradient


numeric_gradient.answers("""
    f gets something else: f was called with something that has not the shape of x.
        f wants the whole of x, with one number changed.
        forbid: not all(entry["fits"] for call in got for entry in call.log)
        f(up) - f(down) → f(up.view(-1)[i]) - f(down.view(-1)[i])
    twice too large: The difference is divided by eps. How far is it from x − eps to x + eps?
        (2 * eps) → eps
    one-sided: The difference is taken on one side of x only.
        A central difference looks to both sides: its error shrinks with eps².
        f(down) → f(x) && 2 * eps → eps
        f(up) → f(x) && 2 * eps → eps
    the sign: The slope has the wrong sign. Which of the two points is further along the axis?
        f(up) - f(down) → f(down) - f(up)
    all at once: All numbers of x are moved together. ∂f/∂x_i asks what happens if only x_i moves.
        up.view(-1)[i] += → up += && down.view(-1)[i] -= → down -=
    not put back: A number that was moved is not put back before the next one.
        Does each difference start from the same x? What was moved has to go back, or a copy has to move.
        when: "x.value" in got[0].after
        up, down = x.clone(), x.clone() → pass && gradient = → up, down = x.clone(), x.clone(); gradient =
        up, down = x.clone(), x.clone() → up, down = x, x.clone()
    another eps: eps is not the one that was asked for. Where does the distance come from?
        gradient = → eps = 1e-2; gradient = | eps = 1e-3; gradient = | eps = 1e-4; gradient =
    another default: eps=1e-3 → eps=1e-6
    not by differences: f is a black box: it gives a number, and no gradient comes with it.
        What can you learn about a slope from values alone?
        when: "backward" in got[0].error[1] or "grad" in got[0].error[1]
        gradient = → x = x.clone().requires_grad_(); f(x).backward(); gradient =
""")
