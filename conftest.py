"""For every test run: no progress bars in what notebooks print, and no thread more than there are cores."""

import os

os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count()))
