"""nbval over notebooks on machines that can be simulated here. ``python -m tests.machines [NOTEBOOK …]``

What a processor computes differs in the last bits with its instructions and the number of threads; a training or a long
ascent makes much of them. A cell that is compared must say the same in every setting, and a claim must hold. A GPU is
simulated by :mod:`tests.elsewhere`, which a kernel begins with.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from tests.lab import ROOT

# The instructions of PyTorch's own kernels, those of oneDNN, and threads. `make test` itself is the machine as it is.
SETTINGS = {
    "the lowest instructions, 1 thread": ("default", "SSE41", 1),
    "AVX2, 2 threads": ("avx2", "AVX2", 2),
    "the machine as it is, 4 threads": (None, None, 4),
    "the stand-in for a GPU, 1 thread": (None, None, 1),
}
BEGIN = "from tests import elsewhere\nelsewhere.pytest_configure()\n"  # what IPython runs before the first cell


def environment(capability: str | None, onednn: str | None, threads: int) -> dict[str, str]:
    """The variables of a setting. Threads that outnumber the cores sleep while they wait for one another."""
    wanted = {"ATEN_CPU_CAPABILITY": capability, "ONEDNN_MAX_CPU_ISA": onednn, "MACHINE_THREADS": str(threads)}
    # MKL would give no more threads than there are cores.
    wanted |= {"MKL_NUM_THREADS": str(threads), "MKL_DYNAMIC": "FALSE", "OMP_WAIT_POLICY": "PASSIVE"}
    return os.environ | {name: value for name, value in wanted.items() if value}


def main(paths: list[str]) -> int:
    """Run every setting, also after one has failed; 1 if one did."""
    has_avx2 = torch.backends.cpu.get_cpu_capability().startswith("AVX")
    failed = []
    for title, setting in SETTINGS.items():
        if setting[0] == "avx2" and not has_avx2:
            print(f"{title}: left out, this processor has no AVX2.", flush=True)
            continue
        print(f"{title}:", flush=True)
        workers = max(1, (os.cpu_count() or 1) // setting[2])
        pytest = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "--dist", "loadfile", "--nbval"]
        with tempfile.TemporaryDirectory() as folder:
            variables = environment(*setting)
            if "GPU" in title:
                startup = Path(folder, "profile_default", "startup")
                startup.mkdir(parents=True)
                (startup / "00.py").write_text(BEGIN)
                variables |= {"IPYTHONDIR": folder, "PYTHONPATH": str(ROOT)}
            if subprocess.run([*pytest, "--nbval-cell-timeout=900", *paths], env=variables).returncode:
                failed.append(title)
    print("".join(f"Failed with {title}.\n" for title in failed), end="", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["notebooks", "solutions"]))
