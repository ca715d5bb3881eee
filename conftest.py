"""For every test run: no progress bars in what notebooks print, no more threads than cores, no trace at home."""

import os
import tempfile

os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("VIZLIB_HOME", tempfile.mkdtemp(prefix="vizlib-"))  # which exercises were solved is kept there
# A worker inherits what the process that started it has set: the number is lowered here, not only filled in.
# tests/machines.py wants just as many as it says, also more than there are cores.
if "MACHINE_THREADS" in os.environ:
    os.environ["OMP_NUM_THREADS"] = os.environ["MACHINE_THREADS"]
else:
    share = max(1, os.cpu_count() // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)))
    os.environ["OMP_NUM_THREADS"] = str(min(share, int(os.environ.get("OMP_NUM_THREADS", share))))
