"""Exports have the points of ``vizlib grade``, in the form that each system reads; nothing is earned by a cheat."""

import csv
import io
import json
import shutil
import zipfile

import pytest

from tests.attacks import ATTACKS
from tests.gradescope import Gradescope, possible
from tests.test_grading import CHECKS, NAME, ROOT, Course, sealed, wrong_answers
from vizlib import __main__ as command
from vizlib.teaching import grading
from vizlib.teaching.export import gradescope, on_gradescope, results, tables
from vizlib.teaching.export.results import Result
from vizlib.teaching.grading.submission import Submission

POINTS = {"prepare": 2, "pixel_step": 3.5}
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,02_update_the_pixels (4711),Final Score\n"
    "    Points Possible,,,,,5.5,(read only)\n"
    '"Lovelace, Ada",17,u17,ada,Tuesday,,\n"Turing, Alan",18,u18,alan,Tuesday,1,\n'
)
MOODLE = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Last modified (grade),Feedback comments\n"
    "Participant 901,Ada Lovelace,,ADA@school.example,Submitted,,5.50,-,\n"
    "Participant 902,Alan Turing,alan,a@school.example,Submitted,,5.50,-,old\n"
)


def result(student, right=("prepare", "pixel_step"), **more):
    wrong = {"name": "downhill", "sentence": "It goes <down> & falls.", "hint": "Up?"}
    verdicts = {name: grading.verdict(name, **({} if name in right else wrong)) for name in POINTS}
    return Result(NAME, Submission(student, **more), POINTS, verdicts)


def rows(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def roster(folder, text, encoding="utf-8-sig"):
    (folder / "roster.csv").write_text(text, encoding=encoding)
    return folder / "roster.csv"


def test_canvas_gets_what_its_importer_asks_for():
    table, lacking = tables.canvas([result("ada"), result("o'hara, bo", [])])
    assert table.splitlines()[0] == f"Student,ID,SIS User ID,SIS Login ID,Section,{NAME}"
    possible, ada, bo = rows(table)
    assert (possible["Student"], possible[NAME]) == ("    Points Possible", "5.5")
    assert [(one["SIS Login ID"], one[NAME]) for one in (ada, bo)] == [("ada", "5.5"), ("o'hara, bo", "0")]
    assert lacking == []


def test_the_table_of_canvas_is_filled_and_nobody_gets_points_of_another(tmp_path):
    found = [result("ada", ["prepare"]), result("zed")]
    table, lacking = tables.canvas(found, roster(tmp_path, CANVAS))
    possible, ada, alan = rows(table)
    title = f"{NAME} (4711)"
    assert list(ada) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]
    assert (ada["Student"], ada["ID"], ada[title]) == ("Lovelace, Ada", "17", "2")
    assert alan[title] == "1"  # who handed in nothing keeps what Canvas has
    assert possible[title] == "5.5"
    assert lacking == ["zed"]
    other = roster(tmp_path, CANVAS.replace(NAME, "Sheet 2"))
    for column in ("Sheet 2", "Sheet 2 (4711)"):
        assert list(rows(tables.canvas(found, other, column)[0])[0])[-1] == "Sheet 2 (4711)"
    sentence = rf"has no assignment '{NAME}'. It has 'Sheet 2 \(4711\)'. Name one of these with --column, or make it"
    with pytest.raises(ValueError, match=sentence):  # Canvas would make another assignment
        tables.canvas(found, other)


def test_the_table_of_canvas_where_one_writes_a_comma_in_numbers(tmp_path):
    text = (
        f'LastName;FirstName;ID;SIS Login ID;Section;"{NAME}, part 1 (4711)"\n'
        "    Points Possible;;;;;{}\n"
        "Lovelace;Ada;17;ada;Tuesday;\nTuring;Alan;18;alan;Tuesday;1,5\n"
    )
    column = f"{NAME}, part 1"
    table, lacking = tables.canvas([result("ada", ["pixel_step"])], roster(tmp_path, text.format("5,50")), column)
    possible, ada, alan = (list(row.values()) for row in rows(table, ";"))
    assert list(rows(table, ";")[0]) == ["LastName", "FirstName", "ID", "SIS Login ID", "Section", f"{column} (4711)"]
    assert (possible[0], possible[-1], ada, alan[-1], lacking) == (
        "    Points Possible",
        "5.5",
        ["Lovelace", "Ada", "17", "ada", "Tuesday", "3.5"],
        "1,5",
        [],
    )
    with pytest.raises(ValueError, match="Canvas gives at most 100 points, but the checks give 5.5"):
        tables.canvas([result("ada")], roster(tmp_path, text.format("100,00")), column)


