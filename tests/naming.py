"""``make naming``: can a person name the pictures? Sheets with numbers only, the key apart, and the table of answers.

    python -m tests.naming sheets         pictures of twenty classes by each recipe, and for every namer his sheets
    python -m tests.naming pairs          of all answers: what was asked for beside what was said, for a judge of words
    python -m tests.naming table          what was named, of each recipe, also into what notebook 04 draws

CONTRIBUTING says what a namer is told and how answers count. All is written under ``build/naming``.
"""

import argparse
import csv
import json
import random
import statistics
import sys
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torchvision.transforms.functional import pil_to_tensor
from tqdm.auto import tqdm

from tests import bench
from vizlib import models, render
from vizlib.opinions import opinion

FOLDER = Path("build/naming")
RECIPES = ["patient", "default", "one_network", "simonyan2013", "yin2020"]
SEED, CLASSES, ROUNDS = 777, 20, 3
SHOWN, A_SHEET, A_ROW = 400, 6, 3
LOOKED_AT = bench.DRAWN[:150]
STORED = bench.STORED.with_name("04_named.json")
GUESSES = ("first", "second", "third")


def drawn(seed: int) -> list[int]:
    """Twenty classes that a seed draws, none of those that were looked at while recipes were chosen."""
    return [one for one in bench.drawn(seed) if one not in LOOKED_AT][:CLASSES]


def plan(classes: list[int], recipes: list[str], rounds: int, seed: int) -> dict[str, list[tuple[int, str]]]:
    """What each namer sees, in order: every class once. In a round every recipe's picture of every class is seen once.

    Returns:
        For each of ``rounds * len(recipes)`` namers pairs of a class and a recipe.
    """
    draw, namers = random.Random(seed), {}
    for turn in range(rounds):
        offset = draw.sample(range(len(classes)), len(classes))
        for namer in range(len(recipes)):
            seen = [(c, recipes[(offset[i] + namer) % len(recipes)]) for i, c in enumerate(classes)]
            namers[f"{turn + 1}{chr(ord('a') + namer)}"] = draw.sample(seen, len(seen))
    return namers


def make(folder: Path, classes: list[int], recipes: list[str]) -> None:
    """The pictures that are not there yet, seed 0, made ten at a time, the batch that ``yin2020`` wants."""
    for recipe in recipes:
        lacking = [one for one in classes if not picture(folder, recipe, one).exists()]
        (folder / "pictures" / recipe).mkdir(parents=True, exist_ok=True)
        for start in tqdm(range(0, len(lacking), 10), desc=recipe):
            lot = lacking[start : start + 10]
            results = render(lot, recipe, second_opinions=())
            for index, one in enumerate(lot):
                results[index].save(picture(folder, recipe, one))


def picture(folder: Path, recipe: str, one: int) -> Path:
    return folder / "pictures" / recipe / f"{one}.png"


def sheets(folder: Path, namers: dict[str, list[tuple[int, str]]]) -> None:
    """For every namer pictures with numbers, a form for the answers, and in ``key.json`` what they are."""
    for namer, seen in namers.items():
        own = folder / "sheets" / namer
        own.mkdir(parents=True, exist_ok=True)
        for start in range(0, len(seen), A_SHEET):
            _sheet(folder, seen[start : start + A_SHEET], start).save(own / f"{start // A_SHEET + 1}.png")
        form = folder / "answers" / f"{namer}.csv"
        form.parent.mkdir(exist_ok=True)
        if not form.exists():
            lines = [",".join(["number", *GUESSES, "sure"]), *(f"{i + 1},,,," for i in range(len(seen)))]
            form.write_text("\n".join(lines) + "\n")
    (folder / "key.json").write_text(json.dumps(namers))


