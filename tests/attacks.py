"""What a student might try, in order to get points for nothing, and what may happen to one who does not mean it.

``ATTACKS`` get no points, with a blank notebook around them; a few have a right answer and do something forbidden
besides. ``SPIES`` look for what they should not see, and print it; the second of each pair is what has to come out.
``ACCIDENTS`` stand in a solved notebook and cost the exercises in the list.
"""

import nbformat

from vizlib.check.exercise import EXERCISES, PRACTICE
from vizlib.check.observe import observe
from vizlib.check.outcome import Outcome

STEP = "def pixel_step(image, gradient, lr):\n"
RIGHT = "(image.detach() + lr * gradient).requires_grad_()"


def answer(*lines, name="pixel_step"):
    """The answer to an exercise, with these lines as its body."""
    head = {"pixel_step": STEP}.get(name) or f"def {name}{EXERCISES[name].signature}:\n"
    return {"answers": {name: head + "".join(f"    {line}\n" for line in lines)}}


def practice_values(name="pixel_step"):
    calls = observe(EXERCISES[name].reference, EXERCISES[name], PRACTICE).calls
    return [call.result.data.tolist() for call in calls]


def forged(name="pixel_step"):
    """An outcome that is right for a reader's own check."""
    return observe(EXERCISES[name].reference, EXERCISES[name], PRACTICE).to_bytes()


def by_hand(data):
    """Write bytes as an outcome to everything that is open, and end."""
    return answer(
        "import os",
        f"data = {data!r}",
        "for file in range(3, 64):",
        "    try:",
        "        os.write(file, len(data).to_bytes(8, 'little') + data)",
        "    except OSError:",
        "        pass",
        "os._exit(0)",
    )


def outputs_by_hand(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="✓ right.\n")]


