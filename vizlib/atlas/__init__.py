"""An atlas: a picture of every class, or of every channel of a layer, as a job that may be stopped and goes on later.

The engine is Dask: a local cluster, or any scheduler. A task is plain data, and what is made of it depends on nothing
else: objective, recipe and seed. A worker writes the picture; the client alone writes what is known of it.
"""

import json
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

from vizlib import _files, _validate, models, objectives, recipes, rendering
from vizlib.atlas import cluster, page, task


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
        ValueError: an unknown class, layer, recipe or setting, or one with which no picture can be begun.
    """
    recipe, seed = recipes.get(recipe, **changes), _validate.whole(seed, "The seed", 0, 2**63 - 1)
    model = models.get(recipe.network[0])
    if layer is not None:
        _validate.choice(layer, model.layers, "layer")
        channels = range(task.channels(model, layer))
        asked = [(f"{layer}_{n:04}", f"{layer}, channel {n}", objectives.channel(layer, n)) for n in channels]
    else:
        indices = range(len(model.categories)) if classes is None else [model.category(one) for one in classes]
        asked = [_of_class(model.categories, index) for index in dict.fromkeys(indices)]
    if limit is not None:
        count = min(len(asked), _validate.whole(limit, "The limit", 1))
        asked = [asked[i * len(asked) // count] for i in range(count)]
    same = {"recipe": recipe.to_json(), "seed": seed}
    recipes.Recipe.from_json(same["recipe"])  # a worker knows what the file says, and nothing of the reader's own
    for _, _, objective in asked[:1]:  # what is wrong with one picture is wrong with all; no worker has started yet
        rendering.Rendering(objective, recipe, seed=seed)
    same = json.loads(json.dumps(same))  # as a manifest gives it back: lists for tuples
    return [{"key": key, "title": title, "objective": what.to_json(), **same} for key, title, what in asked]


def _of_class(names, index):
    # The index keeps Cardigan, the dog, and cardigan apart where file names are alike in any case.
    key = f"{index:03}_" + "".join(letter if letter.isalnum() else "_" for letter in names[index])
    return key, names[index], objectives.class_score(names[index])


def run(
    wanted: list[dict], folder: str | Path, scheduler: str | None = None, workers: int | None = None,
    batch: int | None = None,
) -> list[dict]:  # fmt: skip
    """Make the pictures that are missing or damaged, and the page ``index.html``.

    The folder gets ``pictures/KEY.webp``, each with its settings inside; ``manifest.jsonl``, a line for each; and
    ``failures.jsonl``, if a picture could not be made in three attempts.

    Args:
        wanted: what :func:`tasks` gives.
        folder: where to; with a scheduler elsewhere, a folder that its workers see under the same path.
        scheduler: the address of a running Dask scheduler; a local cluster, reachable from this machine alone, if
            left out.
        workers: how many processes the local cluster has; one for each core, or one for a GPU, if left out. Each has
            one thread.
        batch: how many pictures a process makes together; as many as fit on a GPU, and one on a CPU, if left out.

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
                batch = _batch(missing[0], batch)
                with cluster.client(scheduler, workers, -(-len(missing) // batch)) as client:
                    for line in cluster.made(client, missing, folder, batch):
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


def _batch(one, batch):
    if batch is None:
        return task.fitting(recipes.Recipe.from_json(one["recipe"]))
    return _validate.whole(batch, "The number of pictures made together", 1, task.TOGETHER)


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
            line["recipe"] = json.loads(json.dumps(recipes.Recipe.from_json(line["recipe"]).to_json()))  # of today
        except (ValueError, TypeError, KeyError):
            continue
        if whole:
            yield line


def _write_lines(path, lines):
    _files.write(path, "".join(json.dumps(line) + "\n" for line in lines))
