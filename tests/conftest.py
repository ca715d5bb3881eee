"""Shared by the tests."""

import hashlib
import os
import signal
import socket
from contextlib import contextmanager

import pytest
import torch
from hypothesis import settings
from playwright.sync_api import sync_playwright

from tests import lab as jupyterlab
from vizlib import models

# A submission is judged by the same examples every time; at home each run tries new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """No test may open a connection, except those in a browser, which talk to a server of their own."""
    if "browser" in request.keywords:
        return

    def refuse(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise OSError(f"a test tried to connect to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: (_ for _ in ()).throw(OSError("no name look-ups")))


@pytest.fixture(autouse=True)
def ctrl_c():
    """Ctrl-C raises KeyboardInterrupt, also where the tests run in the background: `nohup`, `make test &` ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def on_cpu():
    """Networks are loaded on the CPU, also where there is a GPU: for what is promised bit for bit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "default_device", lambda: torch.device("cpu"))
        yield


@pytest.fixture
def cpu():
    """The whole test :func:`on_cpu`."""
    with on_cpu():
        yield


@pytest.fixture(scope="module")
def lite0():
    # For a module only: catching up forgets the networks, and what was loaded before is then another one.
    return models.load("efficientnet_lite0", "cpu")


@pytest.fixture
def fingerprint():
    """A function that sums up everything about a network that a render must leave alone."""

    def of(model):
        digest = hashlib.sha256()
        for name, tensor in sorted(model.state_dict().items()):
            digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
        for name, module in model.named_modules():
            hooks = len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks)
            digest.update(f"{name} {module.training} {hooks}".encode())
        for name, parameter in model.named_parameters():
            digest.update(f"{name} {parameter.requires_grad} {parameter.grad is None}".encode())
        return digest.hexdigest()

    return of


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def lab(lab_folder):
    """The address of a JupyterLab on a copy of the notebooks, one for all tests."""
    with jupyterlab.serve(lab_folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    # For a module only: while it is open an event loop runs, and other tests want to start one.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=jupyterlab.find_browser(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, request):
    page = browser.new_page(viewport={"width": 1100, "height": 1500})
    yield page
    jupyterlab.photograph(page, request.node.name)
    page.close()
