"""Questions on one's own code: one option is right and the others are wrong, which running them shows."""

import ast
import difflib
import functools
import html
import inspect
import io
import random
import re
import zipfile
from itertools import chain, islice
from pathlib import Path

import nbformat
import pyslet.imscpv1p2 as content_package
import pytest
import torch
from pyslet.qtiv2.interactions import SimpleChoice
from pyslet.qtiv2.variables import ItemSessionState
from pyslet.qtiv2.xml import QTIDocument
from torch.nn import functional as F

from tests import right_answers
from tests.described import applied
from tests.mutants import mutants
from tests.right_answers.functions import RIGHT
from tests.test_grading import ATTACKS, NAME, Course, sealed, wrong_answers
from vizlib.check import catalogue, guard
from vizlib.check.exercise import EXERCISES, PRACTICE
from vizlib.check.judge import judge
from vizlib.check.observe import observe
from vizlib.teaching.grading.sealed.tiny import Tried
from vizlib.teaching.questions import formats, questions
from vizlib.teaching.questions.ask import QUESTIONS, NoQuestion, Question, ask_about
from vizlib.teaching.questions.asked import CHANGES, asked
from vizlib.teaching.questions.calls import DRAWS, calls, drawn
from vizlib.teaching.questions.changes import Change, changes, differing, find
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


def made(name, cell, draw=0):
    """The questions on a function, without a sandbox."""
    dice = random.Random(f"{name} {draw}")
    one = asked(name, 3, [cell], drawn(name, dice), dice)
    outcomes = [run(name, each, one.calls) for each in (find_source(cell, name), *one.sources)]
    try:
        return ask_about(one, outcomes, dice)
    except NoQuestion as why:
        if "too little" not in str(why):
            raise
        return []


def find_source(cell, name):
    return ast.get_source_segment(cell, find(cell, name))


def true_options(question, cell):
    """Which options are true, found by running the student's code, changed as the text says."""
    name, said = question.exercise, re.search(r"In its cell, (.*?)\. What", question.text)[1]
    by_sentence = find_source(applied(said, cell, name), name)
    assert ast.dump(ast.parse(by_sentence)) == ast.dump(ast.parse(question.change.source))
    came = returned(name, by_sentence, question.call)
    return [place for place, option in enumerate(question.options) if option == came]


def assert_one_is_right(found, cell):
    for question in found:
        assert true_options(question, cell) == [question.right], question
        assert 3 <= len(question.options) == len(set(question.options)) <= 4
        assert_nothing_is_shown(question, cell)


def assert_nothing_is_shown(question, cell):
    """A question has neither the name of the function nor anything of a line, but for what the call has, too."""
    told = re.sub(r"\s", "", f"{question.text} {question.call} {' '.join(question.options)}")
    assert question.exercise not in told
    for line in cell.splitlines():
        bare = re.sub(r"\s", "", line)
        assert len(bare) < 12 or bare not in told, (line, question)


ASKED = [name for name in EXERCISES if calls(name, 0)]
# Of these the reference has too few changes of one kind in more than one line: who guessed its lines would be right. Or
# it has them in lines that the last digit does not tell.
TOO_LITTLE = {
    "add_noise", "class_objective", "contributions", "denoised_step", "neuron_image", "one_hot_score", "pixel_gradient", "pixel_step",
    "prepare", "record", "score_over_views", "second_opinion", "sgd_step", "sparse_code", "survives_saving", "train_step",
    "transfer", "unit_objective",
}  # fmt: skip


def test_all_exercises_of_the_course_have_calls():
    assert len(ASKED) >= 44  # a new one can do without
    with pytest.raises(NoQuestion, match="nobody could follow its calls"):
        asked("jitter", 2, [cells()["jitter"]], drawn("jitter", random.Random(0)), random.Random(0))


