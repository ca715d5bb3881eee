"""Catching up, the store of slow cells, starters and pages, the projector."""

import dataclasses
import hashlib
import json
import os
import re
import types

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from IPython.utils.capture import capture_output
from matplotlib.text import Text
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from vizlib import models, plotting
from vizlib.teaching import stage
from vizlib.teaching.stage import _projector, lessons, live, pages
from vizlib.teaching.stage.mistakes import LINES, MISTAKES

LESSONS = lessons.paths()
TINY = [
    ("import torch\nfrom vizlib import models", []),
    ("# 91.01 · two names\nnumbers = [torch.arange(3.0)]\nfor n in (1, 2):\n    numbers.append(torch.full((2,), n))", []),
    ("# 91.02 · a network\ndef made(seed):\n    return models.digit_net(seed)\n\nnet = made(5)", ["cache:net=models.digit_net()"]),
    ("# 91.03 · slow\nruns = {}\nfor n in (1, 2):\n    count[0] += 1\n    runs[n] = torch.ones(n)\nlast = n", ["cache:runs"]),
    ("print('seen', last)", []),
    ("# 91.04 · the end\nprint(net)", []),
]  # fmt: skip


def by_stem(path):
    return path.stem


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A lesson of six cells in place of the course, and nothing stored."""
    monkeypatch.setattr(lessons, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(lessons, "LIVE", tmp_path / "live")
    (tmp_path / "notebooks").mkdir()
    cells = [
        new_code_cell(source, metadata={"tags": [*tags, *(["live"] if source.startswith("# 9") else [])]})
        for source, tags in TINY
    ]
    path = tmp_path / "notebooks" / "91_tiny.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# 91 · Tiny"), *cells]), path)
    return path


def catch_up(number, namespace):
    exec(f"from vizlib.teaching import stage\nstage.catch_up({number!r})", namespace)


def names(namespace):
    return {name for name in namespace if not name.startswith("_")} - {"stage"} - stage.IPYTHON


def store_tiny(path):
    """Run the tiny lesson from the top, filling the store."""
    namespace = {"count": [0]}
    for index, cell in enumerate(cells := lessons.read(path)):
        exec(cell.source, namespace)
        if cell.stored:
            lessons.store(path, cells, index, namespace)
    return namespace


def test_catching_up_runs_all_cells_above_and_leaves_no_mistake(tiny, capsys):
    namespace = {"print": "a mistake", "mine": 3, "models": None}
    catch_up("91.02", namespace)
    assert names(namespace) == {"torch", "models", "numbers", "n"}
    assert [one.tolist() for one in namespace["numbers"]] == [[0, 1, 2], [1, 1], [2, 2]]
    said = capsys.readouterr().out
    assert "Ran 2 cells of 91_tiny above 91.02" in said
    assert "Gone, since the lesson has no such names: mine." in said
    assert said.endswith("Next: # 91.02 · a network\n")


def test_catching_up_brings_back_a_network_whose_weights_were_changed(tiny):
    models.load("efficientnet_lite0").mean.add_(1)
    catch_up("91.01", {})
    assert models.load("efficientnet_lite0").mean.max() < 1


def test_an_unknown_number_is_one_sentence_with_the_nearest(tiny):
    with pytest.raises(ValueError, match=r"There is no cell to type '91.40'; the nearest: '91.04'"):
        catch_up("91.40", {})


def test_if_a_cell_fails_all_names_are_as_they_were(tiny):
    namespace = {"mine": 3, "numbers": 4}
    with pytest.raises(RuntimeError, match=r"91_tiny.ipynb, cell 91.03 failed: NameError: name 'count' is not defined"):
        catch_up("91.04", namespace)
    assert names(namespace) == {"mine", "numbers"}
    assert namespace["numbers"] == 4


def test_a_stop_goes_through_even_if_a_cell_keeps_it_for_itself(tiny):
    notebook = nbformat.read(tiny, 4)
    notebook.cells[
        1
    ].source = "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt:\n    kept = 1"
    nbformat.write(notebook, tiny)
    namespace = {"mine": 3}
    with pytest.raises(KeyboardInterrupt):
        catch_up("91.02", namespace)
    assert names(namespace) == {"mine"}


def test_stored_values_take_the_place_of_what_is_slow_and_all_else_runs(tiny, capsys):
    before = store_tiny(tiny)
    namespace = {"builtin_count": 0}
    notebook = nbformat.read(tiny, 4)  # `count` is a name that the lesson lacks: a cell that counts its runs
    assert notebook.cells[4].source.count("count[0] += 1") == 1
    lesson, cells, until = lessons.find("91.04")
    with pytest.raises(RuntimeError, match="count"):  # what is not stored runs
        catch_up("91.04", namespace)
    notebook.cells[1].source += "\ncount = [0]"
    nbformat.write(notebook, tiny)
    store_tiny(tiny)
    capsys.readouterr()
    catch_up("91.04", namespace)
    assert re.search(
        r"Made before, on \d{4}-\d\d-\d\d, and not computed now: net \(91.02\), runs \(91.03\)\.",
        capsys.readouterr().out,
    )
    assert names(namespace) == names(before)
    assert namespace["runs"].keys() == {1, 2}
    assert namespace["runs"][2].tolist() == [1, 1]
    assert all(map(torch.equal, namespace["net"].state_dict().values(), before["net"].state_dict().values()))
    assert namespace["last"] == 2


def test_what_was_stored_for_other_code_is_not_taken(tiny):
    store_tiny(tiny)
    cells = lessons.read(tiny)
    assert lessons.load(tiny, cells, 2) is not None
    notebook = nbformat.read(tiny, 4)
    notebook.cells[1].source += "\nother = 1"
    nbformat.write(notebook, tiny)
    assert lessons.load(tiny, lessons.read(tiny), 2) is None


def test_the_store_holds_data_only(tiny):
    cells = lessons.read(tiny)
    with pytest.raises(TypeError, match="runs holds a function"):
        lessons.store(tiny, cells, 3, {"runs": {"a": store_tiny}})
    file = lessons.file_of(tiny, cells[3])
    file.parent.mkdir(parents=True)
    torch.save({"digest": lessons.digest(cells), "values": {"runs": types.SimpleNamespace()}}, file)
    with pytest.raises(Exception, match="SimpleNamespace"):
        lessons.load(tiny, cells, 3)


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a = slow()", "a = _stored['a']"),
        ("a, b = slow()", "a, b = (_stored['a'], _stored['b'])"),
        ("a[0] = slow()", "a[0] = _stored['a'][0]"),
        ("a += slow()", "a = _stored['a']"),
        ("a[n, 'b'] |= slow()", "a[n, 'b'] = _stored['a'][n, 'b']"),
        ("for step in descend(a):\n    b = step", "pass"),
        ("for n in r:\n    a[n] = slow()\n    c = n", "for n in r:\n    a[n] = _stored['a'][n]\n    c = n"),
        ("def f():\n    a = 1", "def f():\n    a = 1"),
        ("c = a[0]", "c = a[0]"),
    ],
)
def test_only_statements_that_make_a_stored_name_are_changed(source, changed):
    found = lessons.ast.unparse(lessons.FromStore(["a", "b"]).visit(lessons.ast.parse(source)))
    assert found == changed


@pytest.mark.parametrize("path", LESSONS, ids=by_stem)
def test_each_tag_names_what_its_cell_makes(path):
    for cell in lessons.read(path):
        tree = lessons.FromStore(cell.stored).visit(lessons.ast.parse(cell.source))
        for name, maker in cell.stored.items():
            assert f"_stored['{name}']" in lessons.ast.unparse(tree), (cell.title or cell.id, name)
            compile(maker or "None", name, "eval")


def test_a_name_that_comes_with_a_stored_one_has_to_be_stored_too():
    with pytest.raises(ValueError, match="Store c, too: a comes with it"):
        lessons.FromStore(["a"]).visit(lessons.ast.parse("a, c = slow()"))


def test_what_is_stored_with_the_lesson_is_shown_as_made_before(capsys):
    stage.made_before("02.07")
    said = capsys.readouterr().out
    assert "P(3)" in said
    assert "IPython.core.display.HTML object" in said


@pytest.fixture
def on_stage():
    stage.projector()
    yield
    stage.projector(False)


def test_no_letter_of_a_figure_is_smaller_than_18_points_on_a_projector(on_stage, monkeypatch):
    shown = []
    monkeypatch.setattr(plotting.Figure, "savefig", lambda figure, *a, **k: shown.append(figure) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        plotting.show_images(
            torch.zeros(10, 1, 8, 8), [f"a {n}, read as another" for n in range(10)], columns=5, size=0.9
        )
    width, height = shown[0].get_size_inches()
    assert min(text.get_fontsize() for text in shown[0].findobj(Text)) >= 18
    assert width <= _projector.WIDE + 0.01
    assert height <= _projector.HIGH + 0.01
    assert "\n" in shown[0].axes[0].get_title()
    plt.close("all")


def test_the_projector_is_undone(on_stage):
    assert plotting.before_showing
    stage.projector(False)
    assert plotting.before_showing is None


@pytest.mark.parametrize("path", LESSONS, ids=by_stem)
def test_a_starter_is_the_lesson_with_emptied_cells(path, tmp_path):
    pages.write_starters(path, tmp_path)
    starters = {file.name: nbformat.read(file, 4) for file in tmp_path.iterdir()}
    assert len(starters) == 3
    source = {cell.id: cell for cell in nbformat.read(path, 4).cells}
    for starter in starters.values():
        nbformat.validate(starter)
        assert starter.cells[0].source.startswith("from vizlib.teaching import stage")
        for cell in starter.cells[1:]:
            tags = source[cell.id].metadata.get("tags", [])
            assert not {"instructor", "claim"} & {*tags}
            assert not cell.get("outputs")
            assert cell.source == (source[cell.id].source.splitlines()[0] if "live" in tags else source[cell.id].source)
    kept = [cell.id for cell in starters[f"{path.stem}.route-50.ipynb"].cells[1:]]
    tagged = {"route-50", "instructor"}
    assert kept == [i for i, cell in source.items() if tagged & set(cell.metadata.get("tags", [])) == {"route-50"}]


def test_what_was_typed_into_a_starter_is_not_overwritten(tiny, tmp_path):
    folder = tmp_path / "live"
    folder.mkdir()
    pages.write_starters(tiny, folder)
    untouched = sorted(folder.iterdir())
    pages.write_starters(tiny, folder)
    assert sorted(folder.iterdir()) == untouched
    typed = nbformat.read(folder / "91_tiny.ipynb", 4)
    typed.cells[3].source += "\nmine = 1"
    nbformat.write(typed, folder / "91_tiny.ipynb")
    pages.write_starters(tiny, folder)
    (kept,) = set(folder.iterdir()) - set(untouched)
    assert "mine = 1" in kept.read_text()
    assert "mine = 1" not in (folder / "91_tiny.ipynb").read_text()


def test_an_instructors_page_has_seconds_sentences_and_mistakes_and_asks_no_other_server(tmp_path):
    path = next(path for path in LESSONS if path.name.startswith("02"))
    seconds = {cell.id: 1.25 for cell in lessons.read(path)}
    made = {1: [nbformat.v4.new_output("stream", name="stdout", text="what the mistake prints")]}
    pages.write_page(path, tmp_path, seconds, made)
    page = (tmp_path / f"{path.stem}.html").read_text()
    assert page.count('<p class="seconds">1.2 s') == len(seconds)
    assert "model from the store" in page
    assert re.search(r"route-50: 12 cells to type, \d+ lines, \d+ s of computing; without 02.10, 02.13", page)
    assert page.index(LINES["02"][0]) < page.index("# 02.07") < page.index("what the mistake prints")
    assert "what the mistake prints" in page
    assert page.count("<details>") == page.count("what draws it") == 1
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"?https?:", page)
    assert "<script" not in page


def test_claims_are_for_the_tests_and_not_for_the_stage(tiny, tmp_path):
    notebook = nbformat.read(tiny, 4)
    claim = new_code_cell("assert claimed", id="a-claim", metadata={"tags": ["claim"]})
    notebook.cells.insert(2, claim)
    nbformat.write(notebook, tiny)
    assert "a-claim" not in [cell.id for cell in lessons.read(tiny)]
    pages.write_starters(tiny, tmp_path)
    pages.write_page(tiny, tmp_path, {}, {})
    made = [*tmp_path.glob("91_tiny*.ipynb"), tmp_path / "91_tiny.html"]
    assert len(made) == 4
    assert not [file.name for file in made if "claimed" in file.read_text()]


def test_every_lesson_has_a_sentence_to_open_with_and_a_question_to_end_with():
    assert {path.name[:2] for path in LESSONS} <= LINES.keys()
    assert all(closing.endswith("?") for _, closing in LINES.values())


def test_mistakes_take_the_place_of_cells_that_are_typed():
    assert len(MISTAKES) == 6
    for mistake in MISTAKES:
        _, cells, index = lessons.find(mistake.cell)
        assert mistake.code.splitlines()[0] == f"# {cells[index].title}"
        assert len([line for line in mistake.code.splitlines() if line.strip()]) <= 12


# What follows runs whole lessons.


def told(value):
    """What a value is, to compare with another run."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), hashlib.sha256(value.detach().contiguous().numpy().tobytes()).hexdigest()
    if isinstance(value, torch.nn.Module):
        flags = [(part.training, [p.requires_grad for p in part.parameters(False)]) for part in value.modules()]
        return flags, told(value.state_dict())
    if isinstance(value, dict):
        return {str(key): told(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [told(one) for one in value]
    if dataclasses.is_dataclass(value):
        return told(vars(value))
    if hasattr(value, "__dict__") and not isinstance(value, (type, types.ModuleType, types.FunctionType)):
        return type(value).__name__
    return re.sub(r" at 0x\w+", "", repr(value))


class Rehearsal:
    """A lesson run from the top in a kernel: the starter, with what an instructor types taken from the source."""

    def __init__(self, path, folder):
        self.path, self.cells = path, lessons.read(path)
        pages.write_starters(path, folder)
        self.starter = nbformat.read(folder / path.name, 4)
        self.typed = [index for index, cell in enumerate(self.cells) if cell.title]
        # What the namespace holds in front of the last cell to type, and of one in the middle.
        self.spaces = {self.typed[-1]: None, self.typed[len(self.typed) // 2]: None}
        self._folder = folder
        self._client = NotebookClient(self.starter, timeout=600, resources={"metadata": {"path": str(path.parent)}})

    def __enter__(self):
        self._kernel = self._client.setup_kernel(env=os.environ | {"PYTHONPATH": str(lessons.ROOT)})
        self._kernel.__enter__()
        places = {cell.id: index for index, cell in enumerate(self.cells)}
        lesson = [(number, cell) for number, cell in enumerate(self.starter.cells) if cell.cell_type == "code"]
        self.execute(
            "import json as _json\nfrom tests import test_stage as _tests\nfrom vizlib.teaching.stage import lessons as _lessons\n"
            f"_lessons.LIVE = _lessons.Path({str(self._folder)!r})\n_path = _lessons.Path({str(self.path)!r})"
        )
        for number, cell in lesson:
            index = places.get(cell.id)
            if index in self.spaces:
                self.spaces[index] = self.namespace()
            if index in self.typed:
                assert cell.source == f"# {self.cells[index].title}"
                cell.source = self.cells[index].source
            self._client.execute_cell(cell, number)
            if index is not None and self.cells[index].stored:
                self.execute(f"_lessons.store(_path, _lessons.read(_path), {index}, globals());")
        return self

    def __exit__(self, *error):
        self._kernel.__exit__(*error)

    def execute(self, source):
        """Run something beside the lesson; gives what it prints."""
        self.starter.cells.append(new_code_cell(source))
        self._client.execute_cell(self.starter.cells[-1], len(self.starter.cells) - 1)
        return "".join(out.text for out in self.starter.cells[-1].outputs if out.output_type == "stream")

    def namespace(self):
        held = "{name: _tests.told(value) for name, value in globals().items() if name in _tests.names(globals())}"
        return json.loads(self.execute(f"print(_json.dumps({held}))"))


@pytest.fixture(
    scope="module",
    params=[path if path.name.startswith("02") else pytest.param(path, marks=pytest.mark.slow) for path in LESSONS],
    ids=by_stem,
)
def rehearsal(request, tmp_path_factory):
    with Rehearsal(request.param, tmp_path_factory.mktemp(request.param.stem)) as done:
        yield done


def printed(notebook):
    """What each cell prints that says the same on every processor."""
    return {
        cell.id: "".join(out.text for out in cell.outputs if out.output_type == "stream")
        for cell in notebook.cells
        if cell.cell_type == "code"
        and not {"nbval-ignore-output", "step", "claim"} & set(cell.metadata.get("tags", []))
    }


def test_a_starter_filled_in_from_the_lesson_prints_what_the_lesson_prints(rehearsal):
    found, wanted = printed(rehearsal.starter), printed(nbformat.read(rehearsal.path, 4))
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.slow
def test_catching_up_gives_what_a_run_from_the_top_gives(rehearsal):
    for index, from_the_top in rehearsal.spaces.items():
        title = rehearsal.cells[index].title[:5]
        said = rehearsal.execute(f"from vizlib.teaching import stage\nstage.catch_up({title!r})")
        print(said)  # how long it took
        assert rehearsal.namespace() == from_the_top
        assert len(from_the_top) >= 2
        assert ("Made before" in said) == any(cell.stored for cell in rehearsal.cells[:index])


def run_route(path, tag):
    """Run the cells of a route in a namespace of their own; slow ones from the store."""
    cells, namespace = lessons.read(path), {}
    with capture_output():
        for index, cell in enumerate(cells):
            if tag in cell.tags:
                stage._run(
                    cell, f"{path.name}, cell {cell.title or cell.id}", lessons.load(path, cells, index), namespace
                )


@pytest.mark.slow
@pytest.mark.parametrize("minutes", pages.ROUTES)
def test_a_route_runs_by_itself(rehearsal, minutes):
    rehearsal.execute(f"_tests.run_route(_path, 'route-{minutes}')")


def test_a_lesson_is_out_of_date_when_its_data_changed(tmp_path):
    for path in LESSONS:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    first, fourth = (tmp_path / path.name for path in LESSONS if path.name[:2] in ("01", "04"))
    beside = tmp_path / "04_recipes.json"
    beside.write_text("1")
    before = live.version(first), live.version(fourth)
    beside.write_text("2")
    assert live.version(first) == before[0]
    assert live.version(fourth) != before[1]


@pytest.mark.slow
def test_what_is_up_to_date_is_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lessons, "LIVE", tmp_path)
    assert live.make(["01"]) == 0
    made = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    assert tmp_path / "01_update_the_weights.html" in made
    assert live.make(["01"]) == 0
    assert "is up to date" in capsys.readouterr().out
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == made
