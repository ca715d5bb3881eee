"""Shared by the unit tests."""

import hashlib
import socket

import pytest

from vizlib import models


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


@pytest.fixture(scope="session")
def lite0():
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
