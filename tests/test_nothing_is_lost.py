"""A picture whose steps were made is there in the end, whatever fails; and what must fail does so before the first."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from vizlib import __main__ as command
from vizlib import _display, _files, _judges, models
from vizlib.check import progress
from vizlib.models import Classifier
from vizlib.rendering import Rendering, render

SMALL = {"recipe": "simonyan2013", "size": 32, "steps": 1}
PRINT = ["render", "cup", "--recipe", "simonyan2013", "--size", "32", "--steps", "1", "-o"]


@pytest.fixture(scope="module")
def made():
    return render("cup", **SMALL, frames=2, second_opinions=())


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The temporary folder that a picture is kept in when its place does not take it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class Picky(nn.Module):
    """A network that takes images of one size alone."""

    def forward(self, images):
        assert images.shape[-1] == 40, "images of 40 pixels\nare expected"
        return images.mean(dim=(2, 3))


class Tired(nn.Module):
    """A network that works until ``tired`` is set."""

    tired = False

    def forward(self, images):
        if self.tired:
            raise RuntimeError("out of memory\nand more")
        return images.mean(dim=(2, 3))


def no_step(self):
    raise AssertionError("a step was taken")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["efficientnet_lite3"], "no network 'efficientnet_lite3'; the nearest"),
        ("efficientnet_lit2", "no network 'efficientnet_lit2'; the nearest"),
        ([Picky()], "Picky cannot be asked about a picture of 32 × 32: Picky does not take .* .images of 40 pixels.;"),
        ([3], "a torch.nn.Module, not int"),
        (["alexnet"], "'alexnet' are not on this machine and could not be downloaded"),
    ],
    ids=["typo", "typo in a string", "fixed size", "no network", "download"],
)
def test_what_is_wrong_with_the_second_opinions_shows_before_the_first_step(monkeypatch, asked, sentence):
    def refuse(*arguments, **named):
        raise OSError("no connection")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    monkeypatch.setattr(Rendering, "__next__", no_step)
    with pytest.raises((ValueError, TypeError, OSError), match=sentence) as error:
        render("cup", **SMALL, second_opinions=asked)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("asked", ["efficientnet_lite2", ["efficientnet_lite2"], models.load("efficientnet_lite2")])
def test_one_network_needs_no_list(asked):
    (said,) = render("cup", **SMALL, second_opinions=asked).held_out
    assert said.network == "efficientnet_lite2"


def test_a_network_that_fails_at_the_finished_picture_costs_a_note(monkeypatch):
    network, step = Tired(), Rendering.__next__

    def last_step(rendering):
        made = step(rendering)
        network.tired = True
        return made

    monkeypatch.setattr(Rendering, "__next__", last_step)
    result = render("cup", **SMALL, second_opinions=[network, "efficientnet_lite2"])
    assert [said.network for said in result.held_out] == ["efficientnet_lite2"]
    assert result.settings["notes"] == ["Tired could not be asked: out of memory"]
    assert "Tired could not be asked" in str(result)


def test_a_list_of_names_that_is_too_short_shows_before_the_first_step(monkeypatch):
    monkeypatch.setattr(Rendering, "__next__", no_step)
    module = nn.Sequential(nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(ValueError, match="gives 5 logits, but there are 1 names"):
        render(0, network=Classifier.wrap(module, categories=["a"]), **SMALL)


def error_of(kind, *arguments):
    def fail(*given, **named):
        raise kind(*arguments)

    return fail


@pytest.fixture
def full_disk():
    """A function that makes each file that is then written end after 20 bytes, as on a full disk; root meets it, too."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("there", [True, False], ids=["over a good file", "a new file"])
