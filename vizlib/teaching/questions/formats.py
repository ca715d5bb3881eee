"""Questions as a page for a talk, and for a quiz as GIFT, which Moodle reads, and QTI 2.1 for others.

The page has the student's code, on a fold. A quiz has neither it nor its name: whose function it is has it.
"""

import html
import io
import re
import zipfile
from pathlib import Path

import jinja2

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
LETTERS = "ABCDEFGH"
# What XML may not have, though it is a character; a student's code may.
NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def page(student: str, assignment: str, made: list, lacking: dict[str, str]) -> str:
    """The page of a student, as HTML; what comes from students is escaped.

    Args:
        made: the questions.
        lacking: of each exercise that passed and has none, why.
    """
    return TEMPLATES.get_template("page.html").render(
        student=student, assignment=assignment, made=made, lacking=lacking, letters=LETTERS
    )


def gift(assignment: str, quiz: dict[str, list]) -> str:
    """All questions in Moodle's GIFT, a category for each student."""
    parts = []
    for student, made in quiz.items():
        parts.append(f"$CATEGORY: {assignment}/{student.replace('/', ' ')}")
        for number, question in enumerate(made, 1):
            title = _gift(f"Exercise {question.number}, {number}")
            options = [
                f"{'=' if place == question.right else '~'}{_gift(_code(option))}"
                for place, option in enumerate(question.options)
            ]
            parts.append(f"::{title}::[html]{_gift(_stem(question))}{{{' '.join(options)}}}")
    return "\n\n".join([*parts, ""])


def _stem(question):
    """What is asked, as HTML."""
    return f"<p>{html.escape(question.text)}</p>{_code(question.call)}"


def _code(lines):
    return f"<pre>{html.escape(lines)}</pre>"


def _gift(text):
    """Text in which nothing has a meaning for GIFT; a line ends with \\n, for an empty line ends a question."""
    text = text.replace("\\", "&#92;")
    return re.sub(r"([~=#{}:])", r"\\\1", text).replace("\n", r"\n")


def qti(assignment: str, quiz: dict[str, list]) -> bytes:
    """All questions as a package of QTI 2.1, a test for each student."""
    items, tests = [], []
    for who, (student, made) in enumerate(quiz.items(), 1):
        own = []
        for number, question in enumerate(made, 1):
            name = f"s{who}q{number}"
            own.append(
                {"name": name, "question": question, "title": f"{student}: exercise {question.number}, {number}"}
            )
        items += own
        tests.append({"name": f"s{who}", "title": f"{assignment}: {student}", "items": own})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("imsmanifest.xml", _xml("manifest.xml", items=items, tests=tests))
        for item in items:
            package.writestr(f"{item['name']}.xml", _xml("item.xml", item=item, letters=LETTERS))
        for test in tests:
            package.writestr(f"{test['name']}.xml", _xml("test.xml", test=test))
    return file.getvalue()


def _xml(template, **values):
    return NOT_IN_XML.sub("�", TEMPLATES.get_template(template).render(**values))
