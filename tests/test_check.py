"""Every wrong answer fails with its own hint; every right one passes; no check falls into a trap of nbgrader."""


import pytest
import torch

from tests.check_catalogue import RIGHT, WRONG
from vizlib import check
from vizlib.check import guard


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