def _sheet(folder, seen, start):
    rows, cell = -(-len(seen) // A_ROW), SHOWN + 40
    sheet = Image.new("RGB", (A_ROW * cell, rows * cell), "white")
    for i, (one, recipe) in enumerate(seen):
        at = i % A_ROW * cell + 20, i // A_ROW * cell + 30
        with Image.open(picture(folder, recipe, one)) as file:
            sheet.paste(file.convert("RGB").resize((SHOWN, SHOWN), Image.Resampling.LANCZOS), at)
        ImageDraw.Draw(sheet).text((at[0], at[1] - 26), str(start + i + 1), "black", font_size=22)
    return sheet


def read(path: Path) -> torch.Tensor:
    with Image.open(path) as file:
        return pil_to_tensor(file.convert("RGB")) / 255


def answers(folder: Path):
    """Each answer: namer, class, recipe, the guesses, how sure."""
    for namer, seen in json.loads((folder / "key.json").read_text()).items():
        with open(folder / "answers" / f"{namer}.csv", newline="") as file:
            for (one, recipe), row in zip(seen, csv.DictReader(file), strict=True):
                if any(row[guess] for guess in GUESSES):
                    said = [row[guess].strip().lower() for guess in GUESSES]
                    yield namer, one, recipe, said, float(row["sure"] or 0)


def pairs(folder: Path) -> Path:
    """Write every pair of a name asked for and a name said, once, without the recipes: somebody writes 1 or 0 beside."""
    categories, path = models.categories(), folder / "pairs.csv"
    known = accepted(folder) if path.exists() else {}
    found = {(categories[one], guess) for _, one, _, said, _ in answers(folder) for guess in said if guess}
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["asked", "said", "accepted"])
        writer.writerows([asked, said, known.get((asked, said), "")] for asked, said in sorted(found))
    return path


def accepted(folder: Path) -> dict:
    with open(folder / "pairs.csv", newline="") as file:
        return {(row["asked"], row["said"]): row["accepted"] for row in csv.DictReader(file)}


def table(folder: Path) -> dict[str, dict]:
    """For each recipe: how many were named at first guess in each round, at second or third, and how sure."""
    names, counts, known = models.categories(), {}, accepted(folder)
    if missing := [pair for pair, value in known.items() if value not in ("0", "1")]:
        raise SystemExit(f"pairs.csv has no 0 or 1 beside {len(missing)} pairs, first {missing[0]}.")
    for namer, one, recipe, said, sure in answers(folder):
        right = [bool(guess) and known[names[one], guess] == "1" for guess in said]
        counts.setdefault(recipe, []).append((namer[0], right[0], any(right) and not right[0], sure))
    found = {}
    for recipe, rows in counts.items():
        rounds = [[first for turn, first, *_ in rows if turn == wanted] for wanted in sorted({row[0] for row in rows})]
        found[recipe] = {
            "named": [sum(one) for one in rounds],
            "of": [len(one) for one in rounds],
            "median": statistics.median(sum(one) / len(one) for one in rounds),
            "later": sum(row[2] for row in rows),
            "sure": statistics.fmean(row[3] for row in rows),
        }
    return found


def first_for_the_judge(folder: Path, recipes: list[str], classes: list[int]) -> dict[str, int]:
    """Of each recipe's pictures, how many the network that drew none puts first."""
    found = {}
    for recipe in recipes:
        said = [opinion(read(picture(folder, recipe, one)), one, bench.JUDGE) for one in classes]
        found[recipe] = sum(each.rank == 1 for each in said)
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("sheets", "pairs", "table"), nargs="?", default="sheets")
    parser.add_argument("--recipes", nargs="+", default=RECIPES)
    parser.add_argument("--seed", type=int, default=SEED, help="draws the classes and the order")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each picture is seen")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    if given.what == "sheets":
        classes = drawn(given.seed)
        make(given.folder, classes, given.recipes)
        sheets(given.folder, plan(classes, given.recipes, given.rounds, given.seed))
    elif given.what == "pairs":
        print(pairs(given.folder))
    else:
        found = table(given.folder)
        for recipe, first in first_for_the_judge(given.folder, list(found), drawn(given.seed)).items():
            found[recipe]["judge"] = first
        if (given.seed, given.rounds) == (SEED, ROUNDS):
            STORED.write_text(json.dumps({"seed": SEED, "recipes": found}, indent=1) + "\n")
        for recipe, row in found.items():
            each = ", ".join(f"{named} of {of}" for named, of in zip(row["named"], row["of"], strict=True))
            print(f"{recipe:14} {each}; at second or third {row['later']}; sure {row['sure']:.1f}; "
                  f"{bench.JUDGE} puts {row['judge']} first")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
