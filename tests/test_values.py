"""Values of one's own: the same for a name in a course, and alike for two readers as often as chance says."""

import itertools
import math
from collections import Counter

import pytest

from vizlib import check, data
from vizlib.check.values import CLASSES, EPSILONS, PHOTOS, course_key, own, values_of

SETS = len(CLASSES) * 10 * len(data.COLOUR_PHOTOS) * len(EPSILONS) * 100


def test_a_name_has_the_same_values_however_it_is_written():
    assert values_of("Ada  Lovelace ", "key") == values_of("ada lovelace", "key")
    assert values_of("ada", "key") != values_of("ada", "another key")
    assert values_of("ada", "key") != values_of("bo", "key")


def test_two_of_300_have_the_same_set_as_often_as_chance_says():
    courses, students = 1000, 300
    same = 0
    for course in range(courses):
        counts = Counter(values_of(f"student{number}", f"course{course}") for number in range(students))
        same += sum(math.comb(count, 2) for count in counts.values())
    expected = courses * math.comb(students, 2) / SETS
    assert abs(same - expected) < 4 * math.sqrt(expected), (same, expected)


@pytest.mark.parametrize("part", ["category", "digit", "photo", "epsilon", "seed"])
def test_each_value_comes_as_often_as_any_other(part):
    counts = Counter(getattr(values_of(f"student{number}", "key"), part) for number in range(20_000))
    kinds = {"category": 20, "digit": 10, "photo": 7, "epsilon": 4, "seed": 100}[part]
    expected = 20_000 / kinds
    assert all(abs(count - expected) < 5 * math.sqrt(expected) for count in counts.values())
    assert len(counts) == kinds


def test_two_values_have_nothing_to_do_with_each_other():
    drawn = [values_of(f"student{number}", "key") for number in range(20_000)]
    counts = Counter((one.photo, one.epsilon) for one in drawn)
    pairs = list(itertools.product(data.COLOUR_PHOTOS, EPSILONS))
    assert all(abs(counts[pair] - 20_000 / len(pairs)) < 5 * math.sqrt(20_000 / len(pairs)) for pair in pairs)


def test_classes_and_photos_are_there(lite0):
    assert all(lite0.categories[lite0.category(name)] for name in CLASSES)
    assert PHOTOS == data.COLOUR_PHOTOS
    assert set(data.COLOUR_PHOTOS) <= set(data.PHOTOS)


def test_it_is_printed_for_who_types_a_name_and_for_who_is_on_a_hub(tmp_path, monkeypatch, capsys):
    (tmp_path / "course-key.txt").write_text("key\n")
    (tmp_path / "exercises").mkdir()
    monkeypatch.chdir(tmp_path / "exercises")
    monkeypatch.delenv("VIZLIB_COURSE", raising=False)
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    check.own("ada")
    assert capsys.readouterr().out == f"Values of ada: {values_of('ada', 'key')}.\n"
    own()
    own("  ")
    assert capsys.readouterr().out.count("Type the name that you hand in with") == 2
    monkeypatch.setenv("JUPYTERHUB_USER", "bo")
    monkeypatch.setenv("VIZLIB_COURSE", "of the hub")
    own()
    assert str(values_of("bo", "of the hub")) in capsys.readouterr().out
    assert course_key(tmp_path) == "of the hub"


def test_no_name_is_a_mistake():
    with pytest.raises(ValueError, match="A name is needed"):
        values_of("  ", "key")