@functools.cache
def cells():
    """The cell of each exercise, as a student who solved it has it."""
    found = {}
    for path in sorted(Path("solutions").glob("*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in EXERCISES and cell.cell_type == "code":
                kept = [line for line in cell.source.splitlines() if "### " not in line]
                found[name] = "\n".join(kept)
    return found


@pytest.mark.parametrize("name", ASKED)
def test_each_exercise_has_questions_with_one_right_option(name):
    for draw in range(2):
        found = made(name, cells()[name], draw)
        assert len(found) <= QUESTIONS
        assert len({question.call for question in found}) == len(found)
        assert name in TOO_LITTLE or found
        assert_one_is_right(found, cells()[name])


def test_two_students_are_asked_different_things():
    questions = [made("pgd", cells()["pgd"], draw) for draw in range(DRAWS)]
    assert len({str(each) for each in questions}) == DRAWS


def test_what_is_said_of_a_change_is_what_was_changed():
    every = 0
    for name, exercise in EXERCISES.items():
        for cell in (cells()[name], *alternatives(exercise)):
            for change in changes(cell, find(cell, name), random.Random(name)):
                every += 1
                meant, said = find(change.source, name), find(applied(change.said, cell, name), name)
                assert ast.dump(said) == ast.dump(meant), (cell, change)
                assert change.line in range(1, len(cell.splitlines()) + 1)
    assert every > 2000


ODD = (
    '''import torch  # a * b

@torch.no_grad()
def odd(a, b=-1, *c):
    """a + b
    and (c) - d.
    """
    é = "ü + (1)" ; d = a + b  # a - 1
    def inner(x, y=2): return x * y
    d = torch.where(
        a > -1, b,
        c[0](b, x=lambda u, v=1: u ** v, y=[1, 2.5e-3, *c]).float() @ b,
    )
    f"{a + b}"; print(f"{a}", sep="")
    return d if a <= b else -d

a + 1
''',
    """def odd(a, b):
    pass

def odd(a, b):
    # a + b
    d = a \\
        + b[:-1] * "ü".join(c)(a, b)
    d -= 1e-3 - 10
    try:
        d = max(a, b, key=abs,)
        d = -d
    finally:
        d += 1
""",
)


def test_odd_code_is_changed_as_it_is_said():
    found = {}
    for place, cell in enumerate(ODD):
        for dice in map(random.Random, range(9)):
            drawn = list(changes(cell, find(cell, "odd"), dice))
            for change in drawn:
                said = applied(change.said, cell, "odd")
                assert ast.dump(find(said, "odd")) == ast.dump(find(change.source, "odd")), change
                found[place, change.said, change.kind] = change.after
            assert len({change.source for change in drawn}) == len(drawn)
    assert {kind for *_, kind in found} == {"sign", "call", "swap", "named", "line", "twice"}
    signs = {(place, said): after for (place, said, kind), after in found.items() if kind == "sign"}
    ends = [f"the {nth} sign in line …{{}} turns round" for nth in ("first", "last")]
    one = ODD[0].splitlines()[7].strip().replace("a + b", "a - b")  # what else is in this line is a text and a comment
    assert [signs[0, said.format(8)] for said in ends] == [one, one]
    assert [signs[1, said.format(8)] for said in ends] == ["d += 1e-3 - 10", "d -= 1e-3 + 10"]
    three = ['- b[:-1] * "ü".join(c)(a, b)', '+ b[:-1] / "ü".join(c)(a, b)']
    assert [signs[1, said.format(7)] for said in ends] == three
    assert not any("line …4" in said for _, said in signs)  # in the formatted string
    assert (1, "lines …0 and …1 change places", "line") in found


def test_a_line_is_told_by_the_last_digit_of_its_number_or_not_at_all():
    cell = "x = 1\ndef f(a):\n" + "".join(f"    a = a + {number}\n" for number in range(14))
    every = [change for change in changes(cell, find(cell, "f"), random.Random(0)) if change.kind == "sign"]
    assert [change.line for change in every] == list(range(7, 13))  # 3 … 6 end like 13 … 16; 2 has no sign
    assert all(change.said.endswith(f"sign in line …{change.line % 10} turns round") for change in every)


def alternatives(exercise):
    """The sources of all accepted alternatives."""
    yield exercise.source()
    path = right_answers.FOLDER / f"{exercise.name}.txt"
    for line in catalogue.joined(path.read_text(encoding="utf-8")).splitlines() if path.exists() else []:
        yield from map(exercise.source, catalogue.changes(line))
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
    accepted = [(name, source) for name in ASKED for source in alternatives(EXERCISES[name])]
    passing = chain.from_iterable(((name, source) for source in passing_mutants(EXERCISES[name])) for name in ASKED)
    passing = list(islice(passing, 200))
    assert len(passing) == 200
    found, without = [], 0
    for number, (name, source) in enumerate([*accepted, *passing]):
        new = made(name, source, number % DRAWS)
        assert_one_is_right(new, source)
        found += [(question, source) for question in new]
        without += not new and name not in TOO_LITTLE
    with capsys.disabled():
        print(
            f"\n{len(accepted)} accepted answers, {len(passing)} mutants: {len(found)} questions; {without} have none "
            f"of which enough can be changed"
        )
        for what, (hits, chance, number) in guesses(found).items():
            print(f"{what}: {hits:.2f} of {number} right, chance {chance:.2f}")
    assert without <= 0.25 * (len(accepted) + len(passing))  # alternatives and mutants are often shorter


@functools.cache
def returned(name, source, call):
    return shown(run(name, source, [call])[0])


def guesses(pairs):
    """How often somebody without the code is right, by where an option stands and what it looks like.

    Args:
        pairs: questions, and the cells on which they are.
    """
    found, cell_of = [question for question, _ in pairs], {id(question): cell for question, cell in pairs}

    def likeness(question, place):
        return sum(difflib.SequenceMatcher(None, question.options[place], other).ratio() for other in question.options)

    def numbers(question, place):
        return [float(number) for number in re.findall(r"-?\d+\.?\d*", question.options[place])]

    def unchanged(question, place):
        plain = find_source(cell_of[id(question)], question.exercise)
        return question.options[place] == returned(question.exercise, plain, question.call)

    rules = {
        "the first": lambda question, place: -place,
        "the longest": lambda question, place: len(question.options[place]),
        "the shortest": lambda question, place: -len(question.options[place]),
        "the most usual": likeness,
        "the least usual": lambda question, place: -likeness(question, place),
        "the largest": lambda question, place: max(map(abs, numbers(question, place)), default=0),
        "the smallest": lambda question, place: -max(map(abs, numbers(question, place)), default=0),
        "the unchanged result": unchanged,
    }
    told, chance = {}, sum(1 / len(question.options) for question in found) / len(found)
    for what, rule in rules.items():
        hits = [max(range(len(q.options)), key=lambda n, q=q: rule(q, n)) == q.right for q in found]
        told[what] = sum(hits) / len(found), chance, len(found)
    return told


def test_somebody_without_the_code_stays_near_chance():
    names = [name for name in ASKED[::3] if name not in TOO_LITTLE]
    found = [(q, cells()[name]) for name in names for draw in range(4) for q in made(name, cells()[name], draw)]
    for what, (hits, chance, number) in guesses(found).items():
        assert hits < chance + 3 * (chance * (1 - chance) / number) ** 0.5, (what, hits, chance, number)


def test_a_function_that_is_not_what_ran_is_not_asked_about():
    name, cell, dice = "pgd", cells()["pgd"], random.Random(0)
    one = asked(name, 3, [cell], drawn(name, dice), dice)
    outcomes = [run(name, each, one.calls) for each in (cell.replace("- step", "+ step"), *one.sources)]
    with pytest.raises(NoQuestion, match="what stands in its cell is not what ran"):
        ask_about(one, outcomes, dice)
    with pytest.raises(NoQuestion, match="is not what ran"):  # the process ended
        ask_about(one, outcomes[:1], dice)
    with pytest.raises(NoQuestion, match="it did not return"):
        ask_about(one, [], dice)
    assert ask_about(one, [outcomes[1], *outcomes[1:]], dice) != []


@pytest.mark.parametrize(
    "cell", ["pixel_step = lambda image, gradient, lr: image", "%time 1", "def other(): pass", "("]
)
def test_what_is_no_plain_function_has_no_questions(cell):
    with pytest.raises(NoQuestion, match="no cell before its check defines it"):
        asked("pixel_step", 3, [cell], calls("pixel_step", 0), random.Random(0))


def test_the_code_is_shown_as_it_was_written():
    cell = 'x = 1\r\ndef f(a, b):\n    """Up.\n\n    More.\n    """\n    # Up!\n    a = a + 1\n    return a - b\n'
    one = asked("f", 3, [cell, "y = 2"], ["f(1, 2)"], random.Random(0))
    assert one.code == "2  def f(a, b):\n7      # Up!\n8      a = a + 1\n9      return a - b"
    signs = [change for change in one.changes if change.kind == "sign"]
    assert {(change.line, change.before, change.after) for change in signs} == {
        (8, "a = a + 1", "a = a - 1"),
        (9, "return a - b", "return a + b"),
    }


def test_a_long_function_is_not_tried_for_ever():
    cell = "def f(a):\n" + "    a = a + 1\n" * 100
    assert len(asked("f", 3, [cell], ["f(1)"], random.Random(0)).changes) <= CHANGES


def test_mutants_are_python_and_differ_in_what_they_say():
    for name, exercise in EXERCISES.items():
        node = find(exercise.source(), name)
        for mutant in mutants(node):
            assert ast.parse(mutant.source)
            before, after = differing(ast.unparse(node).splitlines(), mutant.source.splitlines())
            assert before != after, (name, mutant)


HOSTILE = "a = '<script>{=~#:}\\n]]>&'  # \x1b\x00 ü\n\n\n~b"


def hostile(right):
    change = Change("sign", 1, "", "", HOSTILE, "pass")
    return Question("pgd", 3, f"What? {HOSTILE}", HOSTILE, [HOSTILE, "1", "=2"], right, HOSTILE, change)


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
    quiz = {"ada/lovelace": [hostile(0), hostile(2)], "bo": made("pgd", cells()["pgd"])}
    found = list(read_gift(formats.gift("sheet", quiz)))
    assert [category for category, *_ in found] == ["sheet/ada lovelace"] * 2 + ["sheet/bo"] * (len(found) - 2)
    for question, (_, _, stem, options) in zip(chain.from_iterable(quiz.values()), found, strict=True):
        assert [sign for sign, _ in options].index("=") == question.right
        assert [html.unescape(text) for _, text in options] == [f"<pre>{one}</pre>" for one in question.options]
        assert question.text in html.unescape(stem)
        assert "<script>" not in stem
        assert question.code not in html.unescape(stem) or question.code == HOSTILE  # whose it is has it


def test_qti_is_imported_and_scores_what_is_right(tmp_path):
    quiz = {"ada": made("pgd", cells()["pgd"]), "<bo>": [hostile(1)]}
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
    page = formats.page("ada", NAME, [hostile(1)], {"prepare": "too little of it can be changed"})
    assert "<script>" not in page
    assert page.count("<details>") == 2
    assert "Not in the quiz" in page  # it is on a sign
    assert "<li><code>prepare</code>: too little of it can be changed.</li>" in page


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
    lines = dict(line.split(": ", 1) for line in said if not line.startswith(" "))
    assert re.fullmatch(r"[3-6] questions on 3 functions, [2-4] of them for a quiz, too", lines["ada"])
    first = next(number for number, line in enumerate(said) if line.startswith("ada: "))
    short = "too little of it can be changed for a question whose answer cannot be guessed"
    assert said[first + 1 : first + 4] == [
        f"  none on {name}: {short}" for name in ("prepare", "pixel_gradient", "pixel_step")
    ]
    assert "on 2 functions" in lines["bo"]
    assert all(
        line.startswith("0 questions on 0 functions, 0 of") for who, line in lines.items() if who not in ("ada", "bo")
    )
    found = list(read_gift((folder / f"{NAME}.gift.txt").read_text()))
    assert {category for category, *_ in found} == {f"{NAME}/ada", f"{NAME}/bo"}
    numbers = {int(re.match(r"Exercise (\d)", title)[1]) for category, title, *_ in found if category.endswith("bo")}
    assert numbers == {4}  # of least_change, the sixth, only signs can be changed
    assert {f"exercise {number}</h2>" in (folder / "bo.html").read_text() for number in (4, 6)} == {True}
    assert {path.name for path in folder.glob("*.html")} == {f"{who}.html" for who in lines}
    again = questions(tmp_path, NAME, students=["ada"], say=said.append)
    assert len(list(read_gift((folder / f"{NAME}.gift.txt").read_text()))) == len(found)  # the class's quiz stays
    assert Path(again, "ada.html").read_text().count("<section>") == int(lines["ada"].split()[0])
