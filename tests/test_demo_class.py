import pytest

from tests.demo_class import ASKED, ODD, make_demo
from tests.test_nbgrader import QUICK


@pytest.mark.slow
def test_a_small_class_goes_all_the_way(tmp_path, capsys):
    folder = tmp_path / "class"
    make_demo(folder, len(ODD) + 1)
    said = capsys.readouterr().out
    assert f"{len(ODD) + 1} simulated submissions" in said
    grading = folder / "grading"
    assert str(grading / "reports" / f"{QUICK}.html") in said
    for student in ASKED:
        assert str(grading / "questions" / QUICK / f"{student}.html") in said
    assert len(list((grading / "exports").glob("*"))) == 4
    report = (grading / "reports" / f"{QUICK}.html").read_text()
    assert "broken" in report
    assert "homework (1).ipynb" in report
