"""A guess that is committed before the answer is seen, and what it was worth."""

import html
from collections.abc import Sequence
from numbers import Real

import anywidget
from IPython.display import HTML, display
from traitlets import Bool, Float, List, Unicode, validate

from vizlib import _validate
from vizlib.widgets.parts import STATIC, table

_asked: dict[str, "Prediction"] = {}  # question → what was asked last, in the order of the notebook


class Prediction(anywidget.AnyWidget):
    """A question with choices or a field for a number, and a button. Made by :func:`predict`.

    Attributes:
        guess: what the reader has committed, as text; empty before. Once the answer is shown it stays as it is.
    """

    name = "predict"
    _esm = STATIC / "predict.js"
    _css = STATIC / "parts.css"
    question = Unicode().tag(sync=True)
    choices = List(Unicode()).tag(sync=True)
    low = Float().tag(sync=True)
    high = Float().tag(sync=True)
    whole = Bool().tag(sync=True)
    unit = Unicode().tag(sync=True)
    guess = Unicode().tag(sync=True)
    answered = Bool(False).tag(sync=True)
    said = Unicode().tag(sync=True)

    def __init__(self, question: str, answers: Sequence, unit: str = ""):
        if isinstance(answers, tuple):
            low, high = (_validate.number(end, "an end of the range") for end in answers)
            whole = all(isinstance(end, int) for end in answers)
            given = {"low": low, "high": high, "whole": whole}
        else:
            given = {"choices": [str(one) for one in answers]}
        self.truth = None
        super().__init__(question=question, unit=unit, **given)
        self.observe(self._committed, "guess")

    @validate("guess")
    def _first(self, proposal):
        return self.guess if self.answered else proposal["value"]

    def _committed(self, change):
        self.said = f"Your guess: {self._named(self.guess)}. Now run the next cell."

    def answer(self, value: object, why: str) -> None:
        """Show the guess beside the truth, and why it is so; from now on the guess stays as it is.

        Args:
            value: the truth, from the cell that found it: one of the choices, or a number. Where the choices are
                numbers, the nearest is right.
            why: one or two sentences.

        Raises:
            ValueError: if the truth is none of the choices.
        """
        self.truth = self._text(value)
        self.said = self._verdict()
        self.answered = True
        display(HTML(f"<p><b>{html.escape(self.said)}</b></p><p>{html.escape(why)}</p>"))

    def row(self) -> tuple[str, str, str, str]:
        """Question, guess, truth, and how far the one is from the other, for the table of :func:`guesses`."""
        return self.question, self._named(self.guess), self._named(self.truth), self._distance()

    def _text(self, value):
        number = isinstance(value, Real)
        if not self.choices:
            return f"{_validate.number(value, 'the answer'):.4g}"
        if number and str(value) not in self.choices:
            return min(self.choices, key=lambda one: abs(float(one) - value))
        return _validate.choice(str(value), self.choices, "answer")

    def _verdict(self):
        if not self.guess:
            return f"It is {self._named(self.truth)}."
        away = f": {self._distance()}" if self._distance() else ""
        return f"You said {self._named(self.guess)}; it is {self._named(self.truth)}{away}."

    def _distance(self):
        if self.guess == self.truth:
            return "right"
        if self.choices:
            return ""
        away = float(self.guess) - float(self.truth)
        return f"{abs(away):.3g} too {'high' if away > 0 else 'low'}" if away else "right"

    def _named(self, text):
        return f"{text} {self.unit}".strip()

    def __repr__(self):
        return f"<the control {self.name}>"

    def _repr_mimebundle_(self, **kwargs):
        # What is seen where a notebook is only read.
        between = f"a number from {self.low:g} to {self.high:g} {self.unit}".strip()
        offered = " · ".join(self.choices) or between
        text = f"<p><b>Predict.</b> {html.escape(self.question)}</p><p>{html.escape(offered)}</p>"
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return data | {"text/html": text}, metadata


def predict(question: str, answers: Sequence, unit: str = "") -> Prediction:
    """Ask for a guess before the next cell is run; ``guess.answer(value, why=…)`` there shows what it was worth.

    Args:
        question: one sentence.
        answers: a list of choices, or the ends of a range as a tuple; two whole numbers ask for a whole number.
        unit: what the numbers are, as in "17 steps".

    Example:
        ``guess = widgets.predict("How many steps does the 3 need?", (1, 500), "steps")``
    """
    before = _asked.get(question)
    if before is not None and before.answered and before.guess:
        return before  # the first guess counts
    _asked[question] = Prediction(question, answers, unit)
    return _asked[question]


def guesses() -> HTML:
    """All guesses of this notebook that have been answered, as a table."""
    rows = [one.row() for one in _asked.values() if one.guess and one.answered]
    if not rows:
        return HTML("<p>No guess was made before its answer was shown.</p>")
    right = sum(row[-1] == "right" for row in rows)
    head = table(("question", "your guess", "it is", "difference"), rows)
    return HTML(f"{head}<p>{right} of {len(rows)} right.</p>")
