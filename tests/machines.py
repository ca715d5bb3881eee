"""nbval over notebooks on processors that can be simulated here. ``python -m tests.machines [NOTEBOOK …]``

What a processor computes differs in the last bits with its instructions and the number of threads; a training or a long
ascent makes much of them. A cell that is compared must say the same in every setting, and a claim must hold.
"""

import os
import subprocess
import sys

import torch

# The instructions of PyTorch's own kernels, those of oneDNN, and threads. `make test` itself is the machine as it is.
SETTINGS = {
    "the lowest instructions, 1 thread": ("default", "SSE41", 1),
    "AVX2, 2 threads": ("avx2", "AVX2", 2),
    "the machine as it is, 4 threads": (None, None, 4),
}


def environment(capability: str | None, onednn: str | None, threads: int) -> dict[str, str]:
    """The variables of a setting. Threads that outnumber the cores sleep while they wait for one another."""
    wanted = {"ATEN_CPU_CAPABILITY": capability, "ONEDNN_MAX_CPU_ISA": onednn, "MACHINE_THREADS": str(threads)}
    wanted |= {"MKL_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
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
        pytest = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-cell-timeout=900"]
        if subprocess.run([*pytest, *paths], env=environment(*setting)).returncode:
            failed.append(title)
    print("".join(f"Failed with {title}.\n" for title in failed), end="", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["notebooks", "solutions"]))
