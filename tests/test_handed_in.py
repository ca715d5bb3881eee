"""Whatever is handed in is seen: under each name and in each form it is graded, or a person is told to look."""

import functools
import io
import os
import shutil
import socket
import unicodedata
import zipfile
from pathlib import Path

import nbformat
import pytest

from tests.test_grading import NAME, ROOT, Course, sealed
from vizlib.teaching import grading
from vizlib.teaching.grading import untrusted
from vizlib.teaching.grading.course import Assignment
from vizlib.teaching.grading.report import report

OTHER = "01_update_the_weights"
EXACT = f"{NAME}/{NAME}.ipynb"


@functools.cache
def sheet(name=NAME, part="solutions", first=""):
    notebook = nbformat.read(ROOT / part / name / f"{name}.ipynb", as_version=4)
    if first:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first, id="first"))
    for cell in notebook.cells:
        cell.pop("outputs", None) if cell.cell_type != "code" else cell.update(outputs=[])
    return nbformat.writes(notebook).encode()


def put(*paths, data=None):
    """A form of handing in: files with the solved notebook, or with other data."""

    def form(folder):
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(sheet() if data is None else data)

    return form


def put_zip(path, *members, data=None):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, sheet() if data is None else data)
    return put(path, data=packed.getvalue())


def both(*forms):
    return lambda folder: [form(folder) for form in forms]


def link(path, to):
    def form(folder):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(to)

    return form


def empty(path):
    return lambda folder: (folder / path).mkdir(parents=True)


def pipe(path):
    def form(folder):
        (folder / path).parent.mkdir(parents=True)
        os.mkfifo(folder / path)

    return form


BLANK = put(EXACT, data=sheet(part="exercises"))
COPY = f"{NAME}/.ipynb_checkpoints/{NAME}-checkpoint.ipynb"