def points_by_hand(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.points = 1000


def checks_twice(notebook):
    """The check cells once more, but empty, in front."""
    for cell in [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]:
        again = nbformat.v4.new_code_cell("pass") if cell.cell_type == "code" else nbformat.v4.new_markdown_cell("A")
        again.metadata.nbgrader = dict(cell.metadata.nbgrader)
        notebook.cells.insert(0, again)


def checks_unlocked(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("check_"):
            cell.source, cell.metadata.nbgrader.locked = "1 + 1", False


def checks_of_another_version(notebook):
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.schema_version = 99


def checks_as_text(notebook):
    for number, cell in enumerate(notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            notebook.cells[number] = nbformat.v4.new_markdown_cell("A", metadata=cell.metadata)


WALK = """
import os
def files(ending):
    for folder, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/dev", "/usr")]
        yield from (os.path.join(folder, name) for name in names if name.endswith(ending))
"""
READS_SOLUTIONS = (
    WALK
    + """
import json
for path in files("02_update_the_pixels.ipynb"):
    for cell in json.load(open(path))["cells"]:
        if "BEGIN SOLUTION" in "".join(cell["source"]):
            exec("".join(cell["source"]))
for path in files("pixel_step.py"):
    exec(open(path).read())
    pixel_step = pixel_step.reference
"""
)
MANY_TIMES = b'{"Outcome": {"calls": [%s], "rejected": null, "printed": "", "seconds": 0.0}}\n' % b", ".join(
    [b'{"Call": {"result": {"Value": {"kind": "tensor", "data": {"array": [0, "|u1", [4000000]]}}}}}'] * 20_000
)

ATTACKS = {
    "patched-check": {"first": "from vizlib import check\ncheck.pixel_step = check.prepare = lambda answer: None"},
    "patched-failure": {
        "first": "import vizlib.check.judge as judge\njudge.judge = judge.CheckFailed = lambda *args: None\n"
        "import sys\nfor module in list(sys.modules.values()):\n"
        "    for name in ('judge', 'observe', 'close', 'CheckFailed'):\n"
        "        if hasattr(module, name): setattr(module, name, lambda *args: True)"
    },
    "patched-torch": {
        "first": "import torch, inspect\ntorch.allclose = torch.equal = lambda *args, **options: True\n"
        "torch.Tensor.__eq__ = lambda a, b: True\ninspect.signature = lambda *args: True"
    },
    "patched-exit": {
        "first": "import os, json\nos._exit = os.kill = os.fork = lambda *args: 0\njson.dumps = lambda *args: '{}'"
    },
    "patched-engine": {
        "first": "import gc, types\nfor thing in gc.get_objects():\n"
        "    if isinstance(thing, types.FunctionType) and thing.__module__.startswith('vizlib.check'):\n"
        "        thing.__code__ = (lambda *args, **options: True).__code__"
    },
    "patched-ipython": {
        "first": "shell = get_ipython()\nshell.run_cell_async = None\n"
        "shell.input_transformers_cleanup.append(lambda lines: [l for l in lines if 'check.' not in l])"
    },
    "exits": answer("import sys", "sys.exit()"),
    "ends-the-process": answer("import os", "os._exit(0)"),
    "kills-itself": answer("import os", "os.kill(os.getpid(), 9)"),
    "kills-its-parent": answer("import os", "os.kill(os.getppid(), 9)"),
    "kills-all": answer("import os", "os.kill(-1, 9)"),
    "kills-all-at-once": {"first": "import os\nos.kill(-1, 9)"},
    "stops-all": {"first": "import os, signal\nos.kill(-1, signal.SIGSTOP)"},
    "equals-everything": answer(
        "class Yes(type(image)):",
        "    __eq__ = __le__ = __ge__ = isclose = allclose = lambda *args: True",
        "    def __torch_function__(self, *args, **options): return True",
        "return image.detach().as_subclass(Yes)",
    ),
    "a-class-that-lies": answer(
        "class Yes:",
        "    __class__ = type(image)",
        "    def __getattr__(self, name): return lambda *args, **options: True",
        "return Yes()",
    ),
    "reads-the-solutions": {"answers": {"pixel_step": READS_SOLUTIONS}},
    "finds-the-reference": {
        "answers": {
            "pixel_step": "import gc\npixel_step = next(t.reference for t in gc.get_objects() "
            "if type(t).__name__ == 'Exercise' and t.name == 'pixel_step')"
        }
    },
    "imports-the-reference": {
        "answers": {
            "pixel_step": "from vizlib.check.sheet02_update_the_pixels.pixel_step import pixel_step\n"
            "pixel_step = pixel_step.reference"
        }
    },
    "writes-the-gradebook": {
        "first": WALK
        + "import sqlite3, glob\nfor path in [*files('gradebook.db'), *glob.glob('../**/gradebook.db')]:\n"
        "    open(path, 'w').write('mine')\nopen('/tmp/attack', 'w').write('here')"
    },
    "outputs-by-hand": {"change": outputs_by_hand},
    "points-by-hand": {"change": points_by_hand},
    "checks-twice": {"change": checks_twice},
    "checks-unlocked": {"change": checks_unlocked},
    "checks-of-another-version": {"change": checks_of_another_version},
    "checks-as-text": {"change": checks_as_text},
    "knows-the-practice-values": {
        "first": f"import torch\nVALUES = {practice_values()}",
        **answer(
            "values = VALUES[image.dtype == torch.float64]",
            "return torch.tensor(values, dtype=image.dtype).requires_grad_()",
        ),
    },
    "forks": answer("import os, time", "if os.fork() == 0:", "    time.sleep(1000)", f"return {RIGHT}"),
    "forks-and-goes-on": answer("import os", "os.fork()", f"return {RIGHT}"),
    "forks-without-end": answer("import os", "while True:", "    os.fork()"),
    "pickle-bomb": answer(
        "class Bomb:",
        "    def __reduce__(self):",
        "        return (__import__('os').system, ('touch /tmp/attack-pickle',))",
        "return Bomb()",
    ),
    "pickle-by-hand": by_hand(b"cos\nsystem\n(S'touch /tmp/attack-pickle'\ntR."),
    "outcome-by-hand": by_hand(forged()),
    "empty-outcome-by-hand": by_hand(Outcome().to_bytes()),
    "huge-outcome-by-hand": by_hand(MANY_TIMES[:900_000]),
    "nested-outcome-by-hand": by_hand(b"[" * 200_000),
    "frames-by-hand": {
        "first": f"import os\ndata = {forged()!r}\nfor file in range(3, 64):\n    try:\n        os.write(file, "
        'b\'{"exercise": "pixel_step", "bytes": %d}\\n\' % len(data) + data)\n    except OSError:\n        pass'
    },
    "script-in-the-error": answer("raise ValueError('<script>alert(1)</script>\\x1b[2J' * 1000)"),
    "library": {
        "first": "import vizlib\nfrom vizlib import attacks, rendering",
        **answer("return attacks.pgd(image, gradient, lr)"),
    },
    "endless-swallower": answer("while True:", "    try:", "        while True: pass", "    except: pass"),
    "fills-the-disk": {
        "first": "for n in range(100):\n    with open(f'/tmp/{n}', 'wb') as file:\n"
        "        file.write(bytes(40_000_000))"
    },
}

SPIES = {
    "folders": (
        WALK + "print('found', sorted(p for e in ('.db', '.ipynb', 'seed') for p in files(e)"
        " if 'site-packages' not in p and '/lib/python' not in p))",
        "found []",
    ),
    "network": (
        "import socket\nfor to in (('127.0.0.1', 22), ('1.1.1.1', 53)):\n    try:\n"
        "        socket.create_connection(to, 3); print('connected')\n    except OSError:\n        print('no way')",
        "no way\nno way",
    ),
    "memory": (
        "import os\nfor name in ('mem', 'maps', 'environ', *(f'fd/{n}' for n in range(10))):\n    try:\n"
        "        file = os.open(f'/proc/{os.getppid()}/{name}', os.O_RDONLY)\n        print('opened', name)\n"
        "    except FileNotFoundError:\n        pass\n    except OSError:\n        print('closed', name)",
        "closed mem\nclosed maps\nclosed environ\nclosed fd/0\nclosed fd/1\nclosed fd/2\nclosed fd/3\nclosed fd/4\n",
    ),
    "a-leaves-a-file": ("open('/tmp/for-a-friend', 'w').write('1')\nprint('left')", "left"),
    "b-looks-for-it": ("import os\nprint(os.path.exists('/tmp/for-a-friend'), os.listdir('/tmp'))", "False []"),
    "processes": (
        "import os, time\nif os.fork() == 0:\n    time.sleep(1000)\nprint('left')",
        "left",
    ),
    "processes-of-others": (
        "import os\nprint('others', len([p for p in os.listdir('/proc') if p.isdigit()]) - 3)",
        "others 0",
    ),
    "system-is-read-only": (
        "import sys\ntry:\n    open(sys.prefix + '/attack', 'w')\nexcept OSError:\n    print('read-only')",
        "read-only",
    ),
}


def without_check(notebook):
    notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "check_pixel_step"]


ACCIDENTS = {
    "prints-50-MB": ({"first": "print('x' * 50_000_000)"}, []),
    "answer-prints-50-MB": (answer("print('x' * 50_000_000)", f"return {RIGHT}"), []),
    "writes-to-stderr": (
        answer("import sys, warnings", "warnings.warn('hot')", "print('a', file=sys.stderr)", f"return {RIGHT}"),
        [],
    ),
    "loops-without-end": (answer("while True:", "    pass"), ["pixel_step"]),
    "loops-in-a-cell": ({"first": "while True:\n    pass"}, []),
    "uses-magics": ({"first": "%matplotlib inline\n%time 1 + 1\n!echo magic"}, []),
    "takes-10-GB": (answer("import torch", "return torch.ones(10, 2**30 // 4, 4)"), ["pixel_step"]),
    "takes-10-GB-in-a-cell": ({"first": "many = [bytearray(10**9) for _ in range(10)]"}, []),
    "syntax-error": ({"answers": {"pixel_step": STEP + "    return image +"}}, ["pixel_step"]),
    "no-such-name": (
        {"answers": {"pixel_step": STEP.replace("pixel_step", "pixelstep") + f"    return {RIGHT}"}},
        ["pixel_step"],
    ),
    "check-deleted": ({"change": without_check}, ["pixel_step"]),
    "asks-for-input": (answer("input()"), ["pixel_step"]),
}
