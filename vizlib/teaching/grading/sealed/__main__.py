"""Run submissions inside the sandbox, and say what their answers do. The grader starts this; it sees no solution.

It has PyTorch and the locked cells loaded once. A fork runs the cells of a submission, a fork of that one each check.
What comes back is bytes that the grader does not trust: a line of JSON, then as many bytes as it says, and so on.
"""

import base64
import builtins
import inspect
import json
import os
import resource
import sys
from pathlib import Path

import torch
from sealed import processes, shell
from sealed.tiny import Tried

import vizlib
from vizlib.check import guard
from vizlib.check.exercise import EXERCISES
from vizlib.check.observe import observe

LARGEST = 8_000_000  # bytes of an outcome; those of this course have some thousands
ALL = 40_000_000  # bytes of all that a submission may send
CHECK = 90  # CPU seconds of a check, and the seconds by the clock after which it is ended
SUBMISSION = 300  # CPU seconds of all cells outside checks, and the seconds by the clock for everything
MEMORY = 2_500_000_000  # bytes that a submission may take beyond what is loaded
FILE = 50_000_000  # bytes of a file
BRIEFLY = 0.5  # CPU seconds of a small call


def main():
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    ipython = shell.prepare(json.loads(requests.readline()))
    processes.private()
    processes.adopt()
    _send(replies, b"ready")
    for line in requests:
        request = json.loads(line)
        told = processes.fork(lambda pipe: _submission(request, ipython, pipe), SUBMISSION, ALL, (requests, replies))  # noqa: B023
        processes.end()
        processes.empty(Path.cwd())
        _send(replies, told)


def _send(file, payload: bytes, **header):
    file.write(json.dumps({**header, "bytes": len(payload)}).encode() + b"\n" + payload)
    file.flush()


def _submission(request, ipython, pipe):
    """Run the cells of a submission, and observe its answers where their checks stand."""
    os.setsid()
    os.dup2(1, 2)
    processes.adopt()
    loaded = int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGESIZE")
    for kind, limit in (
        (resource.RLIMIT_CPU, SUBMISSION),
        (resource.RLIMIT_DATA, loaded + MEMORY),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    for name, data in request.get("files", {}).items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(base64.b64decode(data))
    sys.path.append(os.getcwd())  # last: they take the place of nothing that is installed
    before = _fingerprint()
    for number, cell in enumerate(request["cells"]):
        if "check" not in cell:
            _send(pipe, json.dumps(shell.run(cell["source"], ipython)).encode(), cell=number)
        elif cell["check"] in request["wanted"]:
            header, payload = _observed(cell["check"], ipython, request["seeds"][cell["check"]])
            changed = sorted(name for name, value in _fingerprint().items() if before.get(name, value) != value)
            _send(pipe, payload, exercise=cell["check"], changed=changed[:20], **header)
        elif cell["check"] in request.get("tried", {}) and cell["check"] in ipython.user_ns:
            told = _tried(cell["check"], ipython.user_ns, **request["tried"][cell["check"]])
            _send(pipe, told, tried=cell["check"])


def _observed(name, ipython, seed):
    """What the answer that now bears this name does: a header, and an outcome as bytes."""
    if name not in ipython.user_ns:
        return {"problem": "undefined"}, b""
    answer, before = ipython.user_ns[name], processes.descendants()

    def observed(pipe):
        resource.setrlimit(resource.RLIMIT_CPU, (CHECK, CHECK))
        outcome = observe(answer, EXERCISES[name], seed).to_bytes()
        pipe.write(len(outcome).to_bytes(8, "little") + outcome)

    told = processes.fork(observed, CHECK, LARGEST)
    if processes.end(spared=before):
        return {"problem": "a process went on after the answer"}, b""
    if len(told) < 8:
        return {"problem": "it ended the process, or used too much time or memory"}, b""
    if len(told) - 8 != int.from_bytes(told[:8], "little"):
        return {"problem": "more or less came back than one outcome"}, b""
    return {}, told[8:]


def _tried(name, names, calls, sources):
    """What the answer does in small calls, and functions of its name do that take its place; outcomes, numbered."""
    before = processes.descendants()

    def tried(pipe):
        resource.setrlimit(resource.RLIMIT_CPU, (CHECK, CHECK))
        guard.SECONDS = BRIEFLY
        for number, source in enumerate([None, *sources]):
            scope = dict(names)
            if source is not None:
                exec(source, scope)
            _send(pipe, observe(scope[name], Tried(EXERCISES[name], calls), 0).to_bytes(), number=number)

    told = processes.fork(tried, CHECK, LARGEST)
    processes.end(spared=before)
    return told


def _fingerprint() -> dict:
    """What of PyTorch, Python and the checks a submission might replace; only for the report."""
    places = (torch, torch.Tensor, torch.nn.functional, torch.autograd, torch.random, inspect, builtins, vizlib.check)
    marks = {
        f"{place.__name__}.{name}": id(value)
        for place in places
        for name, value in vars(place).items()
        if not name.startswith("_") or place is torch.Tensor
    }
    return marks | {"observe": (id(observe.__code__), id(observe.__wrapped__.__code__))}


if __name__ == "__main__":
    main()
