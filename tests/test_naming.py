import collections
import csv

import pytest
from PIL import Image

from tests import bench, naming
from vizlib import models

CLASSES, RECIPES = [3, 543, 251, 968], ["one", "two"]


def test_each_namer_sees_each_class_once_and_each_round_each_picture_once():
    classes, recipes = naming.drawn(777), naming.RECIPES
    namers = naming.plan(classes, recipes, 3, 777)
    assert len(namers) == 15
    for seen in namers.values():
        assert sorted(one for one, _ in seen) == sorted(classes)
        assert max(collections.Counter(recipe for _, recipe in seen).values()) <= 8  # nobody sees one recipe alone
    for turn in "123":
        pairs = [pair for namer, seen in namers.items() if namer[0] == turn for pair in seen]
        assert len(pairs) == len(set(pairs)) == 100
    assert len(classes) == 20
    assert not set(classes) & set(bench.DRAWN[:150])  # those were for choosing and for the judge


@pytest.fixture
def named(tmp_path):
    """Pictures of four classes by two recipes, seen by four namers: the first recipe is always named, the other never."""
    for recipe in RECIPES:
        (tmp_path / "pictures" / recipe).mkdir(parents=True)
        for one in CLASSES:
            Image.new("RGB", (8, 8), "red").save(naming.picture(tmp_path, recipe, one))
    namers = naming.plan(CLASSES, RECIPES, 2, 1)
    naming.sheets(tmp_path, namers)
    for namer, seen in namers.items():
        lines = ["number,first,second,third,sure"]
        for number, (one, recipe) in enumerate(seen, 1):
            said = f"thing {one},," if recipe == "one" else f"mist,thing {one},"
            lines.append(f"{number},{said},{3 if recipe == 'one' else 1}")
        (tmp_path / "answers" / f"{namer}.csv").write_text("\n".join(lines))
    return tmp_path


def judge(folder):
    rows = list(csv.DictReader(naming.pairs(folder).open()))
    with open(folder / "pairs.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"accepted": int(row["said"].startswith("thing"))} for row in rows)
    return rows


def test_answers_count_as_the_judge_of_words_says(named):
    with pytest.raises(FileNotFoundError):
        naming.table(named)
    rows = judge(named)
    assert {tuple(row) for row in rows} == {("asked", "said", "accepted")}  # no recipe
    table = naming.table(named)
    assert table["one"] == {"named": [4, 4], "of": [4, 4], "median": 1.0, "later": 0, "sure": 3.0}
    assert table["two"] == {"named": [0, 0], "of": [4, 4], "median": 0.0, "later": 8, "sure": 1.0}
    assert {row["accepted"] for row in csv.DictReader(naming.pairs(named).open())} == {
        "0",
        "1",
    }  # what was judged stays


def test_a_pair_without_a_judgement_is_no_table(named):
    naming.pairs(named)
    with pytest.raises(SystemExit, match="no 0 or 1 beside 8 pairs"):
        naming.table(named)


def test_sheets_hold_numbers_and_pictures_and_no_names(named):
    sheet = Image.open(named / "sheets" / "1a" / "1.png").convert("RGB")
    assert sheet.size == (3 * 440, 2 * 440)
    assert sheet.getpixel((220, 220)) == (255, 0, 0)
    assert (named / "answers" / "1a.csv").read_text().startswith("number,first,second,third,sure")
    assert models.categories()[3] not in (named / "answers" / "1a.csv").read_text()
