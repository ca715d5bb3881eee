"""The controls of the small network: one weight goes downhill, and then the pixels of a digit go up."""

import torch
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from vizlib import _validate, plotting
from vizlib.descent import descend
from vizlib.widgets.control import Control
from vizlib.widgets.parts import Picture, Slider, Text, table


class WeightDescent(Control):
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

    name = "weight_descent"
    min_interval = 0.1

    def __init__(
        self, model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor, place: tuple[int, ...] = (5, 29),
        lr: float = 5.0, start: float = 3.5, reach: float = 4.0, steps: int = 60,
    ):  # fmt: skip
        self._model, self._images, self._labels, self._place, self._most = model, images, labels, place, steps
        named = [(name, value.detach()) for name, value in model.named_parameters() if value.ndim > 1]
        self._name, self._weights = named[-1]
        if len(place) != self._weights.ndim:
            raise ValueError(f"A place in the last layer is {self._weights.ndim} numbers, not {place!r}.")
        for index, side in zip(place, self._weights.shape, strict=True):
            _validate.whole(index, "An index into the last layer's weights", 0, side - 1)
        self._start, self._reach = _validate.number(start, "The start", -reach, reach), reach
        with torch.no_grad():
            self._curve = [(value.item(), self._loss(value).item()) for value in torch.linspace(-reach, reach, 33)]
        self._lr = Slider(description="learning rate η", value=lr, min=0.1, max=1000, log=True)
        self._plot = Picture(560)
        super().__init__({"η": self._lr}, [self._plot])

    def _loss(self, value):
        moved = self._weights.index_put(tuple(map(torch.tensor, self._place)), value)
        return cross_entropy(functional_call(self._model, {self._name: moved}, self._images), self._labels)

    def begin(self):
        self._weight = torch.tensor(self._start, requires_grad=True)
        self._path = []
        self._note()
        steps = descend(
            lambda: self._loss(self._weight), [self._weight], self._lr.value, self._most,
            after=lambda step: self._note(),
        )  # fmt: skip
        return steps, len(steps)

    def _note(self):
        self._path.append((self._weight.item(), self._loss(self._weight).item()))

    def draw(self):
        weight, height = self._path[-1]
        side = "right" if weight > 0 else "left"
        outside = f", outside the picture to the {side}" if abs(weight) > self._reach else ""
        caption = f"weight {weight:.2f}, loss {height:.3f}{outside}"
        svg = _landscape(self._curve, self._path)
        self._plot.show_svg(svg, caption, f"The loss along one weight; the marker is at {caption}")

    def finish(self):
        last, lowest = self._path[-1][1], min(height for _, height in self._curve)
        furthest = max((value for value, _ in self._path), key=abs)
        if last > lowest + 0.01 and abs(furthest) > self._reach:
            return f"η is too large: the weight jumped as far as {furthest:.1f}, and the loss is {last:.2f}."
        if last > lowest + 0.01:
            return f"Not there yet: the loss is {last:.3f}, and the lowest point of the curve is near {lowest:.3f}."
        return f"Arrived at the bottom: the loss is {last:.3f}."


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


class PixelDescent(Control):
    """A blank slate whose pixels climb a digit's score until the network is satisfied.

    Args:
        model: images ``(N, 1, 8, 8)`` in, logits ``(N, 10)`` out; frozen, or left without gradients in any case.
        target: the digit to ask for.
        lr: learning rate η.
        confidence: the probability that satisfies.
        steps: give up after so many.
    """

    name = "pixel_descent"
    min_interval = 0.05

    def __init__(
        self, model: torch.nn.Module, target: int = 3, lr: float = 0.02, confidence: float = 0.95, steps: int = 200
    ):
        self._model, self._most = model, steps
        parts = {
            "target": Slider(description="digit", value=target, max=9),
            "η": Slider(description="learning rate η", value=lr, min=0.001, max=1, log=True),
            "confidence": Slider(description="confidence", value=confidence, min=0.5, max=0.99, step=0.01),
        }
        self._picture, self._slope, self._scores = Picture(152), Picture(152), Text()
        super().__init__(parts, [self._picture, self._slope, self._scores])

    def begin(self):
        self._target = int(self.settings["target"].value)
        self._enough = self.settings["confidence"].value
        self._image = torch.zeros(1, 1, 8, 8, requires_grad=True)
        return self._climb(self.settings["η"].value), self._most

    def _climb(self, lr):
        score = lambda: self._model(self._image)[0, self._target]  # noqa: E731
        for step in descend(lambda: -score(), [self._image], lr, self._most):
            yield step
            if self._probabilities()[self._target] >= self._enough:
                return

    @torch.no_grad()
    def _logits(self):
        return self._model(self._image)[0]

    def _probabilities(self):
        return self._logits().softmax(dim=0)

    def draw(self):
        target, logits = self._target, self._logits()
        probabilities = logits.softmax(dim=0).tolist()
        said = f"P({target}) = {probabilities[target]:.2f}"
        self._picture.show(
            0.5 + self._image.detach()[0] / 2, f"the image\n{said}",
            f"The image, mid-grey where a pixel is zero; {said}",
        )  # fmt: skip
        gradient = torch.zeros(8, 8) if self._image.grad is None else -self._image.grad[0, 0]  # the score is −loss
        largest = gradient.abs().max().item()
        self._slope.show(
            plotting.diverging(gradient, largest), f"its gradient\nlargest: {largest:.2f}",
            f"The gradient of the score: violet pixels should rise, orange ones fall; the largest is {largest:.2f}",
        )  # fmt: skip
        rows = [
            (f"{'→ ' * (digit == target)}{digit}", f"{score:z.1f}", f"{p:.2f} {'█' * round(8 * p)}")
            for digit, (score, p) in enumerate(zip(logits.tolist(), probabilities, strict=True))
        ]
        self._scores.value = table(("digit", "score", "probability"), rows)

    def finish(self):
        probability = self._probabilities()[self._target].item()
        verdict = "The network is satisfied" if probability >= self._enough else "Not satisfied"
        return f"{verdict}: P({self._target}) = {probability:.2f}."
