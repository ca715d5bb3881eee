"""What a notebook needs: peak memory and processor time of its kernel. ``python tests/measure_notebooks.py [NOTEBOOK …]``"""

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
# Linux and macOS; the unit of ru_maxrss is a kibibyte on the one and a byte on the other.
ASK = """import json, resource, sys
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10), used.ru_utime + used.ru_stime]))"""


def measure(path: Path) -> tuple[float, float]:
    """Run a notebook from a fresh kernel: peak resident memory in MiB, and seconds of processor time."""
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell(ASK))
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(path.parent)}}).execute()
    memory, seconds = json.loads(notebook.cells[-1].outputs[0].text)
    return memory, seconds


if __name__ == "__main__":
    chosen = [Path(name) for name in sys.argv[1:]]
    for path in chosen or [*sorted(ROOT.glob("notebooks/**/*.ipynb")), *sorted(ROOT.glob("solutions/*/*.ipynb"))]:
        memory, seconds = measure(path)
        print(f"{path.stem:36} {memory:6.0f} MiB {seconds:6.0f} s of one core", flush=True)
