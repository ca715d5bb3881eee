"""An atlas: a picture of every class, or of every channel of a layer, as a job that may be stopped and goes on later.

The engine is Dask: a local cluster, or any scheduler. A task is plain data, and what is made of it depends on nothing
else: objective, recipe and seed. A worker writes the picture; the client alone writes what is known of it.
"""

import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm.auto import tqdm

from vizlib import inputs, models, objectives, recipes
from vizlib.atlas import page, task

RETRIES = 2
# Dask's own setting also has every freed tensor given back to the system (MALLOC_TRIM_THRESHOLD_): 1.8 × the time.
ALONE = {"OMP_NUM_THREADS": 1}


def tasks(classes: Iterable | None = None, layer: str | None = None, recipe="default", seed=0, limit=None, **changes):
    """What to make, as a list of plain dicts.

    Args:
        classes: names or indices of classes; all 1,000 of ImageNet if neither these nor a layer are given.
        layer: every channel of this layer, in place of classes, in the first network of the recipe.
        recipe: a preset's name or a :class:`vizlib.recipes.Recipe`.
        seed: the seed of every picture.
        limit: at most so many, evenly from all that were asked for.
        changes: settings of the recipe to replace, e.g. ``steps=64``.

    Raises:
        ValueError: an unknown class, layer, recipe or setting.
    """
    recipe, seed = recipes.get(recipe, **changes), inputs.whole(seed, "The seed", 0, 2**63 - 1)
    model = models.get(recipe.network[0])
    if layer is not None:
        inputs.choice(layer, model.layers, "layer")
        channels = range(task.channels(model, layer))
        asked = [(f"{layer}_{n:04}", f"{layer}, channel {n}", objectives.channel(layer, n)) for n in channels]
    else:
        indices = range(len(model.categories)) if classes is None else [model.category(one) for one in classes]
        asked = [_of_class(model.categories, index) for index in dict.fromkeys(indices)]
    if limit is not None:
        count = min(len(asked), inputs.whole(limit, "The limit", 1))
        asked = [asked[i * len(asked) // count] for i in range(count)]
    same = {"recipe": recipe.to_json(), "seed": seed}
    same = json.loads(json.dumps(same))  # as a manifest gives it back: lists for tuples
    return [{"key": key, "title": title, "objective": what.to_json(), **same} for key, title, what in asked]


def _of_class(names, index):
    # The index keeps Cardigan, the dog, and cardigan apart where file names are alike in any case.
    key = f"{index:03}_" + "".join(letter if letter.isalnum() else "_" for letter in names[index])
    return key, names[index], objectives.class_score(names[index])


def run(wanted: list[dict], folder: str | Path, scheduler: str | None = None, workers: int | None = None) -> list[dict]:
    """Make the pictures that are missing or damaged, and the page ``index.html``.

    The folder gets ``pictures/KEY.webp``, each with its settings inside; ``manifest.jsonl``, a line for each; and
    ``failures.jsonl``, if a picture could not be made in three attempts.

    Args:
        wanted: what :func:`tasks` gives.
        folder: where to; with a scheduler elsewhere, a folder that its workers see under the same path.
        scheduler: the address of a running Dask scheduler; a local cluster, reachable from this machine alone, if
            left out.
        workers: how many processes the local cluster has; one for each core if left out. Each has one thread.

    Returns:
        What failed: dicts with ``key``, ``title`` and ``error``.

    Raises:
        OSError: the folder cannot be written, or the scheduler is not there.
        ValueError: the folder holds pictures that were made with other settings; Dask is not installed.
    """
    folder = Path(folder).resolve()
    with _alone_in(folder):
        lines = {line["key"]: line for line in _whole_lines(folder)}
        for one in wanted:
            if any(lines.get(one["key"], one)[name] != one[name] for name in ("objective", "recipe", "seed")):
                raise ValueError(f"{str(folder)!r} holds {one['key']!r} made with other settings: take another folder.")
        _write_lines(folder / "manifest.jsonl", lines.values())
        missing, failures = [one for one in wanted if one["key"] not in lines], []
        try:
            if missing:
                with _client(scheduler, workers, len(missing)) as client:
                    for line in _made(client, missing, folder):
                        if "error" in line:
                            failures.append(line)
                            continue
                        with (folder / "manifest.jsonl").open("a", encoding="utf-8") as manifest:
                            manifest.write(json.dumps(line) + "\n")
                        lines[line["key"]] = line
        finally:
            page.write(folder, sorted(lines.values(), key=lambda line: line["key"]))
            (folder / "failures.jsonl").unlink(missing_ok=True)
            if failures:
                _write_lines(folder / "failures.jsonl", failures)
    return failures


@contextmanager
def _alone_in(folder):
    """The folder, ready to be written by this process alone; half a picture of a process that was killed is removed."""
    try:
        import locket  # comes with Dask; a lock goes when its process ends, however it ends

        (folder / "pictures").mkdir(parents=True, exist_ok=True)
        lock = locket.lock_file(folder / ".lock", timeout=0)
        lock.acquire()
    except ImportError:
        raise ValueError("The atlas needs Dask: pip install -e '.[atlas]'.") from None
    except locket.LockError:
        raise OSError(f"Another process is writing into {str(folder)!r}.") from None
    except OSError as error:
        raise OSError(f"{str(folder)!r} cannot be written: {error.strerror or error}.") from None
    try:
        for part in (folder / "pictures").glob("*.part"):
            part.unlink()
        yield
    finally:
        lock.release()


def _whole_lines(folder):
    """The lines of the manifest whose picture is there and undamaged; half a line, of a killed client, is dropped."""
    manifest = folder / "manifest.jsonl"
    for text in manifest.read_text(encoding="utf-8").splitlines() if manifest.exists() else ():
        try:
            line = json.loads(text)
            whole = task.digest(folder / "pictures" / f"{line['key']}.webp") == line["file"]
        except (ValueError, TypeError, KeyError):
            continue
        if whole:
            yield line


def _write_lines(path, lines):
    page.put(path, "".join(json.dumps(line) + "\n" for line in lines))


@contextmanager
def _client(scheduler, workers, most):
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
    workers = dask.system.CPU_COUNT if workers is None else inputs.whole(workers, "The number of workers", 1)
    # Whoever reaches a scheduler can run code on its workers: no address but this machine's own, and no dashboard.
    here = {"host": "127.0.0.1", "scheduler_port": 0, "dashboard_address": None}
    each = {"threads_per_worker": 1, "processes": True, "memory_limit": 0}
    with (
        dask.config.set(
            {"distributed.scheduler.allowed-failures": RETRIES, "distributed.nanny.pre-spawn-environ": ALONE}
        ),
        distributed.LocalCluster(min(workers, most), **each, **here, silence_logs=logging.ERROR) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _made(client, missing, folder) -> Iterator[dict]:
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
