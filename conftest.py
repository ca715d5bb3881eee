"""For every test run: no progress bars in what notebooks print, and no more threads than there are cores."""

import os

os.environ.setdefault("TQDM_DISABLE", "1")
workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
os.environ.setdefault("OMP_NUM_THREADS", str(max(1, os.cpu_count() // workers)))
