"""The controls of the small network: one weight goes downhill, and then the pixels of a digit go up."""

from types import SimpleNamespace

import matplotlib
import torch
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from vizlib import inputs
from vizlib.descent import descend
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Picture, Slider, Text, table


def weight_descent(
    model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor, place: tuple[int, ...] = (5, 29),
    lr: float = 5.0, start: float = 3.5, reach: float = 4.0, steps: int = 60,
) -> Control:  # fmt: skip
    """The loss along a single weight, and a marker that steps down it.

    Args:
        model: ends in a linear layer; left as it is.
        images, labels: what the loss, the mean cross-entropy, is computed on.
        place: the weight, as an index into the weights of the last layer.
        lr: learning rate η to begin with.
        start: the weight's value to begin with.
        reach: the weight is drawn from −reach to reach.
        steps: number of updates.
    """
    name, weights = [(name, value.detach()) for name, value in model.named_parameters() if value.ndim > 1][-1]
    if len(place) != weights.ndim:
        raise ValueError(f"A place in the last layer is {weights.ndim} numbers, not {place!r}.")
    for index, side in zip(place, weights.shape, strict=True):
        inputs.whole(index, "An index into the last layer's weights", 0, side - 1)
    η = Slider(description="learning rate η", value=lr, min=0.1, max=1000, log=True)
    plot, state = Picture(560), SimpleNamespace()

    def loss(value):
        moved = weights.index_put(tuple(map(torch.tensor, place)), value)
        return cross_entropy(functional_call(model, {name: moved}, images), labels)

    with torch.no_grad():
        curve = [(value.item(), loss(value).item()) for value in torch.linspace(-reach, reach, 33)]

    def begin():
        state.weight = torch.tensor(inputs.number(start, "The start", -reach, reach), requires_grad=True)
        state.path = [(state.weight.item(), loss(state.weight).item())]
        return descending(), steps

    def descending():
        for step in descend(lambda: loss(state.weight), [state.weight], η.value, steps):
            state.path.append((state.weight.item(), loss(state.weight).item()))
            yield step

    def draw():
        weight, height = state.path[-1]
        outside = f", outside the picture to the {'right' if weight > 0 else 'left'}" if abs(weight) > reach else ""
        caption = f"weight {weight:.2f}, loss {height:.3f}{outside}"
        svg = _landscape(curve, state.path).encode()
        plot.show_file(svg, "svg+xml", caption, f"The loss along one weight; the marker is at {caption}")

    def finish():
        last, lowest = state.path[-1][1], min(height for _, height in curve)
        furthest = max((value for value, _ in state.path), key=abs)
        if last > lowest + 0.01 and abs(furthest) > reach:
            return f"η is too large: the weight jumped as far as {furthest:.1f}, and the loss is {last:.2f}."
        if last > lowest + 0.01:
            return f"Not there yet: the loss is {last:.3f}, and the lowest point of the curve is near {lowest:.3f}."
        return f"Arrived at the bottom: the loss is {last:.3f}."

    return Control("weight_descent", {"η": η}, [plot], begin, draw, finish, pace=0.1)


def _landscape(curve, path, width=560, height=220):
    """An SVG of the loss along a weight, with the way that the marker came."""
    low, high = curve[0][0], curve[-1][0]
    bottom, top = (bound(loss for _, loss in curve) for bound in (min, max))

    def at(value, loss):
        x = 50 + (width - 70) * (min(max(value, low), high) - low) / (high - low)
        y = 15 + (height - 45) * (top - min(loss, top)) / (top - bottom)
        return f"{x:.1f}", f"{y:.1f}"

    valley, came = (" ".join(",".join(at(*point)) for point in points) for points in (curve, path))
    dots = "".join('<circle cx="{}" cy="{}" r="2.5"/>'.format(*at(*point)) for point in path)
    x, y = at(*path[-1])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="13" font-family="Arial">'
        f'<rect width="{width}" height="{height}" fill="white"/>'
        f'<polyline points="{valley}" fill="none" stroke="black" stroke-width="2"/>'
        f'<polyline points="{came}" fill="none" stroke="gray" stroke-dasharray="3 3"/>{dots}'
        f'<circle cx="{x}" cy="{y}" r="8" fill="#d55e00" stroke="black" stroke-width="2"/>'
        f'<text x="4" y="24">{top:.2f}</text><text x="4" y="44">loss</text>'
        f'<text x="4" y="{height - 28}">{bottom:.2f}</text>'
        f'<text x="50" y="{height - 8}">{low:g}</text>'
        f'<text x="{width / 2}" y="{height - 8}" text-anchor="middle">the weight</text>'
        f'<text x="{width - 20}" y="{height - 8}" text-anchor="end">{high:g}</text></svg>'
    )


def pixel_descent(
    model: torch.nn.Module, target: int = 3, lr: float = 0.02, confidence: float = 0.95, steps: int = 200
) -> Control:
    """A blank slate whose pixels climb a digit's score until the network is satisfied.

    Args:
        model: images ``(N, 1, 8, 8)`` in, logits ``(N, 10)`` out; frozen, or left without gradients in any case.
        target: the digit to ask for.
        lr: learning rate η.
        confidence: the probability that satisfies.
        steps: give up after so many.
    """
    parts = {
        "target": Slider(description="digit", value=target, max=9),
        "η": Slider(description="learning rate η", value=lr, min=0.001, max=1, log=True),
        "confidence": Slider(description="confidence", value=confidence, min=0.5, max=0.99, step=0.01),
    }
    picture, slope, scores, state = Picture(152), Picture(152), Text(), SimpleNamespace()

    def begin():
        state.target = int(parts["target"].value)
        state.image = torch.zeros(1, 1, 8, 8, requires_grad=True)
        ask()
        return climbing(), steps

    def ask():
        with torch.no_grad():
            state.scores = model(state.image)[0]
        state.probabilities = state.scores.softmax(dim=0)

    def climbing():
        for step in descend(lambda: -model(state.image)[0, state.target], [state.image], parts["η"].value, steps):
            ask()
            yield step
            if satisfied():
                return

    def satisfied():
        return state.probabilities[state.target].item() >= parts["confidence"].value

    def draw():
        probability = state.probabilities[state.target].item()
        image = state.image.detach()[0]
        said = f"P({state.target}) = {probability:.2f}"
        picture.show(0.5 + image / 2, f"the image\n{said}", f"The image, mid-grey where a pixel is zero; {said}")
        gradient = torch.zeros(8, 8) if state.image.grad is None else -state.image.grad[0, 0]  # the score is −loss
        largest = gradient.abs().max().item()
        colours = torch.tensor(matplotlib.colormaps["PuOr"]((0.5 + gradient / (2 * max(largest, 1e-12))).numpy()))
        slope.show(
            colours[..., :3].permute(2, 0, 1).float(), f"its gradient\nlargest: {largest:.2f}",
            f"The gradient of the score: violet pixels should rise, orange ones fall; the largest is {largest:.2f}",
        )  # fmt: skip
        rows = [
            (f"{'→ ' * (digit == state.target)}{digit}", f"{score:z.1f}", f"{p:.2f} {'█' * round(8 * p)}")
            for digit, (score, p) in enumerate(zip(state.scores.tolist(), state.probabilities.tolist(), strict=True))
        ]
        scores.value = table(("digit", "score", "probability"), rows)

    def finish():
        probability = state.probabilities[state.target].item()
        verdict = "The network is satisfied" if satisfied() else "Not satisfied"
        return f"{verdict}: P({state.target}) = {probability:.2f}."

    return Control("pixel_descent", parts, [picture, slope, scores], begin, draw, finish, pace=0.05)
