"""Who makes the pictures: processes on this machine, or the workers of a Dask scheduler."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

from vizlib import _validate
from vizlib.atlas import task

RETRIES = 2
# Dask's own setting also has every freed tensor given back to the system (MALLOC_TRIM_THRESHOLD_): 1.8 × the time.
ALONE = {"OMP_NUM_THREADS": 1}


@contextmanager
def client(scheduler, workers, most):
    """A client of a scheduler, or of processes on this machine, at ``most`` so many."""
    import dask.system
    import distributed

    if scheduler is not None:
        if workers is not None:
            raise ValueError("A scheduler has workers of its own: leave --workers out.")
        try:
            client = distributed.Client(scheduler, timeout=10)
            client.wait_for_workers(1, timeout=60)
        except OSError as error:
            why = str(error).splitlines()[0]
            raise OSError(f"There is no Dask scheduler at {scheduler!r} that has workers: {why}.") from None
        with client:
            yield client
        return
    workers = dask.system.CPU_COUNT if workers is None else _validate.whole(workers, "The number of workers", 1)
    # Whoever reaches a scheduler can run code on its workers: no address but this machine's own, and no dashboard.
    here = {"host": "127.0.0.1", "scheduler_port": 0, "dashboard_address": None}
    each = {"threads_per_worker": 1, "processes": True, "memory_limit": 0}
    with (
        _main_hidden(),
        dask.config.set(
            {"distributed.scheduler.allowed-failures": RETRIES, "distributed.nanny.pre-spawn-environ": ALONE}
        ),
        distributed.LocalCluster(min(workers, most), **each, **here, silence_logs=logging.ERROR) as local,
        distributed.Client(local) as client,
    ):
        yield client


@contextmanager
def _main_hidden():
    """Hide which script runs: a new process would run it once more, and with it the call that started the workers.

    They need nothing of it. So no script has to say ``if __name__ == "__main__":``.
    """
    main = sys.modules["__main__"]
    hidden = {name: vars(main).pop(name) for name in ("__file__", "__spec__") if name in vars(main)}
    main.__spec__ = None  # where multiprocessing looks first
    try:
        yield
    finally:
        vars(main).update(hidden)


def made(client, missing, folder) -> Iterator[dict]:
    """What comes back, as it comes: lines of the manifest, and of failures. A result is let go once it is here."""
    import distributed

    keys = [f"{one['key']}-{index}" for index, one in enumerate(missing)]
    futures = client.map(task.make, missing, folder=str(folder), key=keys, retries=RETRIES)
    of = dict(zip(futures, missing, strict=True))
    del futures
    bar = {"total": len(missing), "unit": "picture", "disable": bool(os.environ.get("TQDM_DISABLE"))}
    for future in tqdm(distributed.as_completed(list(of)), **bar):
        one = of.pop(future)
        try:
            yield future.result()
        except Exception as error:  # whatever happened to one picture, the others are still wanted
            why = str(error).splitlines()[0] if str(error) else ""
            yield {"key": one["key"], "title": one["title"], "error": f"{type(error).__name__}: {why}"}
        future.release()
