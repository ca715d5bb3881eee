"""What nbval does not see."""

import ast
import html
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
LESSONS = sorted(ROOT.glob("notebooks/*.ipynb"))
APPENDICES = sorted(ROOT.glob("notebooks/appendix/*.ipynb"))
NOTEBOOKS = [*LESSONS, *APPENDICES, *sorted(ROOT.glob("solutions/*/*.ipynb"))]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, 4)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson_path(request):
    return request.param


@pytest.fixture
def lesson(lesson_path):
    return nbformat.read(lesson_path, 4)


def outputs(notebook):
    return [(i, out) for i, cell in enumerate(notebook.cells) for out in cell.get("outputs", [])]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def claims(notebook):
    return [cell for cell in code(notebook) if "claim" in tags(cell)]


def lines(cell):
    return [line for line in cell.source.splitlines() if line.strip()]


def tags(cell):
    return cell.metadata.get("tags", [])


def words(out):
    """What an output says to a reader or a screen reader: no pictures."""
    text = out.get("text", "") + "".join(out.get("data", {}).get(kind, "") for kind in ("text/plain", "text/html"))
    return re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)


def is_control(cell):
    return any(out.get("data", {}).get("text/plain", "").startswith("<the control") for out in cell.get("outputs", []))


def test_every_compared_cell_was_executed_in_order_from_a_fresh_kernel(notebook):
    counts = [cell.execution_count for cell in code(notebook) if cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


def test_it_is_valid_and_light_enough_to_read_on_the_web(path, notebook):
    nbformat.validate(notebook)
    assert path.stat().st_size < 1_500_000
    assert "widgets" not in notebook.metadata  # a control is stored as pictures and words
    assert "version" not in notebook.metadata.get("language_info", {})  # of whose Python it was
    assert not [cell.source for cell in notebook.cells if "execution" in cell.metadata]


def test_no_output_holds_an_error_a_warning_a_path_or_a_progress_bar(notebook):
    for number, out in outputs(notebook):
        assert out.output_type != "error", number
        assert out.get("name") != "stderr", number
        text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", json.dumps(out))
        assert not re.search(r"/(home|root|tmp|work|usr|Users)/|site-packages|Warning|it/s|\d:\d\d<", text), number


def test_every_picture_has_a_text_alternative(notebook):
    for number, out in outputs(notebook):
        data = out.get("data", {})
        assert not [kind for kind in data if kind.startswith("image/")], number
        for tag in re.findall(r"<img[^>]*>", data.get("text/html", "")):
            assert re.search(r'alt="[^"]{5,}"', tag), number


# Numbers that no computation decides: a setting is the same on every processor.
GIVEN = {
    ("03_class_images", "cell-17"): {"0.001"},
    ("01_update_the_weights", "cell-22"): {"0.5"},  # of the sheet
    ("08_learn_an_opinion", "cell-07"): {"0.1", "0.3"},  # of the sheet
    ("08_learn_an_opinion", "cell-11"): {"0.1", "0.3"},
    ("08_learn_an_opinion", "cell-22"): {"0.5"},  # of the sheet
}


def test_text_alternatives_that_are_compared_hold_no_number_that_a_processor_decides(path, notebook):
    for cell in code(notebook):
        if "nbval-ignore-output" not in tags(cell):
            said = " ".join(out.get("data", {}).get("text/html", "") for out in cell.outputs)
            alternatives = html.unescape(" ".join(re.findall(r'(?:alt|aria-label)="([^"]*)"', said)))
            given = GIVEN.get((path.stem, cell.id), set())
            assert set(re.findall(r"\d+\.\d+|\d+e-?\d+", alternatives)) <= given, cell.id


def test_readers_see_no_assertion_and_a_claim_is_hidden_and_follows_what_it_is_about(notebook):
    before = None
    for cell in notebook.cells:
        if "claim" in tags(cell):
            assert cell.metadata == {"tags": ["claim"], "jupyter": {"source_hidden": True}}, cell.id
            assert before.cell_type == "code", cell.id
            assert "claim" not in tags(before), cell.id
            assert cell.outputs == []
        elif cell.cell_type == "code":
            assert "assert" not in cell.source, cell.id
        before = cell


def test_a_claim_asserts_and_does_nothing_else(notebook):
    for cell in claims(notebook):
        # JupyterLab shows the first line of a source that is hidden.
        assert cell.source.startswith("# for the tests: what holds of the cell above\n"), cell.id
        tree = ast.parse(cell.source)
        kinds = (ast.Assert, ast.Assign, ast.For, ast.If, ast.Expr)
        statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        assert all(isinstance(node, kinds) for node in statements), cell.id
        called = [ast.unparse(node) for node in statements if isinstance(node, ast.Expr)]
        assert all(call.startswith("torch.testing.assert_close(") for call in called), cell.id
        assert called or any(isinstance(node, ast.Assert) for node in statements), cell.id


def test_links_between_files_lead_somewhere(path, notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\((?!http|#|attachment:)([^)]+)\)", cell.source):
                if "exercises/" not in target:
                    assert (path.parent / target).exists(), target


def test_a_lesson_answers_with_numbers_and_never_with_true_or_false(lesson):
    # bias=True, in the description of a layer, is no answer.
    said = [(number, words(out)) for number, out in outputs(lesson)]
    assert not [(number, text) for number, text in said if re.search(r"(?<!=)\b(True|False)\b", text)]


def test_a_lesson_has_at_most_60_cells_with_short_code(lesson):
    assert len(lesson.cells) - len(claims(lesson)) <= 60
    assert not [cell.source for cell in code(lesson) if len(lines(cell)) > 12]
    assert not [line for cell in code(lesson) for line in lines(cell) if len(line) > 100]


def test_no_title_in_a_lesson_is_smaller_than_10_points(lesson):
    assert not [line for cell in code(lesson) for line in lines(cell) if re.search(r"fontsize=\d(\.\d+)?\b", line)]


def test_cells_that_an_instructor_types_are_numbered_and_say_what_they_do(lesson_path, lesson):
    live = [cell for cell in lesson.cells if "live" in tags(cell)]
    firsts = [cell.source.splitlines()[0] for cell in live]
    found = [re.fullmatch(rf"# {lesson_path.stem[:2]}\.(\d\d) · \S.*", line) for line in firsts]
    assert None not in found, firsts
    numbers = [int(match[1]) for match in found]
    assert numbers == sorted(set(numbers))
    assert live


def before_trying(lesson):
    """The cells before "Try it"; what follows is to play with, to try and to look up."""
    end = [i for i, cell in enumerate(lesson.cells) if re.search(r"^## Try it$", cell.source, re.MULTILINE)]
    assert len(end) == 1
    return lesson.cells[: end[0]]


def test_a_lesson_is_short_before_one_tries_it(lesson):
    cells = before_trying(lesson)
    assert sum("claim" not in tags(cell) for cell in cells if cell.cell_type == "code") <= 24
    read = " ".join(cell.source for cell in cells if cell.cell_type == "markdown" and "instructor" not in tags(cell))
    assert len(re.sub(r"\$\$.*?\$\$|```.*?```|\(attachment:.*?\)", "", read, flags=re.DOTALL).split()) <= 1500


def test_a_lesson_shows_its_mathematics(lesson_path, lesson):
    read = "".join(cell.source for cell in lesson.cells if "instructor" not in tags(cell))
    assert lesson_path.stem[:2] == "00" or 2 <= read.count("$$") // 2 <= 6


def test_every_section_ends_with_a_sentence_to_keep(lesson_path, lesson):
    sections = re.split(
        r"^## .*$",
        "".join(
            cell.source + "\n"
            for cell in before_trying(lesson)
            if cell.cell_type == "markdown" and not {"instructor"} & {*tags(cell)}
        ),
        flags=re.MULTILINE,
    )[1:]
    assert sections
    assert not [
        section for section in sections if len(re.findall(r"^> \*\*Keep this:\*\* \S", section, re.MULTILINE)) != 1
    ]


def test_every_prediction_is_a_control_and_is_answered_with_why_in_its_section(lesson):
    assert not [c.source for c in lesson.cells if c.cell_type == "markdown" and "**Predict" in c.source]
    for number, cell in enumerate(lesson.cells):
        for name in re.findall(r"^(\w+) = widgets\.predict\(", cell.source, re.MULTILINE):
            for after in lesson.cells[number + 1 :]:
                assert not (after.cell_type == "markdown" and re.search(r"^## ", after.source, re.MULTILINE)), (
                    cell.source
                )
                if f"{name}.answer(" in after.source:
                    break
            else:
                pytest.fail(cell.source)


def test_whoever_teaches_finds_the_answer_to_each_question_in_the_same_section(lesson):
    for number, cell in enumerate(lesson.cells):
        if cell.cell_type == "markdown" and "**Find out" in cell.source:
            for after in lesson.cells[number + 1 :]:
                heading = after.cell_type == "markdown" and re.search(r"^#", after.source, re.MULTILINE)
                assert not heading, cell.source
                if "instructor" in tags(after):
                    break
            else:
                pytest.fail(cell.source)


def test_remarks_for_whoever_teaches_are_folded_away(lesson):
    for cell in lesson.cells:
        if "instructor" in tags(cell):
            assert cell.cell_type == "markdown"
            assert re.fullmatch(r"<details><summary>[^\n]+</summary>\n.*\n</details>", cell.source, re.DOTALL)


@pytest.mark.parametrize("path", APPENDICES, ids=lambda path: path.stem)
def test_an_appendix_is_short_and_its_lesson_leads_to_it(path):
    appendix = nbformat.read(path, 4)
    assert len(code(appendix)) - len(claims(appendix)) <= 10
    assert sum(len(cell.source.split()) for cell in appendix.cells if cell.cell_type == "markdown") <= 800
    assert not [cell.source for cell in code(appendix) if len(lines(cell)) > 12]
    assert not [line for cell in code(appendix) for line in lines(cell) if len(line) > 100]
    (lesson,) = ROOT.glob(f"notebooks/{path.stem[:2]}_*.ipynb")
    assert f"(appendix/{path.name})" in "".join(cell.source for cell in nbformat.read(lesson, 4).cells)
    assert f"](../{lesson.name})" in appendix.cells[0].source


@pytest.mark.slow
def test_each_cell_can_be_run_again_alone_and_says_the_same(lesson_path, lesson):
    # Backwards: in order, each cell would only find what the one before it has just put right.
    again = [
        (number, cell)
        for number, cell in enumerate(lesson.cells)
        if cell.cell_type == "code" and not {"step", "claim"} & {*tags(cell)} and not is_control(cell)
    ][::-1]
    client = NotebookClient(lesson, timeout=600, resources={"metadata": {"path": lesson_path.parent}})
    with client.setup_kernel():
        for number, cell in enumerate(lesson.cells):
            client.execute_cell(cell, number)
        first = {number: _printed(cell) for number, cell in again}
        for number, cell in again:
            client.execute_cell(cell, number)
            if "nbval-ignore-output" not in tags(cell):
                assert _printed(cell) == first[number], f"cell {number}"


def _printed(cell):
    """What a cell printed and gave, as text."""
    streams = "".join(out.text for out in cell.outputs if out.output_type == "stream")
    results = [out.data.get("text/plain") for out in cell.outputs if out.output_type == "execute_result"]
    return streams, results
