"""Who makes the pictures: processes on this machine, or the workers of a Dask scheduler."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
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
    if workers is None:
        workers = 1 if torch.cuda.is_available() else dask.system.CPU_COUNT
    workers = _validate.whole(workers, "The number of workers", 1)
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


def made(client, missing, folder, batch: int) -> Iterator[dict]:
    """What comes back, as it comes: lines of the manifest, and of failures. A result is let go once it is here."""
    import distributed

    groups = [missing[first : first + batch] for first in range(0, len(missing), batch)]
    keys = [f"{group[0]['key']}-{index}" for index, group in enumerate(groups)]
    futures = client.map(task.make, groups, folder=str(folder), key=keys, retries=RETRIES)
    of = dict(zip(futures, groups, strict=True))
    del futures
    with tqdm(total=len(missing), unit="picture", disable=bool(os.environ.get("TQDM_DISABLE"))) as bar:
        for future in distributed.as_completed(list(of)):
            group = of.pop(future)
            try:
                yield from future.result()
            except Exception as error:  # whatever happened to some pictures, the others are still wanted
                why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                yield from ({"key": one["key"], "title": one["title"], "error": why} for one in group)
            bar.update(len(group))
            future.release()
