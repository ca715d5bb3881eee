"""The command line: ``vizlib render dumbbell -o dumbbell.png``, ``vizlib doctor``, and what an instructor runs."""

import argparse
import os
import sys
from pathlib import Path

from vizlib import _instructor
from vizlib._console import forgive


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, or 1 after a mistake, or 130 after an interrupt."""
    forgive()
    parser = argparse.ArgumentParser(prog="vizlib", description="Update the pixels instead of the weights.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (help, add, run) in COMMANDS.items():
        command = commands.add_parser(name, help=help, description=help)
        add(command.add_argument)
        command.set_defaults(run=run)
    given = parser.parse_args(arguments)
    try:
        status = given.run(given) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read the output has seen enough, as ``| head`` has
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # else Python complains when it writes what is left
        return 0
    except (ValueError, TypeError, OSError, FloatingPointError, RuntimeError, MemoryError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        print(f"{parser.prog}: {why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What is finished is kept.", file=sys.stderr)
        return 130


def _settings(add):
    add("--recipe", help="a preset: default, many, simonyan2013, cs231n, maco …")
    add("--steps", type=int, help="number of updates")
    add("--size", type=int, help="side of a picture in pixels")
    add("--seed", type=int, help="decides all randomness; 0 if left out")


def _render_arguments(add):
    add("name", help="a class of ImageNet, e.g. dumbbell or 'bell pepper'")
    add("-o", "--output", type=Path, help="the PNG to write (NAME.png if left out)")
    _settings(add)
    add("--lr", type=float, help="learning rate")
    add("--network", help="the network to look into")
    add("--film", type=Path, metavar="WEBP", help="an animation of the picture emerging, as well")
    add("--force", action="store_true", help="overwrite the file if there is one")


def _render(given):
    from vizlib import rendering, results

    changes = _given(given, "recipe", "steps", "size", "lr", "seed", "network")
    output = results.writable(given.output or f"{given.name.replace(' ', '_')}.png", given.force)
    film = given.film and results.writable(given.film, given.force, ".webp")
    result = rendering.render(_class(given.name), frames=40 if film else 0, **changes)
    print(result)
    print(f"written to {result.save(output, overwrite=given.force)}")
    if film:
        print(f"written to {result.save_film(film, overwrite=given.force)}")


def _again_arguments(add):
    add("file", type=Path, metavar="PNG", help="a saved picture, or a WebP of an atlas")
    add("-o", "--output", type=Path, required=True, help="the PNG to write")
    add("--force", action="store_true", help="overwrite the file if there is one")


def _again(given):
    from vizlib import remake, results

    output = results.writable(given.output, given.force)
    result = remake.again(given.file)
    print(result)
    print(f"written to {result.save(output, overwrite=given.force)}")
    if not remake.difference(result, given.file):
        print("the same as the file, bit for bit")


def _atlas_arguments(add):
    add("folder", type=Path, metavar="OUT", help="where to; a second call makes what is missing")
    add("--classes", nargs="+", metavar="NAME", help="classes of ImageNet; all if left out")
    add("--layer", help="every channel of a layer, e.g. block_9, in place of classes")
    _settings(add)
    add("--limit", type=int, metavar="N", help="at most so many, evenly from all that were asked for")
    add("--workers", type=int, metavar="N", help="processes of one thread each; one a core if left out")
    add("--batch", type=int, metavar="N", help="so many are made together; as many as fit on a GPU if left out")
    add("--scheduler", metavar="ADDRESS", help="a Dask scheduler that runs, in place of processes here")


def _atlas(given):
    from vizlib import atlas

    if given.classes and given.layer:
        raise ValueError("An atlas has classes or the channels of a layer: leave --classes or --layer out.")
    classes = None if given.classes in (None, ["all"]) else [_class(name) for name in given.classes]
    changes = _given(given, "recipe", "steps", "size", "seed")
    wanted = atlas.tasks(classes, given.layer, limit=given.limit, **changes)
    failures = atlas.run(wanted, given.folder, given.scheduler, given.workers, given.batch)
    print(f"{len(wanted) - len(failures)} of {len(wanted)} pictures are there; open {given.folder / 'index.html'}")
    if failures:
        first = f"{failures[0]['title']}: {failures[0]['error']}"
        print(f"{len(failures)} failed, see {given.folder / 'failures.jsonl'}; the first is {first}", file=sys.stderr)
    return 1 if failures else 0


def _given(given, *names):
    return {name: getattr(given, name) for name in names if getattr(given, name) is not None}


def _class(name):
    return int(name) if name.isdecimal() else name


def _course_arguments(add):
    add("folder", type=Path, metavar="FOLDER", help="where to; files that are there are left as they are")
    add("--copy", action="store_true", help="only write the files, and do not open JupyterLab")


def _course(given):
    from vizlib import course

    for path in course.copy(given.folder):
        print(f"left as it is: {path}")
    print(f"the course is in {given.folder}")
    return 0 if given.copy else course.start(given.folder)


def _doctor(given):
    from vizlib import _doctor

    return _doctor.doctor()


def _check_arguments(add):
    add("what", choices=["show", "new"], help="show its known wrong answers and their cards, or begin a new exercise")
    add("name", help="of the exercise")
    add("--sheet", help="of a new exercise, e.g. 04_make_it_look_like_an_image")


def _check(given):
    from vizlib.check import authoring

    print(authoring.show(given.name) if given.what == "show" else authoring.new(Path.cwd(), given.name, given.sheet))


COMMANDS = {
    "render": ("make the picture of a class", _render_arguments, _render),
    "again": ("make a saved picture again, from its settings", _again_arguments, _again),
    "atlas": ("make a picture of every class, or channel of a layer, and a page", _atlas_arguments, _atlas),
    "course": ("the notebooks in a folder of yours, opened in JupyterLab", _course_arguments, _course),
    "doctor": ("check that everything is in place", lambda add: None, _doctor),
    "check": ("show what a check knows, or begin a new exercise", _check_arguments, _check),
    **_instructor.COMMANDS,
}

if __name__ == "__main__":
    sys.exit(main())
