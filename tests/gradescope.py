"""A tree as Gradescope makes it, without a network: ``/autograder`` with what it puts there, and the system.

``unshare`` gives namespaces of mounts, processes and the network; nothing outside of the folder changes. What
``setup.sh`` installs from the network is this Python, mounted at ``/autograder/venv``.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

UNSHARE = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"]
# In a tree of root's own, bwrap may be hidden, but Python's folders are open to all, as on Ubuntu.
MOUNTS = """
set -e
root=$1; autograder=$2; shift 2
mount -t tmpfs none $root
mkdir -p $root/dev $root/proc $root/tmp $root/autograder $root/old
chmod 1777 $root/tmp
for place in /usr /etc /nix/store "$@"; do
    if [ -d $place ]; then mkdir -p $root$place; mount --rbind $place $root$place; fi
done
for link in bin lib lib64 sbin; do if [ -L /$link ]; then ln -s usr/$link $root/$link; fi; done
mount --rbind /dev $root/dev
mount -t proc proc $root/proc
mount --bind $autograder $root/autograder
mount --bind $PREFIX $root/autograder/venv
if [ -n "$NO_SANDBOX" ]; then mount --bind /dev/null $root$(command -v bwrap); fi
cd $root
pivot_root . old
umount -l /old
cd /autograder
exec ./run_autograder
"""


def possible() -> bool:
    """Whether such a tree can be made here."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    command = [*UNSHARE, *user, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True).returncode == 0


class Gradescope:
    """An assignment on Gradescope.

    Args:
        folder: for the tree.
        autograder: the zip.
    """

    def __init__(self, folder: Path, autograder: Path):
        self.autograder, self.root = folder / "autograder", folder / "root"
        for path in (self.autograder / "source", self.autograder / "venv", self.root):
            path.mkdir(parents=True)
        with zipfile.ZipFile(autograder) as archive:
            archive.extractall(self.autograder / "source")
        shutil.copy(self.autograder / "source" / "run_autograder", self.autograder)
        (self.autograder / "run_autograder").chmod(0o755)

    def run(self, submission: Path, sandbox: bool = True):
        """Grade a folder: the content of ``results.json`` or None, and what was printed."""
        for name in ("submission", "results"):
            shutil.rmtree(self.autograder / name, ignore_errors=True)
        (self.autograder / "results").mkdir()
        shutil.copytree(submission, self.autograder / "submission", symlinks=True)
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        environment = {"PATH": os.environ["PATH"], "PREFIX": sys.prefix, "NO_SANDBOX": "" if sandbox else "1"}
        done = subprocess.run(
            [*UNSHARE, *user, "bash", "-c", MOUNTS, "tree", str(self.root), str(self.autograder), sys.base_prefix],
            env=environment,
            capture_output=True,
            text=True,
        )
        target = self.autograder / "results" / "results.json"
        return json.loads(target.read_text()) if target.exists() else None, done.stdout + done.stderr
