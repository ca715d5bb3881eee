"""Every wrong answer fails with its own hint; every right one passes; no check falls into a trap of nbgrader."""

import contextlib
import re
import warnings
from pathlib import Path

import nbformat
import pytest
import torch

from tests.check_catalogue import ANSWERS, EXERCISES, RIGHT, WRONG
from vizlib import check
from vizlib.check import guard, helpers
from vizlib.check.messages import ERRORS

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", autouse=True)
def optimizers():
    """The first use of an optimizer imports for seconds."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1).step()


@pytest.fixture(autouse=True)
def short_limit(monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 2.0)


@pytest.mark.parametrize("answer", WRONG, ids=lambda answer: answer.id)
def test_wrong_answer_gets_its_hint(answer, capfd):
    with pytest.raises(check.CheckFailed) as failure:
        getattr(check, answer.exercise)(answer.function)
    assert answer.says in str(failure.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.id)
def test_right_answer_passes(answer, capfd):
    assert getattr(check, answer.exercise)(answer.function) is None
    out, err = capfd.readouterr()
    assert out == f"✓ {answer.exercise} is right.\n"
    assert err == ""


def test_the_catalogue_is_large_enough(capsys):
    for exercise in EXERCISES:
        wrong, right = ([answer for answer in list_ if answer.exercise == exercise] for list_ in (WRONG, RIGHT))
        assert len(wrong) >= 5, exercise
        assert len(right) >= 3, exercise
    assert len({answer.id for answer in ANSWERS}) == len(ANSWERS)
    with capsys.disabled():
        print(f"\n{len(WRONG)} wrong answers and {len(RIGHT)} right ones to {len(EXERCISES)} exercises")


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "without parentheses"),
        (lambda *arguments: None, "None"),
        (lambda *arguments: "a string", "✗"),
        (lambda: None, "Keep the line with def"),
    ],
    ids=["not a function", "None", "a string", "no arguments"],
)
def test_what_is_no_answer_fails(exercise, answer, says):
    with pytest.raises(check.CheckFailed, match=says):
        getattr(check, exercise)(answer)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_stub_is_not_written_yet(exercise):
    def stub(*arguments):
        raise NotImplementedError()

    with pytest.raises(check.CheckFailed, match="not written yet"):
        getattr(check, exercise)(stub)


def test_answer_that_does_everything_one_should_not():
    def pixel_step(image, gradient, lr):
        print("hello")
        warnings.warn("a warning", stacklevel=1)
        torch.manual_seed(3)
        torch.set_grad_enabled(False)
        return (image.detach() + lr * gradient).requires_grad_()

    before = torch.get_rng_state()
    with pytest.raises(check.CheckFailed, match="random"):
        check.pixel_step(pixel_step)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.is_grad_enabled()


def test_endless_answer_is_stopped():
    def pixel_step(image, gradient, lr):
        while True:
            with contextlib.suppress(Exception):
                lr += 1

    with pytest.raises(check.CheckFailed, match="did not stop"):
        check.pixel_step(pixel_step)


def test_another_device_has_its_own_sentence():
    with pytest.raises(check.CheckFailed, match="on the device meta"):
        check.sgd_step(lambda weights, gradient, lr: (weights - lr * gradient).to("meta"))


def test_card_is_short_and_says_what_came_back():
    with pytest.raises(check.CheckFailed) as failure:
        check.pixel_step(lambda image, gradient, lr: (image.detach() - lr * gradient).requires_grad_())
    card = failure.value._render_traceback_()
    assert len(card) <= 8
    assert "✗ pixel_step: downhill" in card[0]
    assert any("expected" in line for line in card)
    assert any("got" in line for line in card)
    assert card[-1].startswith("Hint: ")


def test_solution_is_found_above_the_notebook(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(ROOT / "exercises" / "02_update_the_pixels")
    check.solution("pixel_step")
    assert "image.detach() + lr * gradient" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    check.solution("pixel_step")
    assert "There is no solution of pixel_step here" in capsys.readouterr().out


def test_picture_says_in_a_line_that_it_cannot_be_drawn(capsys, monkeypatch):
    def pixel_step(image, gradient, lr):
        raise NotImplementedError()

    with check.picture(pixel_step):
        pixel_step(1, 2, 3)
    assert capsys.readouterr().out.count("\n") == 1
    monkeypatch.setattr(helpers, "SECONDS", 0.1)
    with check.picture(pixel_step):
        while True:
            pass
    assert "pixel_step, which takes longer than 0.1 seconds" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(ROOT.glob("solutions/*/*.ipynb")), ids=lambda path: path.stem)
def test_notebook_has_what_a_reader_needs(path):
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    messages = "".join(file.read_text() for file in (ROOT / "vizlib" / "check").glob("*.py"))
    for exercise in (name for name, where in EXERCISES.items() if where == path.stem):
        assert cells[f"check_{exercise}"].metadata.nbgrader.points > 0
        assert cells[f"check_{exercise}"].metadata.nbgrader.locked
        hints = cells[f"hints_{exercise}"].source
        assert hints.count("<details>") == hints.count("</details>") >= 4
        for quoted in re.findall(r"“(.+?)”", "".join(re.findall(r"<summary>.*</summary>", hints))):
            raised_by_torch = any(words in quoted for words in ERRORS)
            assert raised_by_torch or _said(quoted, messages), quoted
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert "No picture yet" not in path.read_text()


def _said(quoted, messages):
    """Whether a check says these words; its strings may be broken over lines."""
    return quoted in re.sub(r'"\s+"', "", messages)
