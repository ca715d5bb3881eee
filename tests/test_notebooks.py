"""What nbval does not see."""

import json
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("solutions/*/*.ipynb")])


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, 4)


def outputs(notebook):
    return [(i, out) for i, cell in enumerate(notebook.cells) for out in cell.get("outputs", [])]


def test_every_compared_cell_was_executed_in_order_from_a_fresh_kernel(notebook):
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


def test_it_is_valid_and_light_enough_to_read_on_the_web(path, notebook):
    nbformat.validate(notebook)
    assert path.stat().st_size < 1_500_000


def test_no_output_holds_an_error_a_warning_a_path_or_a_progress_bar(notebook):
    for number, out in outputs(notebook):
        assert out.output_type != "error", number
        assert out.get("name") != "stderr", number
        text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", json.dumps(out))
        assert not re.search(r"/(home|root|tmp|work|usr|Users)/|site-packages|Warning|it/s|\d:\d\d<", text), number


def test_every_picture_has_a_text_alternative(notebook):
    for number, out in outputs(notebook):
        data = out.get("data", {})
        assert "image/png" not in data, number
        for tag in re.findall(r"<img[^>]*>", data.get("text/html", "")):
            assert re.search(r'alt="[^"]{5,}"', tag), number


def test_it_is_as_long_as_a_lesson_and_its_cells_are_short(path, notebook):
    if path.parent.name != "notebooks":
        pytest.skip("lessons only")
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert len(notebook.cells) <= 70
    assert max(len([line for line in source.splitlines() if line.strip()]) for source in code) <= 14


def test_links_between_files_lead_somewhere(path, notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\((?!http|#|attachment:)([^)]+)\)", cell.source):
                if "exercises/" not in target:
                    assert (path.parent / target).exists(), target
