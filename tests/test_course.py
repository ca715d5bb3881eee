import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vizlib import course

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, unpacked as pip does it: no clone is near."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    copy = folder / "source"  # setuptools builds within it
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith(("tests/", "solutions/", "page/")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    (copy / "solutions").mkdir()
    (copy / "solutions" / "secret.ipynb").write_text("{}")
    subprocess.run([*pip, "-w", folder, copy], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as file:
        file.extractall(folder / "installed")
    return folder / "installed"


def test_the_wheel_has_all_notebooks_and_exercises_and_no_solution(wheel):
    inside = wheel / "vizlib" / "_course"
    for kind in ("notebooks", "exercises"):
        names = {
            path.relative_to(ROOT) for path in (ROOT / kind).rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
        }
        assert {path.relative_to(inside) for path in (inside / kind).rglob("*.ipynb")} == names
        assert len(names) >= 7
    assert not list(wheel.rglob("secret.ipynb"))
    for path in (inside / "exercises").rglob("*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        assert not [cell for cell in cells if "BEGIN SOLUTION" in "".join(cell["source"])]


def run(wheel, *arguments, **more):
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    command = [sys.executable, "-P", "-m", "vizlib", "course", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, **more)


def test_from_the_wheel_the_course_goes_into_a_folder_and_nothing_there_is_lost(wheel, tmp_path):
    folder = tmp_path / "my course"
    assert "left as it is" not in run(wheel, folder, "--copy", check=True, cwd=tmp_path).stdout
    own = folder / "notebooks" / "02_update_the_pixels.ipynb"
    assert own.exists()
    assert (folder / ".jupyter" / "lab_config.py").exists()
    own.write_text("mine")
    (folder / "README.md").unlink()
    said = run(wheel, folder, "--copy", check=True, cwd=tmp_path).stdout
    assert own.read_text() == "mine"
    assert said.count("left as it is") == 1
    assert str(own) in said
    assert (folder / "README.md").exists()


def test_a_file_in_place_of_the_folder_is_said(tmp_path, wheel):
    (tmp_path / "here").write_text("")
    found = run(wheel, tmp_path / "here", "--copy")
    assert found.returncode == 1
    assert "is a file" in found.stderr


def test_a_clone_says_how_it_is_opened(tmp_path):
    with pytest.raises(ValueError, match="make lab"):
        course.copy(tmp_path)


def test_without_jupyterlab_one_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"vizlib\[lab\]"):
        course.start(tmp_path)


def test_it_opens_the_first_notebook_with_the_settings_of_the_course(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(course.subprocess, "call", lambda command: called.append(command) or 0)
    assert course.start(tmp_path) == 0
    (command,) = called
    assert str(tmp_path / course.FIRST) == command[-1]
    assert f"--config={tmp_path / '.jupyter' / 'lab_config.py'}" in command
    assert (ROOT / course.FIRST).exists()
