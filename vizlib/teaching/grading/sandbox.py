"""Start the process that runs submissions, shut off from everything else by bubblewrap, and ask it.

It sees the system and Python, both read-only, an empty folder of its own, and a part of vizlib. It has no network and
only its own processes.
"""

import contextlib
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vizlib.teaching.grading.library import copy_library

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/nix/store")
SYSTEM += ("/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives")
START, ANSWER = 300, 360  # seconds by the clock for loading, and for a submission
LARGEST = 50_000_000  # bytes of an answer
SCRATCH = 200_000_000  # bytes of the folder that submissions may write to
NOBODY = 65534


@functools.cache
def sealable() -> bool:
    """Whether bubblewrap is there and may do its work."""
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return False
    nothing = Path(shutil.which("true") or "/bin/true").resolve()
    return subprocess.run([*_bwrap("/"), "--ro-bind", nothing, "/true", "/true"], capture_output=True).returncode == 0


class Sandbox:
    """A process that runs submissions.

    Args:
        locked: the source of the cells that every submission begins with.
        exercises: names of the exercises whose answers are wanted.
        root: folder of the course, which the process does not see.

    Attributes:
        sealed: whether it is shut off. If not, it is an ordinary process; of nobody if this one is root's, and if
            Python lies where nobody may run it.
    """

    def __init__(self, locked, exercises, root):
        self.locked, self.root, self.sealed = locked, root, sealable()
        self.user = {} if self.sealed or not _can_be_nobody() else {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.folder = Path(tempfile.mkdtemp(prefix="grading-"))
        copy_library(self.folder / "library", exercises, locked)
        self.process, self.closed = None, False

    def ask(self, request) -> bytes | None:
        """Run a submission. None if no answer comes, or one that is too large; the next call starts afresh.

        Raises:
            RuntimeError: the process does not even start.
        """
        if self.closed:
            return None
        if self.process is None:
            self._start()
        return self._exchange(request, ANSWER)

    def stop(self):
        """End the process, and whatever runs in it."""
        process, self.process = self.process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def close(self):
        """End it for good."""
        self.closed = True
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self):
        library, home = str(self.folder / "library"), tempfile.mkdtemp(dir=self.folder)
        if self.user:
            self.folder.chmod(0o755)
            os.chown(home, NOBODY, NOBODY)
        environment = {
            "HOME": "/tmp" if self.sealed else home,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(["/library" if self.sealed else library, *_packages()]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",  # before torch loads: a fork of a process that computed on more hangs
            "CUDA_VISIBLE_DEVICES": "",
            "TQDM_DISABLE": "1",
        }
        run = [sys.executable, "-P", "-m", "sealed"]
        with open(self.folder / "errors.txt", "w") as errors:
            self.process = subprocess.Popen(
                [*_bwrap(self.root), "--ro-bind", library, "/library", *run] if self.sealed else run,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                cwd=home,
                start_new_session=True,
                **self.user,
            )
        if self._exchange(self.locked, START) != b"ready":
            said = (self.folder / "errors.txt").read_text(errors="replace").strip()
            raise RuntimeError(f"The process that runs submissions does not start: {said[-2000:] or 'no message'}")

    def _exchange(self, request, seconds):
        told = None
        process = self.process
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # it has ended, or makes no sense
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            told = _receive(process.stdout.fileno(), time.monotonic() + seconds)
        if told is None:
            self.stop()
        return told


def _can_be_nobody():
    """Whether this process may start one of another user, who may run Python."""
    return os.geteuid() == 0 and all(path.stat().st_mode & 1 for path in Path(sys.executable).resolve().parents)


def _receive(file, deadline):
    """A line of JSON and as many bytes as it says, or None."""
    told, size = b"", None
    while size is None or len(told) < size:
        if not select.select([file], [], [], max(0, deadline - time.monotonic()))[0]:
            return None
        part = os.read(file, 1 << 20)
        told += part
        if not part or len(told) > LARGEST:
            return None
        if size is None and b"\n" in told:
            head, _, told = told.partition(b"\n")
            size = json.loads(head)["bytes"]
    return told


def _bwrap(root):
    """The command that shuts off what follows."""
    command = [os.path.abspath(shutil.which("bwrap")), "--unshare-all", "--unshare-user", "--cap-drop", "ALL"]
    command += ["--uid", str(NOBODY), "--gid", str(NOBODY)]
    command += ["--new-session", "--die-with-parent"]
    for path in map(Path, SYSTEM):
        command += ["--symlink", os.readlink(path), str(path)] if path.is_symlink() else ["--ro-bind-try", path, path]
    mounts = {Path("/tmp"): ["--size", str(SCRATCH), "--tmpfs"]}
    if str(root) != "/":
        mounts[Path(root)] = ["--tmpfs"]
    for folder in map(Path, (sys.base_prefix, sys.prefix, *_packages())):
        mounts[folder] = ["--ro-bind", folder.resolve()]
        mounts[folder.resolve()] = ["--ro-bind", folder.resolve()]
    # A mount hides what is below it. So a folder comes before those inside it: Python may lie in /tmp or in the course.
    as_on_disk = {Path(path): True for path in SYSTEM}
    for place in sorted(mounts):
        shown = as_on_disk.get(max((folder for folder in as_on_disk if folder in place.parents), default=None))
        # The course needs hiding where it shows; a link that shows needs no mount.
        if shown if place == Path(root) else not shown or place.resolve() == place:
            command += [*mounts[place], place]
            as_on_disk[place] = "--ro-bind" in mounts[place]
    command += ["--dev", "/dev", "--proc", "/proc", "--chdir", "/tmp"]
    return list(map(str, command))


def _packages():
    """The folders of installed packages that this Python has, also the user's and those that a .pth file names."""
    return [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()]