def test_the_worksheet_of_moodle_is_filled_with_points_and_cards(tmp_path):
    table, lacking = tables.moodle([result("ada@school.example", ["prepare"])], roster(tmp_path, MOODLE))
    ada, alan = rows(table)
    assert list(ada) == MOODLE.splitlines()[0].split(",")
    assert (ada["Identifier"], ada["Grade"]) == ("Participant 901", "2.00")
    assert "It goes &lt;down&gt; &amp; falls.<br>" in ada["Feedback comments"]
    assert (alan["Grade"], alan["Feedback comments"]) == ("", "old")
    assert lacking == []


def test_without_a_worksheet_moodle_gets_a_table_to_map():
    (ada,) = rows(tables.moodle([result("ada", look=["there is also 'b.ipynb' with other answers"])])[0])
    assert (ada["ID number"], ada[NAME]) == ("ada", "5.50")
    assert "A person will look: there is also" in ada[f"{NAME} feedback"]


@pytest.mark.parametrize(
    ("write", "text", "students", "sentence"),
    [
        (tables.canvas, MOODLE, ["ada"], "no table of Canvas: it has no column ID, Section"),
        (tables.moodle, CANVAS, ["ada"], "no table of Moodle, in English,: it has no column Identifier, Grade"),
        (
            tables.canvas,
            CANVAS.replace("5.5", "100"),
            ["ada"],
            "Canvas gives at most 100 points, but the checks give 5.5",
        ),
        (tables.moodle, MOODLE.replace("5.50", "100.00"), ["ada"], "Set the points of the assignment in Moodle to 5.5"),
        (tables.canvas, CANVAS, ["ada", "u17"], "fits several students: ada, u17"),
        (tables.canvas, CANVAS.replace("alan", "ada"), ["ada"], "Several rows of the roster fit ada"),
    ],
)
def test_a_roster_that_does_not_fit_is_refused(tmp_path, write, text, students, sentence):
    with pytest.raises(ValueError, match=sentence):
        write([result(one) for one in students], roster(tmp_path, text))


def test_a_roster_in_another_encoding_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no table in UTF-8"):
        tables.canvas([result("ada")], roster(tmp_path, CANVAS.replace("Ada", "Adä"), "latin-1"))


def test_json_has_a_file_for_each_student(tmp_path):
    results.write_json([result("ada", ["prepare"], said=["handed in as 'a.ipynb'"])], tmp_path)
    found = json.loads((tmp_path / "ada.json").read_text())
    assert (found["points"], found["possible"], found["files"]) == (2, 5.5, ["handed in as 'a.ipynb'."])
    assert [one["points"] for one in found["exercises"]] == [2, 0]
    assert found["exercises"][1]["card"][0] == "✗ pixel_step: downhill"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Say where to: --gradescope, --canvas, --moodle or --json."),
        (["--json", "--roster", "a.csv"], "--roster is for --canvas and --moodle."),
        (["--canvas", "--without-sandbox"], "--without-sandbox is for --gradescope."),
        (["--gradescope"], "There is no assignment"),
        (["--json", "--jobs", "0"], "--jobs is at least 1"),
    ],
)
def test_mistakes_on_the_command_line_are_named(tmp_path, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    assert command.main(["export", NAME, *arguments]) == 1
    assert sentence in capsys.readouterr().err


def course(folder):
    course = Course(folder)
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, course.folder)
    return course


def test_the_zip_has_the_script_at_its_root_and_nothing_private_of_other_assignments(tmp_path):
    made = course(tmp_path)
    made.hand_in("ada")
    zipped = gradescope.autograder(made.folder, NAME, tmp_path / "a" / "b.zip")
    with zipfile.ZipFile(zipped) as archive:
        names = archive.namelist()
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder")}
        needs = archive.read("needs.txt").decode().split()
    assert all(mode & 0o111 for mode in modes.values())
    assert "course/grading/seed" in names
    assert f"course/solutions/{NAME}/{NAME}.ipynb" in names
    assert not [name for name in names if "submitted" in name or "gradebook" in name or "__pycache__" in name]
    assert not any("vizlib" in need for need in needs)  # installed, a submission could read it


