"""Questions on one's own code: one option is right and the others are wrong, which running them shows."""

import ast
import difflib
import html
import inspect
import io
import random
import re
import zipfile
from itertools import chain, islice
from pathlib import Path

import pyslet.imscpv1p2 as content_package
import pytest
import torch
from pyslet.qtiv2.interactions import SimpleChoice
from pyslet.qtiv2.variables import ItemSessionState
from pyslet.qtiv2.xml import QTIDocument
from torch.nn import functional as F

from tests import right_answers
from tests.right_answers.functions import RIGHT
from tests.test_grading import ATTACKS, CHECKS, NAME, Course, sealed, wrong_answers
from vizlib.check import guard
from vizlib.check.catalogue import changes, joined
from vizlib.check.exercise import EXERCISES, PRACTICE
from vizlib.check.judge import judge
from vizlib.check.observe import observe
from vizlib.teaching.grading.sealed.tiny import Tried
from vizlib.teaching.questions import formats, questions
from vizlib.teaching.questions.ask import Question, ask_about, asked, known_wrong
from vizlib.teaching.questions.calls import DRAWS, calls
from vizlib.teaching.questions.mutants import find, mutants
from vizlib.teaching.questions.options import shown


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(guard, "SECONDS", 0.5)


def function(name, source):
    """What a source defines, in the names of the exercise's module."""
    scope = {**EXERCISES[name].reference.__globals__, "torch": torch, "F": F}
    exec(source, scope)
    return scope[name]


def run(name, source, lines):
    """The calls of a function."""
    return observe(function(name, source), Tried(EXERCISES[name], lines), 0).calls


def made(name, source, draw=0):
    """The questions on a function, without a sandbox."""
    lines, dice = calls(name, draw), random.Random(f"{name} {draw}")
    one = asked(name, [source], lines, dice)
    outcomes = [run(name, each, lines) for each in (source, *one.sources)]
    return ask_about(one, outcomes, known_wrong(name, lines), dice)


def true_options(question):
    """Which options are true, found by running the code that the question shows."""
    name = question.exercise
    if question.kind == "differ":
        both = [
            [shown(run(name, code, [call])[0]) for call in question.options]
            for code in (question.code, question.source)
        ]
        return [place for place, pair in enumerate(zip(*both, strict=True)) if pair[0] != pair[1]]
    code = question.code if question.kind == "returns" else question.source
    returned = shown(run(name, code, [question.call])[0])
    return [place for place, option in enumerate(question.options) if option == returned]


def assert_one_is_right(found):
    for question in found:
        assert true_options(question) == [question.right], question
        assert 3 <= len(question.options) == len(set(question.options)) <= 4


ASKED = [name for name in EXERCISES if calls(name, 0)]


def test_all_exercises_of_the_course_can_be_asked_about():
    assert len(ASKED) >= 44  # a new one can do without


@pytest.mark.parametrize("name", ASKED)
def test_each_exercise_has_two_or_three_questions_with_one_right_option(name):
    found = made(name, EXERCISES[name].source())
    assert 2 <= len(found) <= 3
    assert_one_is_right(found)


def test_two_students_are_asked_different_things():
    source = EXERCISES["pixel_step"].source()
    assert len({made("pixel_step", source, draw)[0].call for draw in range(DRAWS)}) == DRAWS


def alternatives(exercise):
    """The sources of all accepted alternatives."""
    yield exercise.source()
    path = right_answers.FOLDER / f"{exercise.name}.txt"
    for line in joined(path.read_text(encoding="utf-8")).splitlines() if path.exists() else []:
        yield from map(exercise.source, changes(line))
    for answer in RIGHT.get(exercise.name, []):
        yield inspect.getsource(answer).replace(f"def {answer.__name__}(", f"def {exercise.name}(")


def passing_mutants(exercise):
    """Mutants of the reference and of its alternatives that pass their check all the same."""
    for source in alternatives(exercise):
        for mutant in mutants(find(source, exercise.name)):
            answer = function(exercise.name, mutant.source)
            if all(judge(exercise, observe(answer, exercise, seed), seed).right for seed in (PRACTICE, 5)):
                yield mutant.source