GRADED = {  # with a part of what is said
    "the exact name": (put(EXACT), "6 of 6 right"),
    "a second download": (put(f"{NAME}/{NAME} (1).ipynb"), "handed in as"),
    "Jupyter's copy": (put(f"{NAME}/{NAME}-Copy1.ipynb"), "handed in as"),
    "other case": (put(f"{NAME.upper()}/{NAME.title()}.IPYNB"), "handed in as"),
    "another name in the right folder": (put(f"{NAME}/homework.ipynb"), "handed in as"),
    "no folder": (put(f"{NAME}.ipynb"), "handed in as"),
    "no folder, another name": (put("homework two.ipynb"), "handed in as 'homework two.ipynb'"),
    "a folder of another name": (put(f"02-update-the-pixels/{NAME}.ipynb"), "handed in as"),
    "the folder of another assignment": (put(f"{OTHER}/{NAME}.ipynb"), "handed in as"),
    "in the place of another assignment": (put(f"{OTHER}/{OTHER}.ipynb"), "handed in as"),
    "nested": (put(f"{NAME}/{NAME}/{NAME}.ipynb"), "handed in as"),
    "nested deeply": (put(f"ada/home/course/exercises/{NAME}/{NAME}.ipynb"), "handed in as"),
    "as a text": (put(f"{NAME}/{NAME}.ipynb.txt"), "handed in as"),
    "as JSON": (put(f"{NAME}/{NAME}.json"), "handed in as"),
    "no suffix": (put(f"{NAME}/{NAME}.d/{NAME}"), "handed in as"),
    "umlauts": (put(f"{NAME}/Lösung für Übung 2.ipynb"), "Lösung für Übung 2.ipynb"),
    "decomposed umlauts": (put(f"{NAME}/{unicodedata.normalize('NFD', 'Lösung')}.ipynb"), "handed in as"),
    "another alphabet": (put(f"{NAME}/作业.ipynb"), "作业.ipynb"),
    "control characters": (put(f"{NAME}/a\x1b[31m\nb.ipynb"), "handed in as"),
    "no UTF-8": (put(os.fsdecode(b"l\xf6sung.ipynb")), "handed in as"),
    "zipped": (put_zip(f"{NAME}.zip", f"{NAME}.ipynb"), f"handed in as '{NAME}.zip/{NAME}.ipynb'"),
    "a zipped folder": (put_zip(f"{NAME}/all.ZIP", f"ada/{EXACT}", f"__MACOSX/._{NAME}.ipynb"), "handed in as"),
    "zipped with a path that leads out": (put_zip("a.zip", f"../../../{EXACT}"), "handed in as"),
    "two copies that are the same": (put(f"{NAME}/a.ipynb", f"{NAME}/b.ipynb"), "handed in as"),
    "the exact name and the same again": (put(EXACT, f"{NAME}/a.ipynb"), "; also handed in as"),
    "what Jupyter stored only": (put(COPY), "handed in as"),
    "with what Jupyter stored": (put(EXACT, COPY), "6 of 6 right"),
    "with what Jupyter stored before": (
        both(put(EXACT), put(COPY, data=sheet(part="exercises"))),
        "which Jupyter stored, has other answers",
    ),
    "with what systems write": (put(EXACT, ".DS_Store", "__MACOSX/x", f"{NAME}/timestamp.txt"), "6 of 6 right"),
    "with a notebook of another assignment": (both(put(EXACT), put("x.ipynb", data=sheet(OTHER))), "6 of 6 right"),
}
LOOKED_AT = {  # graded, too, but a person should look
    "with a report": (both(put(EXACT), put(f"{NAME}/report.pdf", data=b"%PDF")), "there is also"),
    "with other answers": (both(put(EXACT), put(f"{NAME}/b.ipynb", data=sheet(first="1"))), "with other answers"),
    "a folder that is a link": (both(put("a.ipynb"), link(NAME, "/tmp")), "cannot be copied to"),
    "a file with the name of the folder": (both(put("a.ipynb"), put(NAME, data=b"")), "cannot be copied to"),
}
NOT_GRADED = {
    "nothing": (lambda folder: folder.mkdir(), "ada: nothing was handed in"),
    "another assignment only": (put(f"{OTHER}/{OTHER}.ipynb", data=sheet(OTHER)), "ada: nothing was handed in"),
    "an empty folder": (empty(NAME), f"a person should look, the folder {NAME} is empty"),
    "a script": (put(f"{NAME}/{NAME}.py", data=b"x = 1"), f"there is no notebook of {NAME}, but '{NAME}/{NAME}.py'"),
    "a page": (put(f"{NAME}/{NAME}.html", data=b"<html>"), "there is no notebook of"),
    "a document": (put(f"{NAME}/{NAME}.pdf", data=b"%PDF"), "there is no notebook of"),
    "an archive that is no zip": (put(f"{NAME}.tar.gz", data=b"\x1f\x8b"), "there is no notebook of"),
    "a broken zip": (put(f"{NAME}.zip", data=b"PK\x03\x04 and no more"), "there is no notebook of"),
    "a zip without it": (put_zip(f"{NAME}.zip", "notes.txt", data=b"notes"), "there is no notebook of"),
    "a zip in a zip": (put_zip("a.zip", "b.zip", data=b"PK\x03\x04"), "there is no notebook of"),
    "a zip bomb": (put_zip("a.zip", "b.ipynb", data=b"{" + bytes(40_000_000)), "there is no notebook of"),
    "no JSON": (put(EXACT, data=b"no JSON"), "the file cannot be read"),
    "an empty file": (put(EXACT, data=b""), "the file cannot be read"),
    "half a file, another name": (put(f"{NAME}/a.ipynb", data=sheet()[:999]), "there is no notebook of"),
    "a notebook without the cells": (
        put("a.ipynb", data=nbformat.writes(nbformat.v4.new_notebook()).encode()),
        "there is no notebook of",
    ),
    "a folder of this name": (put(f"{EXACT}/{NAME}.ipynb"), "it is no ordinary file; there is also"),
    "two with different answers": (
        both(put(f"{NAME}/a.ipynb"), put(f"{NAME}/b.ipynb", data=sheet(first="1"))),
        f"different answers, '{NAME}/a.ipynb', '{NAME}/b.ipynb'; put the one that counts at {EXACT}",
    ),
    "a link to the solution": (link(EXACT, ROOT / "solutions" / EXACT), "it is a link"),
    "a folder that is a link to it": (link(NAME, ROOT / "solutions" / NAME), "it is a link"),
    "a link of another name": (link(f"{NAME}/a.ipynb", ROOT / "solutions" / EXACT), "there is no notebook of"),
    "a link to nothing": (link(EXACT, "nowhere"), "it is a link"),
    "a pipe": (pipe(EXACT), "it is no ordinary file"),
    "a pipe of another name": (pipe(f"{NAME}/a.ipynb"), "there is no notebook of"),
}


