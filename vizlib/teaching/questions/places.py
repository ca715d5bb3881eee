"""Where something stands in a function, and edits of its text.

A place is a line and a column of the cell. An edit is where it starts, where it ends, and what takes its place. The
parser counts columns in bytes, and all else in characters.
"""

import ast
import collections
import io
import itertools
import keyword
import tokenize

PAIRS = ("+ -", "+= -=", "* /", "*= /=", "< >=", "> <=", "== !=")
PARTNERS = {one: other for pair in PAIRS for one, other in (pair.split(), pair.split()[::-1])}
MODULES = ("torch", "F", "nn", "math", "np")  # without a call on them nothing is left
ENDS = [("first", 0), ("last", -1)]  # of its kind in a line; how many there are would tell what the line is


def is_docstring(node) -> bool:
    """Whether a statement is a text that stands alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class Code:
    """A function in its cell."""

    def __init__(self, cell, function):
        self.cell, self.lines, self.function = cell, cell.split("\n"), function
        self.starts = [0, *itertools.accumulate(len(line) + 1 for line in self.lines)]  # of the lines, in the cell
        every = tokenize.generate_tokens(io.StringIO(cell).readline)
        self.tokens = [one for one in every if one.type in (tokenize.NAME, tokenize.NUMBER, tokenize.OP)]
        self.body = [node for node in function.body if not is_docstring(node)]
        docstring = function.body[0]
        first = docstring.end_lineno + 1 if is_docstring(docstring) else function.lineno
        self.own = range(first, function.end_lineno + 1)  # the lines of which something is said
        nodes = [node for statement in self.body for node in ast.walk(statement)]
        self.blocks = [self.body, *(block for node in nodes for block in _blocks(node))]
        # In a formatted string newer versions of Python see signs and names, and people do not.
        texts = [node for node in nodes if isinstance(node, ast.JoinedStr)]
        self.unclear = {line for node in texts for line in range(node.lineno, node.end_lineno + 1)}
        self.calls = {self.end(node.func): node for node in nodes if isinstance(node, ast.Call)}
        named = [(call, keyword) for call in self.calls.values() for keyword in call.keywords]
        self.named = {self.start(keyword): pair for pair in named if (keyword := pair[1]).arg}

    def start(self, node):
        return node.lineno, len(self.lines[node.lineno - 1].encode()[: node.col_offset].decode())

    def end(self, node):
        return node.end_lineno, len(self.lines[node.end_lineno - 1].encode()[: node.end_col_offset].decode())

    def between(self, start, end):
        return self.cell[self.starts[start[0] - 1] + start[1] : self.starts[end[0] - 1] + end[1]]

    def edited(self, edits):
        """The cell after edits."""
        parts, done = [], (1, 0)
        for start, end, new in sorted(edits):
            parts += [self.between(done, start), new]
            done = end
        return "".join([*parts, self.between(done, (len(self.lines), len(self.lines[-1])))])

    def within_lines(self, dice):
        """Changes of a part of a line, the first or the last of its kind: kind, line, what is said, edits.

        The dice name what is alone of its kind the first or the last.
        """
        inside = self.start(self.body[0]) if self.body else (self.function.end_lineno + 1, 0)
        found = {}
        for place, token in enumerate(self.tokens):
            for kind in self.kinds(place):
                found.setdefault((kind, token.start[0]), []).append(place)
        alike = collections.Counter((kind, _digit(line)) for kind, line in found if line in self.own)
        for (kind, line), places in found.items():
            clear = line in self.own and line not in self.unclear and alike[kind, _digit(line)] == 1
            for nth, number in dice.sample(ENDS, min(len(places), 2)) if clear else []:
                if inside <= self.tokens[place := places[number]].start:
                    for said, edits in getattr(self, f"_{kind}")(place):
                        yield kind, line, said.format(f"the {nth}", f"in line {_digit(line)}"), edits

    def kinds(self, place):
        """As what a token is counted."""
        before, token, behind = [None, *self.tokens, None][place : place + 3]
        two_on = self.tokens[place + 2].string if place + 2 < len(self.tokens) else ""
        after = behind.string if behind else ""
        if token.string in PARTNERS:
            yield "sign"
        if token.string == "." and two_on == "(":
            yield "call"
        if token.string == "(" and before and _may_be_called(before):
            yield "swap"
        if token.type == tokenize.NAME and after == "=" and before and before.string in ("(", ","):
            yield "named"

    def _sign(self, place):
        token = self.tokens[place]
        yield "{} sign {} turns round", [(token.start, token.end, PARTNERS[token.string])]

    def _call(self, place):
        before, bracket = self.tokens[place - 1], self.tokens[place + 1].end
        node = self.calls.get(bracket)
        if node and before.string not in MODULES:
            yield "{} call with a dot {} is left out", [(self.tokens[place].start, self.end(node), "")]

    def _swap(self, place):
        node = self.calls.get(self.tokens[place - 1].end)
        if node and len(node.args) > 1 and not any(isinstance(one, ast.Starred) for one in node.args[:2]):
            yield "the first two arguments of {} call {} change places", self._exchanged(*node.args[:2])

    def _named(self, place):
        call, argument = self.named.get(self.tokens[place].start, (None, None))
        if call:
            every = sorted([*call.args, *call.keywords], key=self.start)
            number = every.index(argument)
            start = self.end(every[number - 1]) if number else self.start(argument)
            end = self.start(every[1]) if number == 0 and len(every) > 1 else self.end(argument)
            yield "{} argument with a name {} is left out", [(start, end, "")]

    def whole_lines(self):
        """Changes of whole statements, each with its lines for itself: kind, line, what is said, edits."""
        for block in self.blocks:
            for node in filter(self._alone, block):
                start, end = self.start(node), self.end(node)
                one, text = start[0] == end[0], self.between(start, end)
                lines = f"line {_digit(start[0])}" if one else f"lines {_digit(start[0])} to {_digit(end[0])}"
                twice = f"{text}\n{' ' * start[1]}{text}"
                yield "line", start[0], f"{lines} {'is' if one else 'are'} left out", [(start, end, "pass")]
                yield "twice", start[0], f"{lines} {'runs' if one else 'run'} twice", [(start, end, twice)]
            for pair in itertools.pairwise(block):
                if all(self._alone(node) and node.lineno == node.end_lineno for node in pair):
                    said = f"lines {' and '.join(_digit(node.lineno) for node in pair)} change places"
                    yield "line", pair[0].lineno, said, self._exchanged(*pair)

    def _exchanged(self, *nodes):
        (a, b), (c, d) = [(self.start(node), self.end(node)) for node in nodes]
        return [(a, b, self.between(c, d)), (c, d, self.between(a, b))]

    def _alone(self, node):
        (first, column), (last, behind) = self.start(node), self.end(node)
        rest = self.lines[last - 1][behind:].strip()
        simple = isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr) and not is_docstring(node)
        alone = not self.lines[first - 1][:column].strip() and (not rest or rest.startswith("#"))
        clear = all(_digit(line) not in map(_digit, {*self.own} - {line}) for line in (first, last))
        return simple and alone and clear


def _digit(line):
    """What is said of a line: whether it is early or late would tell what it does."""
    return f"…{line % 10}"


def _blocks(node):
    return [block for name in ("body", "orelse", "finalbody") if isinstance(block := getattr(node, name, None), list)]


def _may_be_called(token):
    return token.string in ")]" or (token.type == tokenize.NAME and not keyword.iskeyword(token.string))