@pytest.mark.slow
def test_on_all_accepted_answers_and_two_hundred_mutants_that_pass(capsys):
    accepted = [(name, source) for name, exercise in EXERCISES.items() for source in alternatives(exercise)]
    passing = chain.from_iterable(
        ((name, source) for source in passing_mutants(one)) for name, one in EXERCISES.items()
    )
    passing = list(islice(passing, 200))
    assert len(passing) == 200
    found, without = [], 0
    for number, (name, source) in enumerate([*accepted, *passing]):
        new = made(name, source, number % DRAWS)
        assert_one_is_right(new)
        found += new
        without += not new
    with capsys.disabled():
        print(
            f"\n{len(accepted)} accepted answers, {len(passing)} mutants: {len(found)} questions; {without} have none"
        )
        for what, (hits, chance, number) in guesses(found).items():
            print(f"{what}: {hits:.2f} of {number} right, chance {chance:.2f}")
    assert without <= 0.02 * (len(accepted) + len(passing))


def guesses(found):
    """How often somebody without the code is right, by where an option stands and what it looks like."""

    def likeness(options, place):
        return sum(difflib.SequenceMatcher(None, options[place], other).ratio() for other in options)

    rules = {
        "the first": lambda options, place: -place,
        "the longest": lambda options, place: len(options[place]),
        "the shortest": lambda options, place: -len(options[place]),
        "the most usual": likeness,
        "the least usual": lambda options, place: -likeness(options, place),
    }
    told = {}
    for what, rule in rules.items():
        hits = [max(range(len(q.options)), key=lambda n, o=q.options: rule(o, n)) == q.right for q in found]
        told[what] = sum(hits) / len(found), sum(1 / len(q.options) for q in found) / len(found), len(found)
    return told


def test_somebody_without_the_code_stays_near_chance():
    found = [
        q for name in list(EXERCISES)[::4] for draw in range(DRAWS) for q in made(name, EXERCISES[name].source(), draw)
    ]
    for what, (hits, chance, number) in guesses(found).items():
        assert hits < chance + 0.15, (what, hits, chance, number)


def test_a_function_that_is_not_what_ran_is_not_asked_about():
    name, source = "pixel_step", EXERCISES["pixel_step"].source()
    lines, dice = calls(name, 0), random.Random(0)
    one = asked(name, [source], lines, dice)
    outcomes = [run(name, each, lines) for each in (source.replace("+ lr", "- lr"), *one.sources)]
    assert ask_about(one, outcomes, [], dice) == []
    assert ask_about(one, outcomes[:1], [], dice) == []  # the process ended


@pytest.mark.parametrize(
    "cell", ["pixel_step = lambda image, gradient, lr: image", "%time 1", "def other(): pass", "("]
)
def test_what_is_no_plain_function_has_no_questions(cell):
    assert asked("pixel_step", [cell], calls("pixel_step", 0), random.Random(0)) is None


def test_the_code_is_shown_as_it_was_written():
    cell = 'x = 1\ndef pixel_step(image, gradient, lr):\n    """Up.\n\n    More.\n    """\n    # Up!\n    return image + lr'
    one = asked("pixel_step", [cell, "y = 2"], calls("pixel_step", 0), random.Random(0))
    assert one.code == "def pixel_step(image, gradient, lr):\n    # Up!\n    return image + lr"
    assert [(m.before, m.after) for m in one.mutants] == [("return image + lr", "return image - lr")]


def test_mutants_are_python_and_differ_in_what_they_say():
    for name, exercise in EXERCISES.items():
        node = find(exercise.source(), name)
        for mutant in mutants(node):
            assert ast.parse(mutant.source)
            assert mutant.before != mutant.after, (name, mutant)


HOSTILE = "a = '<script>{=~#:}\\n]]>&'  # \x1b\x00 ü\n\n\n~b"


def hostile(right):
    return Question(
        "pgd", "changed", f"What? {HOSTILE}", HOSTILE, (HOSTILE, "pass"), HOSTILE, [HOSTILE, "1", "=2"], right, ""
    )


def unescaped(text):
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)


def read_gift(text):
    """Categories and questions of a GIFT file, by the rules of Moodle's importer: blank lines part questions, a backslash
    takes the meaning from what follows, ``{`` begins the options, ``=`` the right and ``~`` a wrong one."""
    category = None
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("$CATEGORY:"):
            category = block.removeprefix("$CATEGORY:").strip()
            continue
        match = re.fullmatch(r"::((?:\\.|[^:\\])+)::\[html\]((?:\\.|[^{\\])*)\{((?:\\.|[^}\\])*)\}", block, re.S)
        assert match, block
        options = re.findall(r"([=~])((?:\\.|[^=~\\])*)", match[3])
        yield (
            category,
            unescaped(match[1]),
            unescaped(match[2]),
            [(sign, unescaped(text).strip()) for sign, text in options],
        )


