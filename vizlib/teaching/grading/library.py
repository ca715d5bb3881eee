"""The copy of vizlib that submissions see: exercises have their inputs there, but no solutions and no wrong answers."""

import ast
import shutil
from pathlib import Path

import vizlib
from vizlib._open import OPEN

LIBRARY = Path(vizlib.__file__).parent


def copy_library(folder: Path, exercises, locked) -> None:
    """Copy what a submission may import, the engine of the checks, and of the exercises their inputs."""
    no_caches = shutil.ignore_patterns("sheet*", "__py*")
    shutil.copytree(LIBRARY / "check", folder / "vizlib" / "check", ignore=no_caches)
    shutil.copytree(LIBRARY / "teaching" / "grading" / "sealed", folder / "sealed", ignore=no_caches)
    engine = [path.read_text(encoding="utf-8") for path in sorted((LIBRARY / "check").glob("*.py"))]
    waiting = ["__init__", *OPEN, *(name for source in (*locked, *engine) for name in _imports(ast.parse(source)))]
    while waiting:
        name = waiting.pop()
        source = LIBRARY / f"{name}.py"
        if source.exists() and not (folder / "vizlib" / source.name).exists():
            shutil.copy(source, folder / "vizlib")
            waiting += _imports(ast.parse(source.read_text(encoding="utf-8")))
    for name in exercises:
        path = module_of(name)
        sheet = folder / "vizlib" / "check" / path.parent.name
        sheet.mkdir(exist_ok=True)
        (sheet / "__init__.py").touch()
        (sheet / path.name).write_text(stripped(path.read_text(encoding="utf-8"), name), encoding="utf-8")


def module_of(exercise: str) -> Path:
    """The file of an exercise."""
    return next((LIBRARY / "check").glob(f"sheet*/{exercise}.py"))


def _imports(tree):
    """Names of modules of vizlib that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "vizlib":
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vizlib."):
            yield node.module.split(".")[1]


def stripped(source: str, exercise: str) -> str:
    """The module of an exercise with what its inputs need, and the signature of its reference."""
    tree = ast.parse(source)
    reference = next(node for node in tree.body if getattr(node, "name", None) == exercise)
    reference.body = [ast.parse("raise NotImplementedError").body[0]]
    (decorator,) = reference.decorator_list
    decorator.keywords = [keyword for keyword in decorator.keywords if keyword.arg == "gradient_to"]
    defined = {name: node for node in tree.body for name in _defines(node)}
    needed, waiting = [], [reference]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.append(node)
            names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            waiting += [defined[name] for name in names if name in defined]
    tree.body = [node for node in tree.body if node in needed]
    return ast.unparse(tree)


def _defines(node):
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(name.asname or name.name).split(".")[0] for name in node.names]
    if isinstance(node, ast.Assign):
        return [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    return [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