@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_a_full_disk_destroys_nothing_and_leaves_nothing(tmp_path, made, full_disk, suffix, there):
    save = made.save if suffix == ".png" else made.save_film
    path = tmp_path / f"cup{suffix}"
    if there:
        save(path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    full_disk()
    with pytest.raises(OSError, match=r"'cup.*' cannot be written: .* No temporary folder could take it, either.$"):
        save(path, overwrite=True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_text_is_whole_or_the_old_one(tmp_path, monkeypatch):
    path = _files.write(tmp_path / "one.json", "old")
    link = tmp_path / "link.json"
    link.symlink_to(path)
    monkeypatch.setattr(_files.os, "replace", error_of(OSError, 28, "No space left on device"))
    with pytest.raises(OSError, match="No space left"):
        _files.write(link, "new")
    monkeypatch.undo()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link.json", "one.json"]
    assert path.read_text() == "old"
    _files.write(link, "new")
    assert path.read_text() == "new"
    assert link.is_symlink()


def test_a_file_that_only_its_owner_reads_is_never_readable_by_others(tmp_path):
    assert _files.write(tmp_path / "seed", "1", 0o600).stat().st_mode & 0o777 == 0o600


def test_what_was_solved_is_not_forgotten_on_a_full_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("VIZLIB_HOME", str(tmp_path))
    progress.remember("first")
    monkeypatch.setattr(_files.os, "replace", error_of(OSError, 28, "No space left on device"))
    progress.remember("second")
    assert json.loads((tmp_path / "solved.json").read_text()) == ["first"]
    assert len(list(tmp_path.iterdir())) == 1


def test_every_file_of_ours_is_written_that_way():
    """What still opens a file for writing: the manifest of an atlas, to which lines are added, and what is no course's."""
    root = Path(_files.__file__).parent
    writing = (".write_text(", ".write_bytes(", "os.replace(", "torch.save(")
    found = {
        str(path.relative_to(root)) for path in root.rglob("*.py") if any(word in path.read_text() for word in writing)
    }
    assert found == {
        "_files.py",
        "teaching/stage/lessons.py",
        "teaching/grading/library.py",
        "teaching/grading/sealed/__main__.py",
    }  # into memory; a sandbox's copy; in a sandbox, what lay beside a notebook
    assert "torch.save({" in (root / "teaching/stage/lessons.py").read_text()
    assert hasattr(_display, "webp")


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (lambda path, patch: path.mkdir(), "is a folder: choose another name"),
        (
            lambda path, patch: patch.setattr(
                tempfile, "TemporaryFile", error_of(PermissionError, 13, "Permission denied")
            ),
            "Nothing can be written into the folder",
        ),
    ],
    ids=["a folder", "no permission"],
)
def test_a_place_that_takes_no_picture_is_found_before_the_first_step(
    tmp_path, monkeypatch, capsys, break_it, sentence
):
    path = tmp_path / "cup.png"
    break_it(path, monkeypatch)
    monkeypatch.setattr(Rendering, "__next__", no_step)
    assert command.main([*PRINT, str(path)]) == 1
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_a_name_that_is_too_long_is_found_before_the_first_step(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Rendering, "__next__", no_step)
    assert command.main([*PRINT, str(tmp_path / f"{'x' * 300}.png")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_disk_that_fills_meanwhile_keeps_the_picture_elsewhere(tmp_path, monkeypatch, capsys, kept):
    write = _files.write

    def full(path, content, *mode):
        if Path(path).parent == tmp_path:
            raise OSError(28, "No space left on device")
        return write(path, content, *mode)

    monkeypatch.setattr(_files, "write", full)
    assert command.main([*PRINT, str(tmp_path / "cup.png")]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "'cup.png' cannot be written: No space left on device. What was made is kept as " in err
    (file,) = kept.glob("*/cup.png")
    assert str(file) in err
    assert Image.open(file).text["vizlib"]


def test_a_picture_that_is_saved_in_one_line_is_kept_when_its_name_is_taken(tmp_path, made, kept):
    made.save(tmp_path / "cup.png")
    with pytest.raises(FileExistsError, match="'cup.png' already; .* is kept as"):
        made.save(tmp_path / "cup.png")
    (file,) = kept.glob("*/cup.png")
    assert file.read_bytes() == (tmp_path / "cup.png").read_bytes()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_any_output_takes_what_the_command_prints(encoding):
    code = (
        "import vizlib.__main__ as m; help, add, _ = m.COMMANDS['doctor']\n"
        "m.COMMANDS['doctor'] = help, add, lambda given: print('η → é')\n"
        "m.main(['doctor'])"
    )
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    assert done.stderr == b""
    assert done.stdout.decode(encoding).split() == ["?", "?", "?" if encoding == "ascii" else "é"]


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError, OSError, ValueError])
def test_no_mistake_is_a_traceback_on_the_command_line(monkeypatch, capsys, tmp_path, kind):
    monkeypatch.setattr(_judges, "get", error_of(kind, "the first line\nand the second"))
    assert command.main([*PRINT, str(tmp_path / "cup.png")]) == 1
    assert capsys.readouterr().err == "vizlib: the first line and the second\n"
