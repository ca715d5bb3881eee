"""A prediction: committed before the answer, answered with why; the first guess counts."""

import pytest

from vizlib import widgets
from vizlib.widgets import prediction


@pytest.fixture(autouse=True)
def nothing_was_asked(monkeypatch):
    monkeypatch.setattr(prediction, "_asked", {})


@pytest.fixture
def shown(monkeypatch):
    """What :meth:`Prediction.answer` displays, as HTML."""
    said = []
    monkeypatch.setattr(prediction, "display", lambda one: said.append(one.data))
    return said


@pytest.mark.parametrize(
    ("answers", "guess", "truth", "said"),
    [
        ((1, 500), "30", 17, "You said 30 steps; it is 17 steps: 13 too high."),
        ((1, 500), "17", 17, "You said 17 steps; it is 17 steps: right."),
        ((0.0, 1.0), "0.25", 0.75, "You said 0.25 steps; it is 0.75 steps: 0.5 too low."),
        (["a cat", "a dog"], "a dog", "a cat", "You said a dog steps; it is a cat steps."),
        (["a cat", "a dog"], "a cat", "a cat", "You said a cat steps; it is a cat steps: right."),
        ([1, 10, 100], "10", 17, "You said 10 steps; it is 10 steps: right."),
        ((1, 500), "", 17, "It is 17 steps."),
    ],
)
def test_a_guess_stands_beside_the_truth(shown, answers, guess, truth, said):
    asked = widgets.predict("How many?", answers, "steps")
    asked.guess = guess
    assert asked.said == (f"Your guess: {guess} steps. Now run the next cell." if guess else "")
    asked.answer(truth, why="So <it> is.")
    assert asked.said == said
    assert shown == [f"<p><b>{said}</b></p><p>So &lt;it&gt; is.</p>"]


def test_the_first_guess_counts_and_may_be_changed_until_the_answer(shown):
    asked = widgets.predict("How many?", (1, 500))
    asked.guess = "30"
    asked.guess = "20"
    asked.answer(17, why="")
    asked.guess = "17"
    assert asked.guess == "20"
    assert widgets.predict("How many?", (1, 500)) is asked  # the cell is run again
    asked.answer(18, why="")
    assert asked.said == "You said 20; it is 18: 2 too high."


def test_whoever_did_not_guess_may_do_so_when_the_cell_is_run_again(shown):
    asked = widgets.predict("How many?", (1, 500))
    asked.answer(17, why="")
    asked.guess = "17"
    assert asked.guess == ""
    assert not widgets.predict("How many?", (1, 500)).answered


def test_all_guesses_are_counted_in_a_table(shown):
    assert widgets.guesses().data == "<p>No guess was made before its answer was shown.</p>"
    for question, guess, truth in (("One?", "1", 1), ("Two?", "9", 2), ("Three?", "", 3), ("Not answered?", "4", None)):
        asked = widgets.predict(question, (0, 10))
        asked.guess = guess
        if truth is not None:
            asked.answer(truth, why="")
    table = widgets.guesses().data
    assert table.count("<tr>") == 3
    assert "7 too high" in table
    assert "1 of 2 right." in table


@pytest.mark.parametrize(
    ("answers", "truth", "error"),
    [
        (["a", "b"], "c", "There is no answer 'c'; the nearest: 'a', 'b'."),
        ((1, 2), float("nan"), "the answer must be a finite number"),
    ],
)
def test_a_truth_that_cannot_be_one_is_one_sentence(answers, truth, error):
    with pytest.raises(ValueError, match=error):
        widgets.predict("Which?", answers).answer(truth, why="")


def test_where_a_notebook_is_only_read_it_is_text():
    data, _ = widgets.predict("Is 3 < 4?", ["yes", "no"])._repr_mimebundle_()
    assert data["text/html"] == "<p><b>Predict.</b> Is 3 &lt; 4?</p><p>yes · no</p>"
    data, _ = widgets.predict("How many?", (1, 500), "steps")._repr_mimebundle_()
    assert data["text/html"] == "<p><b>Predict.</b> How many?</p><p>a number from 1 to 500 steps</p>"