WRITES_RESULTS = {
    "first": "import json, os\nfor folder, _, _ in os.walk('/'):\n    if folder.startswith(('/proc', '/sys', '/usr')): continue\n"
    "    if folder.endswith(('results', 'autograder', 'course')):\n        try:\n"
    "            for name in ('results.json', 'results/results.json'):\n"
    "                open(os.path.join(folder, name), 'w').write(json.dumps({'score': 1000}))\n"
    "        except OSError: pass"
}
CHEATS = ["reads-the-solutions", "kills-all", "frames-by-hand"]


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """Submissions, what ``vizlib grade`` gives them, and the tree."""
    made = course(tmp_path_factory.mktemp("course"))
    made.hand_in_honest_ones("ada")
    made.write("zed", "no JSON")
    made.hand_in("cheat-results", **WRITES_RESULTS)
    for name in CHEATS:
        made.hand_in(f"cheat-{name}", **ATTACKS[name])
    (made.folder / "grading" / "submitted" / "nothing").mkdir()
    points = {one.student: one for one in results.results(made.folder, NAME)}
    tree = tmp_path_factory.mktemp("tree")
    zipped = gradescope.autograder(made.folder, NAME, tree / "told.zip", without_sandbox=True)
    return made, points, Gradescope(tree / "told", zipped)


@pytest.mark.slow
@sealed
@pytest.mark.skipif(not possible(), reason="needs namespaces")
def test_on_gradescope_everybody_has_the_same_points_and_cards(handed_in):
    made, points, tree = handed_in
    for student, ours in points.items():
        theirs, printed = tree.run(made.folder / "grading" / "submitted" / student)
        assert theirs is not None, (student, printed)
        assert theirs == on_gradescope.as_results(ours), student
        assert theirs["score"] == sum(test["score"] for test in theirs["tests"])
    assert points["ada-right"].score == points["ada-right"].best == 18
    assert 0 < points["ada-wrong"].score < 18
    assert not any(one.score for student, one in points.items() if student.startswith("cheat"))
    assert points["zed"].submission.of_the_files[0].startswith("A person will look: the file cannot be read")


@pytest.mark.slow
@sealed
@pytest.mark.skipif(not possible(), reason="needs namespaces")
def test_a_submission_that_hangs_ends(handed_in, tmp_path):
    made, _, _ = handed_in
    # In C: an exception from outside, which ends other cells, does not reach it.
    made.hand_in("endless", solved=True, first="sum(iter(int, 1))")
    tree = Gradescope(tmp_path, gradescope.autograder(made.folder, NAME, tmp_path / "a.zip"))
    inside = tree.autograder / "source" / "course" / "vizlib" / "teaching" / "grading" / "sealed" / "__main__.py"
    assert "SUBMISSION = 300 " in inside.read_text()
    inside.write_text(inside.read_text().replace("SUBMISSION = 300 ", "SUBMISSION = 100 "))
    theirs, printed = tree.run(made.folder / "grading" / "submitted" / "endless")
    assert theirs["score"] == 0, printed
    assert all("a person should look" in test["output"] for test in theirs["tests"])


@pytest.mark.slow
@sealed
@pytest.mark.skipif(not possible(), reason="needs namespaces")
def test_without_a_sandbox_gradescope_refuses_unless_told(handed_in, tmp_path):
    made, points, told = handed_in
    submitted = made.folder / "grading" / "submitted"
    zipped = gradescope.autograder(made.folder, NAME, tmp_path / "untold.zip")
    theirs, printed = Gradescope(tmp_path / "untold", zipped).run(submitted / "ada-right", sandbox=False)
    assert theirs is None
    assert "Nothing was graded: bubblewrap may not shut off" in printed
    for number, answers in enumerate(({}, wrong_answers(CHECKS[:1]))):
        made.hand_in("bo", answers, solved=True, first=f"# not kept yet: {number}")
        theirs, printed = told.run(submitted / "bo", sandbox=False)
        assert theirs["score"] == (18, 16)[number]
        assert "not sealed" in printed


@pytest.mark.slow
@pytest.mark.skipif(not possible() or __import__("os").geteuid() != 0, reason="needs root, as on Gradescope")
def test_told_to_go_on_without_a_sandbox_cheats_still_earn_nothing(handed_in):
    made, points, told = handed_in
    for name, cheat in {"results": WRITES_RESULTS, **{name: ATTACKS[name] for name in CHEATS}}.items():
        cheat = {**cheat, "first": f"# not kept yet\n{cheat.get('first', '')}"}
        made.hand_in("eve", **cheat)
        theirs, printed = told.run(made.folder / "grading" / "submitted" / "eve", sandbox=False)
        assert theirs["score"] == 0, (name, printed)
        assert (told.autograder / "source" / "settings.json").read_text().startswith('{"assignment"')
