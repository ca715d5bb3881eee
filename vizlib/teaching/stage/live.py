"""Make the starters, the instructor's pages and the store of slow cells: ``vizlib live``.

From each notebook, which stays the only source, into ``live/``: ``NN_….ipynb`` (the starter; there is one for each
route, too, ``NN_….route-50.ipynb``), ``NN_….html`` (the instructor's page) and ``cache/`` (see
:mod:`vizlib.teaching.stage.lessons`). A notebook that has not changed since, nor the library, is left alone.
"""

import hashlib
import json
import os
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell
from tqdm import tqdm

from vizlib import _files
from vizlib.teaching.stage import lessons, pages
from vizlib.teaching.stage.mistakes import MISTAKES


def rehearse(path: Path, threads: int, progress=lambda: None) -> tuple[dict, dict]:
    """Run a lesson, then its mistakes, and fill the store.

    Returns:
        Seconds of each code cell, by its id; and the outputs of the mistakes, by their number in ``MISTAKES``.
    """
    nb, cells = nbformat.read(path, 4), lessons.read(path)
    places = {cell.id: index for index, cell in enumerate(cells)}
    client = NotebookClient(nb, timeout=600, resources={"metadata": {"path": str(path.parent)}})
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "TQDM_DISABLE": "1", "PYTHONPATH": str(lessons.ROOT)}
    seconds, made = {}, {}

    def run(source):
        cell = new_code_cell(source)
        nb.cells.append(cell)
        client.execute_cell(cell, len(nb.cells) - 1)
        return cell.outputs

    shutil.rmtree(lessons.LIVE / "cache" / path.stem, ignore_errors=True)
    with client.setup_kernel(env=environment):
        for number, cell in enumerate(list(nb.cells)):
            if cell.id in places:
                began = time.monotonic()
                client.execute_cell(cell, number)
                seconds[cell.id] = time.monotonic() - began
                if cells[places[cell.id]].stored:
                    where = f"_path := _lessons.Path({str(path)!r}), _lessons.read(_path), {places[cell.id]}"
                    run(f"from vizlib.teaching.stage import lessons as _lessons\n_lessons.store({where}, globals());")
                progress()
        for number, mistake in enumerate(MISTAKES):
            if mistake.cell[:2] == path.name[:2]:
                run(f"from vizlib.teaching import stage\nstage.catch_up({mistake.cell!r})")
                made[number] = run(mistake.code) + run(mistake.show)
                progress()
    return seconds, made


def data(path: Path) -> list[Path]:
    """What a lesson reads beside it."""
    return sorted(path.parent.glob(f"{path.name[:2]}_*.json"))


def version(path: Path) -> str:
    """Changes when what is made of a lesson may change: the notebook, its data, the library, this machinery."""
    here = [
        path,
        *data(path),
        *(Path(__file__).with_name(f"{name}.py") for name in ("lessons", "live", "mistakes", "pages")),
    ]
    parts = [lessons.digest(lessons.read(path)), *(hashlib.sha256(file.read_bytes()).hexdigest() for file in here)]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def make(wanted: list[str]) -> int:
    """Make what is missing or out of date, two lessons at a time; 1 if one could not be made, 130 if stopped.

    Args:
        wanted: numbers of lessons, e.g. ``["02", "03"]``; all if empty.
    """
    folder = lessons.LIVE
    folder.mkdir(exist_ok=True)
    stamp = folder / "made.json"
    done = json.loads(stamp.read_text()) if stamp.exists() else {}
    paths = [path for path in lessons.paths() if not wanted or path.name[:2] in wanted]
    stale = [path for path in paths if done.get(path.stem) != version(path)]
    if not stale:
        print(f"{folder.name}/ is up to date.")
        return 0
    total = sum(len(lessons.read(path)) + sum(m.cell[:2] == path.name[:2] for m in MISTAKES) for path in stale)
    bar = tqdm(total=total, unit="cell", desc="cells run")
    failed, stop = [], threading.Event()

    def go_on():
        bar.update()
        if stop.is_set():
            raise InterruptedError("stopped")

    def make(path):
        made_of = version(path)
        for file in data(path):
            shutil.copy(file, folder)
        pages.write_starters(path, folder)
        try:
            pages.write_page(path, folder, *rehearse(path, max(1, (os.cpu_count() or 2) // 2), go_on))
        except Exception as error:  # the other lessons are still wanted
            failed.append(f"{path.stem}: {error}")
            return
        done[path.stem] = made_of
        _files.write(stamp, json.dumps(done, indent=1))

    with bar, ThreadPoolExecutor(2) as pool:
        try:
            list(pool.map(make, stale))
        except KeyboardInterrupt:  # the kernels do not hear it: each ends after its cell
            stop.set()
            pool.shutdown(cancel_futures=True)
            return 130
    print(f"{len(stale) - len(failed)} of {len(paths)} lessons made anew in {folder}")
    print("\n".join(failed), end="\n" if failed else "", file=sys.stderr)
    return 1 if failed else 0
