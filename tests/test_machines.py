"""Other machines than this one: what can be seen of them from here."""

import json
import os
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import torch
import yaml

from tests import machines
from tests.elsewhere import AWAY, Away
from tests.lab import ROOT

WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
@pytest.mark.parametrize(("system", "folder"), [("Windows_NT", "Scripts"), ("", "bin")])
def test_make_finds_its_programs_where_the_system_puts_them(system, folder):
    for goal in ("lab", "test", "site", "test-lowest"):
        command = ["make", "--dry-run", "--always-make", f"OS={system}", goal]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        programs = {word for word in said.replace("\\\n", " ").split() if word.startswith(".venv") and "/" in word}
        folders = {word.split("/")[1] for word in programs if word.count("/") > 1}
        assert folders == {folder}, goal


def test_tests_run_on_three_systems_with_the_oldest_and_a_new_python():
    matrix = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]["test"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    oldest = (ROOT / "pyproject.toml").read_text().split('requires-python = ">=')[1].split('"')[0]
    assert matrix["python"][0] == oldest
    assert len(matrix["python"]) == 2


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_call_what_there_is(path):
    text = path.read_text()
    goals = set((ROOT / "Makefile").read_text().split(".PHONY: ")[1].splitlines()[0].split())
    for line in text.splitlines():
        words = line.split()
        for before, after in zip(words, words[1:], strict=False):
            if before == "make":
                assert after in goals, line


def test_the_stand_in_for_a_gpu_computes_and_mixes_no_devices():
    weights = torch.randn(3, 2).to(AWAY).requires_grad_()
    near = torch.ones(1, 3)
    with pytest.raises(RuntimeError, match="same device"):
        near @ weights
    score = (near.to(AWAY) @ weights).square().sum()
    (gradient,) = torch.autograd.grad(score, weights)
    assert isinstance(gradient, Away)
    assert torch.allclose(gradient.cpu(), 2 * near.mT @ (near @ weights.cpu()))
    with pytest.raises(RuntimeError, match="numpy"):
        gradient.numpy()


@pytest.mark.skipif(not shutil.which("actionlint"), reason="actionlint is not installed")
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_clean_for_actionlint(path):
    command = ["actionlint", "-format", "{{json .}}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert json.loads(done.stdout or "[]") == []


@pytest.mark.parametrize(("capability", "threads"), [("AVX512", "1241"), ("DEFAULT", "141")])
def test_every_simulated_processor_is_tried_and_those_that_failed_are_named(monkeypatch, capsys, capability, threads):
    asked = []

    def run(command, env):
        asked.append(env["MACHINE_THREADS"])
        return SimpleNamespace(returncode=int(len(asked) == 1))

    monkeypatch.setattr(machines.subprocess, "run", run)
    monkeypatch.setattr(machines.torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert machines.main(["notebooks"]) == 1
    assert "".join(asked) == threads
    said, failed = capsys.readouterr()
    assert failed == "Failed with the lowest instructions, 1 thread.\n"
    assert ("left out" in said) == (capability == "DEFAULT")
