import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from vizlib import __main__ as command
from vizlib import _doctor as doctor


def run(capsys, *arguments):
    status = command.main(list(arguments))
    return status, *capsys.readouterr()


@pytest.mark.usefixtures("cpu")
def test_render_writes_a_png_and_prints_the_opinions(capsys, tmp_path):
    path = tmp_path / "dumbbell.png"
    status, out, _ = run(capsys, "render", "dumbbell", "--steps", "1", "--size", "48", "-o", str(path))
    assert status == 0
    assert path.stat().st_size > 0
    assert "own efficientnet_lite0" in out
    assert "own efficientnet_lite1" in out
    assert "second opinion efficientnet_lite2" in out
    copy = tmp_path / "copy.png"
    assert run(capsys, "again", str(path), "-o", str(copy))[0] == 0
    assert copy.read_bytes() == path.read_bytes()


def test_a_film_is_written_beside_the_picture(capsys, tmp_path):
    files = [tmp_path / "cup.png", tmp_path / "cup.webp"]
    arguments = ["render", "cup", "--recipe", "many", "--steps", "2", "--size", "64"]
    assert run(capsys, *arguments, "-o", str(files[0]), "--film", str(files[1]))[0] == 0
    assert all(file.stat().st_size > 0 for file in files)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["render", "dumbel"], "nearest: 'dumbbell'"),
        (["render", "cup", "--steps", "-1"], "steps of Recipe must be from 0"),
        (["render", "cup", "--lr", "0"], "greater than 0"),
        (["render", "cup", "--recipe", "nice"], "no recipe 'nice'"),
        (["render", "cup", "-o", "nowhere/cup.png"], "no folder 'nowhere'"),
        (["render", "cup", "-o", "there.png"], "'there.png' already"),
        (["render", "cup", "-o", "cup.jpg"], "end the name in .png"),
        (["render", "cup", "--film", "cup.gif"], "end the name in .webp"),
        (["again", "there.png", "-o", "new.png"], "carries no settings"),
        (["again", "missing.png", "-o", "new.png"], "missing.png"),
        (["again", "text.png", "-o", "new.png"], "text.png"),
    ],
)
def test_a_mistake_ends_in_one_sentence_and_writes_nothing(capsys, tmp_path, monkeypatch, arguments, sentence):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (4, 4)).save("there.png")
    (tmp_path / "text.png").write_text("no picture")
    status, out, err = run(capsys, *arguments)
    assert status == 1
    assert sentence in err
    assert err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["text.png", "there.png"]


def test_doctor_has_a_line_for_everything(capsys):
    status, out, _ = run(capsys, "doctor")
    assert status == 0
    assert out.count("ok ") == len(doctor.CHECKS) == len(doctor.MENDING)
    assert "diagnose(rendering) says why" in out


def test_doctor_says_how_to_mend_what_is_broken(capsys, monkeypatch):
    def broken():
        raise RuntimeError("operator torchvision::nms does not exist\nand more")

    monkeypatch.setitem(doctor.CHECKS, "PyTorch", broken)
    status, out, _ = run(capsys, "doctor")
    assert status == 1
    assert "BROKEN  PyTorch: operator torchvision::nms does not exist\n        to mend it: " in out
    assert out.count("ok ") == len(doctor.CHECKS) - 1


def test_importing_vizlib_waits_for_nothing_that_it_does_not_need_yet():
    code = "import sys, vizlib; vizlib.render; print(sorted({'sklearn', 'skimage', 'matplotlib', 'IPython', 'scipy'} & sys.modules.keys()))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
    code = "import sys, vizlib; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_no_connection_is_opened_after_import(tmp_path):
    code = (
        "import sys\n"
        "from vizlib import __main__, data, models, rendering\n"
        "def refuse(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'urllib.Request'):\n"
        "        raise SystemExit(f'opened {event} {arguments}')\n"
        "sys.addaudithook(refuse)\n"
        "__main__.main(['doctor'])\n"
        f"__main__.main(['render', 'cup', '--steps', '1', '--size', '48', '-o', r'{tmp_path / 'cup.png'}'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cup.png").exists()


def test_every_package_that_vizlib_imports_is_declared():
    root = Path(__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + sum(project["optional-dependencies"].values(), [])
    declared = {re.split(r"[<>=~ ]", one)[0].lower().replace("-", "_") for one in declared}
    names = {"PIL": "pillow", "sklearn": "scikit_learn", "skimage": "scikit_image", "IPython": "ipython"}
    imported = set()
    for file in (root / "vizlib").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.split(".")[0])
    foreign = {names.get(one, one).lower() for one in imported - sys.stdlib_module_names - {"vizlib"}}
    # JupyterLab and its kernel are what the doctor looks for; readers get them from requirements.txt. Under "sealed" the
    # sandbox of the grader knows the copy of the library that it makes.
    assert foreign - declared <= {"ipykernel", "jupyterlab", "sealed"}