HELPER = put(f"{NAME}/helper.py", f"{NAME}/masks/a.csv", data=b"1,2\n")
HELPED = {  # with the files that are there when it runs
    "beside the exact name": (both(put(EXACT), HELPER), ["helper.py", "masks/a.csv"]),
    "beside another name": (both(put(f"{NAME}/a.ipynb"), HELPER), ["helper.py", "masks/a.csv"]),
    "in a zip": (lambda folder: pack(folder, {"h/a.ipynb": sheet(), "h/helper.py": b"x = 1"}), ["helper.py"]),
    "also what nobody asked for": (
        both(put(EXACT), HELPER, put(f"{NAME}/a.exe", data=b"")),
        ["helper.py", "masks/a.csv"],
    ),
    "too large": (both(put(EXACT), put(f"{NAME}/a.npy", data=bytes(untrusted.HELPING + 1))), []),
    "too many": (
        both(put(EXACT), put(*(f"{NAME}/{n:02}.txt" for n in range(30)), data=b"")),
        [f"{n:02}.txt" for n in range(20)],
    ),
    "elsewhere": (both(put(EXACT), put("other/helper.py", data=b"")), []),
    "hidden": (both(put(EXACT), put(f"{NAME}/.config/a.py", data=b"")), []),
    "a link": (both(put(EXACT), link(f"{NAME}/a.py", "/etc/passwd")), []),
    "out of a zip": (lambda folder: pack(folder, {"h/a.ipynb": sheet(), "h/../../../b.py": b"", "/c.py": b""}), []),
}


def pack(folder, members):
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def with_all_assignments(folder):
    course = Course(folder)
    shutil.copytree(ROOT / "exercises", folder / "exercises", dirs_exist_ok=True)
    return course


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return with_all_assignments(tmp_path_factory.mktemp("course"))


