"""The lessons as an instructor's tools see them: numbered cells, and what is stored of the slow ones.

A slow cell has one tag for each name whose value may be stored: ``cache:plain`` for tensors, also in lists and dicts,
and results; ``cache:naive=models.face_net()`` for a network, whose state dict is loaded into what stands on the right.
"""

import ast
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import nbformat
import torch

from vizlib import _files, _validate
from vizlib.opinions import Opinion
from vizlib.results import Result

ROOT = Path(_validate.__file__).parents[1]
NOTEBOOKS, LIVE = ROOT / "notebooks", ROOT / "live"


@dataclass(frozen=True)
class Cell:
    """A code cell of a lesson: its id, source and tags, and its outputs as they are stored."""

    id: str
    source: str
    tags: tuple[str, ...]
    outputs: tuple

    @property
    def title(self) -> str:
        """``03.14 · each place by itself``, where an instructor types it; else an empty string."""
        return self.source.splitlines()[0].removeprefix("# ") if "live" in self.tags else ""

    @property
    def stored(self) -> dict[str, str]:
        """The names whose values may be stored; for a network with the expression that makes one to load it into."""
        return dict(tag[6:].partition("=")[::2] for tag in self.tags if tag.startswith("cache:"))


def read(path: Path) -> list[Cell]:
    """The code cells of a notebook that readers read: not the hidden ones, which claim something for the tests."""
    cells = [cell_of(cell) for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [cell for cell in cells if cell.source.strip() and "claim" not in cell.tags]


def cell_of(cell) -> Cell:
    """A cell of nbformat, as it is seen here."""
    return Cell(cell.id, cell.source, tuple(cell.metadata.get("tags", ())), tuple(cell.get("outputs", ())))


def paths() -> list[Path]:
    """The notebooks of the lessons.

    Raises:
        FileNotFoundError: they are not beside the library.
    """
    if not (found := sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))):
        raise FileNotFoundError(f"There are no lessons in {NOTEBOOKS}: work in a copy of the whole course.")
    return found


def find(number: str) -> tuple[Path, list[Cell], int]:
    """The lesson of a cell such as ``"03.14"``, its code cells, and which of them it is.

    Raises:
        ValueError: no cell has this number; the sentence names the nearest.
        FileNotFoundError: as :func:`paths`.
    """
    lessons = {path.name[:2]: path for path in paths()}
    path = lessons[_validate.choice(str(number)[:2], lessons, "lesson")]
    cells = read(path)
    numbers = {cell.title[:5]: index for index, cell in enumerate(cells) if cell.title}
    return path, cells, numbers[_validate.choice(str(number), numbers, "cell to type")]


def digest(cells: list[Cell]) -> str:
    """What stored values depend on: the code of a lesson, and of the library that it calls."""
    core = Path(_validate.__file__).parent
    files = sorted([*core.glob("*.py"), *core.glob("regularizers/*.py")])
    code = [cell.source for cell in cells] + [file.read_text(encoding="utf-8") for file in files]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def file_of(path: Path, cell: Cell) -> Path:
    """Where the values of a cell are stored."""
    return LIVE / "cache" / path.stem / f"{cell.id}.pt"


def store(path: Path, cells: list[Cell], index: int, namespace: dict) -> Path:
    """Write the values of the names in a cell's tags, once it has run.

    Raises:
        TypeError: a value is no tensor, state dict, result or plain number, nor a list or dict of these.
    """
    values = {name: _plain(namespace[name], name) for name in cells[index].stored}
    file = file_of(path, cells[index])
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"digest": digest(cells), "values": values}, content := io.BytesIO())
    return _files.write(file, content.getvalue())


def load(path: Path, cells: list[Cell], index: int) -> dict | None:
    """The stored values of a cell; None if there are none, or of another version of the lesson or the library."""
    file = file_of(path, cells[index])
    if not cells[index].stored or not file.exists():
        return None
    with torch.serialization.safe_globals([Result, Opinion]):  # a file can bring data, and no code
        place = None if torch.cuda.is_available() else "cpu"
        found = torch.load(file, map_location=place, weights_only=True)
    return found["values"] if found["digest"] == digest(cells) else None


def _plain(value, name):
    if isinstance(value, torch.nn.Module):
        return value.state_dict()
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, dict):
        return {key: _plain(one, name) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(one, name) for one in value)
    if value is None or isinstance(value, (Result, Opinion, bool, int, float, str)):
        return value
    raise TypeError(f"Only tensors, state dicts and results are stored, but {name} holds a {type(value).__name__}.")


class Stored:
    """The values of a cell as its statements ask for them, ``_stored["plain"]``: networks are made and filled."""

    def __init__(self, cell: Cell, values: dict, namespace: dict):
        self._makers, self._values, self._namespace = cell.stored, values, namespace

    def __getitem__(self, name):
        if maker := self._makers[name]:
            return _filled(eval(maker, self._namespace), self._values[name])
        return self._values[name]


def _filled(made, values):
    if isinstance(made, torch.nn.Module):
        made.load_state_dict(values)
    else:
        for key in made if isinstance(made, dict) else range(len(made)):
            _filled(made[key], values[key])
    return made


class FromStore(ast.NodeTransformer):
    """Changes a cell's statements so that stored names get their stored values, and nothing is computed for them.

    ``plain = {…}`` becomes ``plain = _stored["plain"]``, and ``plain[name] = …`` becomes ``plain[name] =
    _stored["plain"][name]``. A loop over what is made with a stored name (``for step in descend(…, net.parameters(),
    …)``) goes. All else stays.
    """

    def __init__(self, names):
        self._names = set(names)

    def visit_FunctionDef(self, node):
        return node  # its names are its own

    def visit_Assign(self, node):
        (target, *_) = node.targets
        if not (found := self._mentioned(target)):
            return node
        parts = {part.id for part in target.elts} if isinstance(target, ast.Tuple) else set()
        if missing := parts - self._names:
            raise ValueError(f"Store {', '.join(sorted(missing))}, too: {', '.join(sorted(found))} comes with it.")
        return ast.parse(f"{ast.unparse(target)} = {ast.unparse(_Value(self._names).visit(target))}").body[0]

    def visit_AugAssign(self, node):
        return self.visit_Assign(ast.Assign([node.target], node.value)) if self._mentioned(node.target) else node

    def visit_For(self, node):
        return ast.Pass() if self._mentioned(node.iter) else self.generic_visit(node)

    def _mentioned(self, node):
        return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & self._names


class _Value(ast.NodeTransformer):
    """What stands on the left of an assignment, as it is found in the store."""

    def __init__(self, names):
        self._names = names

    def visit_Name(self, node):
        return ast.parse(f"_stored[{node.id!r}]", mode="eval").body if node.id in self._names else node


def compiled(cell: Cell, filename: str, names=()):
    """A cell as code to execute; with the names that are stored, the code that takes these from the store."""
    tree = ast.parse(cell.source)
    if names:
        tree = ast.fix_missing_locations(FromStore(names).visit(tree))
    return compile(tree, filename, "exec")