def test_gift_is_read_as_it_was_meant():
    quiz = {"ada/lovelace": [hostile(0), hostile(2)], "bo": made("pixel_step", EXERCISES["pixel_step"].source())}
    found = list(read_gift(formats.gift("sheet", quiz)))
    assert [category for category, *_ in found] == ["sheet/ada lovelace"] * 2 + ["sheet/bo"] * (len(found) - 2)
    for question, (_, _, stem, options) in zip(chain.from_iterable(quiz.values()), found, strict=True):
        assert [sign for sign, _ in options].index("=") == question.right
        assert [html.unescape(text) for _, text in options] == [f"<pre>{option}</pre>" for option in question.options]
        assert question.text in html.unescape(stem)
        assert "<script>" not in stem
        assert question.code not in html.unescape(stem) or question.code == HOSTILE  # whose it is has it


def test_qti_is_imported_and_scores_what_is_right(tmp_path):
    quiz = {"ada": made("pixel_step", EXERCISES["pixel_step"].source()), "<bo>": [hostile(1)]}
    with zipfile.ZipFile(io.BytesIO(formats.qti("sheet", quiz))) as package:
        package.extractall(tmp_path)
    manifest = content_package.ContentPackage(str(tmp_path)).manifest.root
    resources = {str(one.href): one.type for one in manifest.Resources.Resource}
    items = [name for name, kind in resources.items() if kind == "imsqti_item_xmlv2p1"]
    assert sorted(resources) == sorted(path.name for path in tmp_path.glob("s*.xml"))
    for name, question in zip(items, chain.from_iterable(quiz.values()), strict=True):
        item = read_qti(tmp_path / name)
        choices = [choice.identifier for choice in item.find_children_depth_first(SimpleChoice)]
        assert choices == list("ABCD"[: len(question.options)])
        assert {score(item, choice) for choice in choices} == {0, 1}
        assert score(item, choices[question.right]) == 1
        assert question.text.split("<")[0] in str(item)


def score(item, choice):
    """What somebody gets who picks a choice."""
    state = ItemSessionState(item)
    state.begin_session()
    state.begin_attempt()
    state["RESPONSE"].set_value(choice)
    item.ResponseProcessing.run(state)
    return state["SCORE"].value


def read_qti(path):
    document = QTIDocument(baseURI=path.as_uri())
    document.read()
    return document.root


def test_the_page_folds_the_answer_and_escapes_what_students_write():
    page = formats.page("ada", NAME, [hostile(1)], ["prepare"])
    assert "<script>" not in page
    assert page.count("<details>") == 2
    assert "There are none on prepare" in page


@pytest.mark.slow
@sealed
def test_from_notebooks_in_the_sandbox(tmp_path):
    course = Course(tmp_path)
    course.hand_in("ada", solved=True)
    course.hand_in("bo", wrong_answers(), solved=True)
    course.hand_in("cy")
    for name in ("patched-engine", "patched-torch", "kills-all", "frames-by-hand"):
        course.hand_in(name, **ATTACKS[name])
    said = []
    folder = questions(tmp_path, NAME, say=said.append)
    lines = dict(line.split(": ", 1) for line in said)
    assert re.fullmatch(r"1[2-8] questions on 6 functions", lines["ada"])
    assert lines["bo"].endswith("on 3 functions")
    assert all(line == "0 questions on 0 functions" for who, line in lines.items() if who not in ("ada", "bo"))
    found = list(read_gift((folder / f"{NAME}.gift.txt").read_text()))
    assert {category for category, *_ in found} == {f"{NAME}/ada", f"{NAME}/bo"}
    assert {title.split()[0] for category, title, *_ in found if category.endswith("bo")} == set(CHECKS[1::2])
    assert {path.name for path in folder.glob("*.html")} == {f"{who}.html" for who in lines}
    again = questions(tmp_path, NAME, students=["ada"], say=said.append)
    assert len(list(read_gift((folder / f"{NAME}.gift.txt").read_text()))) == len(found)  # the class's quiz stays
    assert Path(again, "ada.html").read_text().count("<section>") == int(lines["ada"].split()[0])