@pytest.fixture
def ada(course):
    folder = course.folder / "grading" / "submitted" / "ada"
    folder.parent.mkdir(parents=True, exist_ok=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def line(course, ada):
    """A function that gives the line of `grade`, as if all answers were right."""
    assignment = Assignment(course.folder, NAME)
    right = {name: grading.verdict(name) for name in assignment.exercises}
    return lambda: grading.status(assignment.place("ada"), right)


def everything(folder):
    """All files of a folder, with what is in them."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {path: path.read_bytes() for path in paths}


@pytest.mark.parametrize("name", [*GRADED, *LOOKED_AT])
def test_what_is_nearly_right_is_graded_and_said(course, ada, line, name):
    form, said = {**GRADED, **LOOKED_AT}[name]
    form(ada)
    sent = everything(ada)
    found = line()
    assert found.startswith("ada: 6 of 6 right")
    assert said in found
    assert ("a person should look" in found) == (name in LOOKED_AT)
    assert found.isprintable()
    solved = Assignment(course.folder, NAME).solution()
    assert Assignment(course.folder, NAME).submission("ada").key == solved.key
    assert sent.items() <= everything(ada).items()  # nothing that was sent is changed
    if name in GRADED:  # and nbgrader sees it
        assert (ada / EXACT).read_bytes() == sheet()
        assert set(everything(ada)) == {*sent, ada / EXACT}
        assert line().startswith("ada: 6 of 6 right")


@pytest.mark.parametrize("name", NOT_GRADED)
def test_everything_else_is_for_a_person(course, ada, line, name):
    form, said = NOT_GRADED[name]
    form(ada)
    sent = everything(ada)
    found = line()
    assert said in found
    assert ("a person should look, " in found) == ("nothing was handed in" not in found)
    assert not Assignment(course.folder, NAME).submission("ada").cells
    assert everything(ada) == sent


def test_a_solved_copy_beside_the_blank_original_is_said(ada, line):
    both(BLANK, put(f"{NAME}/{NAME} (1).ipynb"))(ada)
    assert f"a person should look (there is also '{NAME}/{NAME} (1).ipynb' with other answers)" in line()


@pytest.mark.parametrize("name", HELPED)
def test_what_helps_a_notebook_comes_along_and_nothing_is_silent(course, ada, line, name):
    form, files = HELPED[name]
    form(ada)
    sent = {path.name for path in ada.rglob("*") if not path.is_dir()} - {f"{NAME}.ipynb", "a.ipynb", "a.zip"}
    found = Assignment(course.folder, NAME).place("ada")
    assert sorted(found.files) == files
    assert all(f"'{file}'" in line() for file in files[:5])
    left = sent - {Path(file).name for file in files}
    assert ("a person should look (there is also" in line()) == bool(left or name == "out of a zip")
    again = Assignment(course.folder, NAME).submission("ada")
    assert (again.key, again.files) == (found.key, found.files)  # now that nbgrader sees it, too


def test_another_helper_is_another_submission(course, ada):
    keys = set()
    for content in (b"1", b"2"):
        both(put(EXACT), put(f"{NAME}/helper.py", data=content))(ada)
        keys.add(Assignment(course.folder, NAME).submission("ada").key)
    assert len(keys) == 2


MARKS = b"import os\nopen(os.path.join(os.path.dirname(__file__), 'ran-' + os.path.basename(__file__)), 'w')\nhelp = 3"
NAMES = ["helper", "sitecustomize", "usercustomize", "conftest", "torch", "numpy", "json", "vizlib", "setup", "cupy"]


@sealed
def test_helpers_are_there_and_run_only_if_the_notebook_imports_them(tmp_path):
    course = with_all_assignments(tmp_path)
    folder = tmp_path / "grading" / "submitted" / "ada"
    first = (
        "import glob, helper, json, torch, numpy\nopen('table.csv').read()\n"
        "print(helper.help, torch.ones(2).sum(), sorted(glob.glob('ran-*')), open('masks/a.csv').read())"
    )
    both(put(EXACT, data=sheet(first=first)), put(*(f"{NAME}/{name}.py" for name in NAMES), data=MARKS))(folder)
    put(f"{NAME}/table.csv", f"{NAME}/masks/a.csv", data=b"1,2")(folder)
    found = course.grade()
    assert all(verdict["right"] for verdict in found["ada"].values())
    assert "3 tensor(2.) ['ran-helper.py'] 1,2" in course.printed("ada")


@pytest.mark.parametrize("which", ["file", "folder", "the student's folder"])
def test_what_may_not_be_read_is_for_a_person(ada, line, monkeypatch, which):
    put(f"{NAME}/a.ipynb")(ada)
    refused = {"file": ada / NAME / "a.ipynb", "folder": ada / NAME, "the student's folder": ada}[which]

    def refusing(function):
        def call(path=".", *rest, **more):
            if not isinstance(path, int) and Path(path) == refused:
                raise PermissionError(13, "Permission denied", str(path))
            return function(path, *rest, **more)

        return call

    monkeypatch.setattr(os, "scandir", refusing(os.scandir))
    monkeypatch.setattr(untrusted, "open", refusing(open), raising=False)
    assert "ada: a person should look, there is no notebook of" in line()


def test_too_large_a_file_is_for_a_person(ada, line, monkeypatch):
    put(EXACT)(ada)
    monkeypatch.setattr(untrusted, "LARGEST", 100)
    assert "it has more than 100 bytes" in line()


def test_a_socket_is_for_a_person(ada, line):
    ada.mkdir()
    with socket.socket(socket.AF_UNIX) as end:
        before = os.getcwd()
        os.chdir(ada)  # an address may have a hundred characters only
        end.bind("a.ipynb")
        os.chdir(before)
        assert "there is no notebook of" in line()


def test_the_page_of_a_class_that_handed_in_nothing(course, ada):
    ada.mkdir()
    page = report(course.folder, NAME).read_text()
    assert "Students: 1. Of them 0 handed in." in page
    assert "Nothing came from ada" in page


@sealed
def test_there_are_as_many_lines_as_students(tmp_path):
    course = with_all_assignments(tmp_path)
    submitted = tmp_path / "grading" / "submitted"
    forms = {**GRADED, **LOOKED_AT, **NOT_GRADED}
    for number, (form, _) in enumerate(forms.values()):
        form(submitted / f"student{number:02}")
    put("homework.ipynb")(submitted)  # in nobody's folder
    (submitted / ".DS_Store").touch()
    found = course.grade()
    assert len(forms) + 1 == len(found) == len(course.said) >= 40
    for (name, (_, said)), line in zip(forms.items(), course.said[1:], strict=True):
        assert said.removeprefix("ada: ") in line
        assert ("6 of 6 right" in line) == (name not in NOT_GRADED), (name, line)
    assert course.said[0] == "homework.ipynb: a person should look, it lies in no folder of a student"
    page = report(tmp_path, NAME).read_text()
    nothing = sum("nothing was handed in" in line for line in course.said)
    assert f"Students: {len(found)}. Of them {len(found) - nothing} handed in." in page
    assert "What was found, and what came with it" in page
    for line in course.said:
        if "a person should look" in line or "nothing was handed in" in line:
            assert line.split(":")[0] in page
