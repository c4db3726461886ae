"""Small functions of the tokens, drawn as source text, and what readings say of them."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from itertools import count, product
from typing import Any

from hypothesis import strategies as st

import alta
from alta_verify.deadline import Deadline
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reading import values as facets
from alta_verify.reading.reading import Reading, Unread, read

NEVER = Deadline.after(None)

PREAMBLE = """
from functools import reduce
from itertools import accumulate, chain, pairwise
TABLE = {0: 3, 1: 1, 2: -2, 5: 7}
PAIRS = ((1, 2), (0, 5), (4, 4))
WORDS = ["ab", "c", "bca"]

def helper(first, second=2):
    if first > second:
        return first - second
    total = 0
    for step in range(3):
        if step == second:
            break
        total += first * step
    return total

def either(flag, first, second):
    if flag:
        return first
    return second
"""


class Writer:
    """The text of one function, written from what is drawn."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.indent = 1
        self.names: dict[str, list[str]] = {"int": [], "list": ["tokens"], "text": [], "bool": []}
        self.fresh = count()
        self.loops = 0

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def add(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    def new(self, kind: str) -> str:
        name = f"{kind[0]}{next(self.fresh)}"
        self.names[kind].append(name)
        return name

    def of(self, kind: str, depth: int) -> str:
        text: str = getattr(self, f"{kind}_text")(depth)
        return text

    def bound(self, depth: int, kind: str = "int") -> tuple[str, str]:
        """Returns a name and an expression that may use it."""
        name = f"x{next(self.fresh)}"
        self.names["int"].append(name)
        text = self.of(kind, depth)
        self.names["int"].remove(name)
        return name, text

    def int_text(self, depth: int) -> str:
        place = self.pick(0, -1, 1)
        simple = [str(self.draw(st.integers(-3, 9))), "len(tokens)", f"tokens[{place}]"]
        simple += self.names["int"] * 3
        if depth <= 0:
            return self.pick(*simple)
        d = depth - 1
        match self.draw(st.integers(0, 31)):
            case 0 | 1 | 2 | 3:
                return f"({self.int_text(d)} {self.pick('+', '-', '*', '+')} {self.int_text(d)})"
            case 4 | 5:
                divisor = self.pick("2", "3", "10", "-3", "7", self.int_text(0))
                return f"({self.int_text(d)} {self.pick('//', '%')} {divisor})"
            case 6:
                return f"({self.int_text(d)} {self.pick('&', '|', '^')} {self.int_text(d)})"
            case 7:
                return f"({self.int_text(d)} {self.pick('<<', '>>')} {self.pick(0, 1, 3)})"
            case 8:
                return f"({self.pick('-', '~', '+')}{self.int_text(d)})"
            case 9:
                return f"abs({self.int_text(d)})"
            case 10:
                return f"{self.pick('min', 'max')}({self.int_text(d)}, {self.int_text(d)})"
            case 11:
                return f"sum({self.list_text(d)})"
            case 12:
                return f"divmod({self.int_text(d)}, {self.pick(2, 3, 10)})[{self.pick(0, 1)}]"
            case 13:
                return f"TABLE.get({self.int_text(d)}, {self.int_text(0)})"
            case 14:
                return f"{self.list_text(d)}[{self.int_text(d)}]"
            case 15:
                method = self.pick("count", "count", "index")
                return f"{self.list_text(d)}.{method}({self.int_text(0)})"
            case 16:
                return f"({self.int_text(d)} if {self.bool_text(d)} else {self.int_text(d)})"
            case 17:
                return f"helper({self.int_text(d)}, {self.int_text(0)})"
            case 18:
                name, text = self.bound(d)
                return f"(lambda {name}: {text})({self.int_text(0)})"
            case 19:
                return f"int({self.bool_text(d)})"
            case 20:
                return f"len({self.list_text(d)})"
            case 21:
                name, text = self.bound(d)
                _, test = name, self.pick(f"{name} > 0", f"{name} % 2", "True", self.bool_text(0))
                return f"sum({text} for {name} in {self.list_text(0)} if {test})"
            case 22:
                return f"{self.pick('min', 'max')}({self.list_text(d)}, default={self.int_text(0)})"
            case 23:
                return f"({1000 * self.pick(1, 7)} * {self.int_text(d)} + {self.int_text(0)})"
            case 24:
                return f"int({self.text_text(d)})"
            case 25:
                return f"len(set({self.list_text(d)}))"
            case 26:
                return f"PAIRS[{self.int_text(0)}][{self.pick(0, 1)}]"
            case 27:
                return f"reduce(lambda a, b: a * {self.pick(2, 10)} + b, {self.list_text(d)}, 0)"
            case 28:
                return f"either({self.bool_text(d)}, {self.int_text(0)}, second={self.int_text(0)})"
            case 29:
                return f"({self.int_text(0)} ** {self.pick(0, 2, 3)})"
            case 30:
                return f"len({self.text_text(d)})"
        return self.pick(*simple)

    def bool_text(self, depth: int) -> str:
        simple = ["tokens[0] == 1", "len(tokens) > 2", *self.names["bool"] * 3]
        if depth <= 0:
            return self.pick(*simple)
        d = depth - 1
        compare = self.pick("<", "<=", "==", "!=", ">", ">=")
        match self.draw(st.integers(0, 13)):
            case 0 | 1 | 2 | 3:
                return f"({self.int_text(d)} {compare} {self.int_text(d)})"
            case 4:
                then = self.pick("<", "<=")
                return (
                    f"({self.int_text(0)} {compare} {self.int_text(d)} {then} {self.int_text(0)})"
                )
            case 5 | 6:
                return f"({self.bool_text(d)} {self.pick('and', 'or')} {self.bool_text(d)})"
            case 7:
                return f"(not {self.bool_text(d)})"
            case 8:
                return f"({self.int_text(d)} {self.pick('in', 'not in')} {self.list_text(d)})"
            case 9:
                name, text = self.bound(d, "bool")
                test = self.pick(text, f"{name} > 1", f"{name} == {self.int_text(0)}")
                return f"{self.pick('any', 'all')}({test} for {name} in {self.list_text(d)})"
            case 10:
                return f"({self.list_text(d)} {compare} {self.list_text(d)})"
            case 11:
                return f"({self.text_text(d)} {self.pick('==', '!=', '<')} {self.text_text(d)})"
            case 12:
                return f"bool({self.pick(self.int_text(d), self.list_text(d), self.text_text(0))})"
        return f"({self.int_text(d)} {self.pick('in', 'not in')} TABLE)"

    def list_text(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(*self.names["list"], *self.names["list"])
        d = depth - 1
        match self.draw(st.integers(0, 19)):
            case 0:
                return f"[{self.int_text(d)}, *{self.list_text(0)}, {self.int_text(0)}]"
            case 1:
                ends = [self.pick("", "", str(self.draw(st.integers(-3, 3))), self.int_text(0))] * 2
                step = self.pick("", "", ":-1", ":2")
                return f"{self.list_text(d)}[{ends[0]}:{ends[1]}{step}]"
            case 2 | 3:
                name, text = self.bound(d)
                return f"[{text} for {name} in {self.list_text(d)}]"
            case 4 | 5:
                name, text = self.bound(0)
                test = self.pick(f"{name} > 0", f"{name} % 2", f"{name} != {self.int_text(0)}")
                return f"[{text} for {name} in {self.list_text(d)} if {test}]"
            case 6:
                return f"sorted({self.list_text(d)}, reverse={self.pick(True, False)})"
            case 7:
                name, text = self.bound(d)
                return f"sorted({self.list_text(0)}, key=lambda {name}: {text})"
            case 8:
                return f"list(reversed({self.list_text(d)}))"
            case 9:
                return f"list(range({self.int_text(0)} % 4))"
            case 10:
                return f"({self.list_text(d)} + {self.list_text(0)})"
            case 11:
                return f"({self.list_text(0)} * {self.pick(0, 2)})"
            case 12:
                return f"list(accumulate({self.list_text(d)}))"
            case 13:
                sign = self.pick("+", "-")
                return f"[a {sign} b for a, b in zip({self.list_text(d)}, {self.list_text(0)})]"
            case 14:
                return f"[i * x for i, x in enumerate({self.list_text(d)})]"
            case 15:
                return f"sorted(set({self.list_text(d)}))"
            case 16:
                return f"list(map(int, str(abs({self.int_text(d)}))))"
            case 17:
                return f"({self.list_text(0)} if {self.bool_text(d)} else {self.list_text(0)})"
            case 18:
                name, text = self.bound(d)
                return f"list(map(lambda {name}: {text}, {self.list_text(0)}))"
        return f"[x + y for x in {self.list_text(0)} for y in ({self.int_text(0)}, x)]"

    def text_text(self, depth: int) -> str:
        simple = ["'07'", "'3'", *self.names["text"] * 3]
        if depth <= 0:
            return self.pick(*simple)
        d = depth - 1
        match self.draw(st.integers(0, 8)):
            case 0 | 1:
                return f"str({self.int_text(d)})"
            case 2 | 3:
                return f"{self.pick(repr(''), repr('0'))}.join(map(str, {self.list_text(d)}))"
            case 4:
                return f"{self.text_text(d)}.zfill({self.pick(1, 3, 5)})"
            case 5:
                return f"{self.text_text(d)}[{self.pick(':2', '::-1', '1:', '-1:')}]"
            case 6:
                return f"({self.text_text(d)} + {self.text_text(0)})"
            case 7:
                return f"f'{{{self.int_text(0)}}}{self.pick('', '0')}{{{self.int_text(0)}}}'"
        return f"({self.text_text(0)} if {self.bool_text(d)} else {self.text_text(0)})"

    # --- statements -------------------------------------------------------------------------------

    def block(self, depth: int, size: int) -> None:
        before = {kind: list(names) for kind, names in self.names.items()}
        self.indent += 1
        for _ in range(size):
            self.statement(depth)
        self.indent -= 1
        # What was bound in a block may be unbound behind it: mostly it is not used.
        if self.draw(st.integers(0, 5)):
            self.names = before

    def statement(self, depth: int) -> None:
        choice = self.draw(st.integers(0, 17 if depth > 0 else 9))
        ints = [name for name in self.names["int"] if name[0] == "i"]
        lists = [name for name in self.names["list"] if name != "tokens"]
        match choice:
            case 0 | 1 | 2:
                kind = self.pick("int", "int", "list", "bool", "text")
                text = self.of(kind, 2)
                if kind == "list":
                    # Names that are changed are not those of another list.
                    text = f"list({text})"
                name = self.pick(*self.names[kind], "") if self.names[kind] else ""
                if not name or name == "tokens" or name[0] == "x":
                    name = self.new(kind)
                self.add(f"{name} = {text}")
            case 3 | 4 if ints:
                operation = self.pick("+", "-", "*", "^", "+", "//", "%")
                self.add(f"{self.pick(*ints)} {operation}= {self.int_text(1)}")
            case 5 if lists:
                self.add(f"{self.pick(*lists)}.append({self.int_text(1)})")
            case 6 if lists:
                self.add(f"{self.pick(*lists)}[{self.int_text(0)}] = {self.int_text(1)}")
            case 7 if lists:
                name = self.pick(*lists)
                verb = self.pick(".reverse()", ".sort()", ".pop()", " += [1]", ".insert(1, 5)")
                self.add(f"{name}{verb}")
            case 8 if self.loops:
                self.add(f"if {self.bool_text(1)}:")
                self.add(f"    {self.pick('break', 'continue')}")
            case 9:
                self.add(f"if {self.bool_text(2)}:")
                self.add(f"    {self.ending()}")
            case 10 | 11 | 12:
                self.add(f"if {self.bool_text(2)}:")
                self.block(depth - 1, 2)
                if self.draw(st.booleans()):
                    self.add("else:")
                    self.block(depth - 1, 1)
            case 13 | 14 | 15:
                self.loop(depth)
            case 16:
                name = self.new("int")
                self.add(f"{name} = {self.int_text(1)} % 5")
                self.add(f"while {name} > 0:")
                self.indent += 1
                self.add(f"{name} -= {self.pick(1, 2)}")
                self.indent -= 1
                self.loops += 1
                self.block(depth - 1, 1)
                self.loops -= 1
            case 17:
                name, text = self.bound(1)
                function = f"f{next(self.fresh)}"
                self.add(f"def {function}({name}, k={self.int_text(0)}):")
                self.add(f"    if {name} > k:")
                self.add(f"        return {text}")
                self.add("    return k")
                target = self.new("int")
                self.add(f"{target} = {function}({self.int_text(1)})")
            case _:
                name = self.new("int")
                self.add(f"{name} = {self.int_text(1)}")

    def ending(self) -> str:
        match self.draw(st.integers(0, 6)):
            case 0:
                return f"assert {self.bool_text(1)}"
            case 1:
                return "raise ValueError(tokens)"
        return f"return {self.result()}"

    def result(self) -> str:
        kind = self.pick("list", "list", "int", "bool", "text")
        text = self.of(kind, 1)
        return self.pick(text, text, f"({text}, {self.int_text(1)})", f"[{text}] * len(tokens)")

    def loop(self, depth: int) -> None:
        name = self.new("int")
        other = f"x{next(self.fresh)}"
        ways = [
            (name, "tokens"),
            (name, self.list_text(1)),
            (f"{other}, {name}", "enumerate(tokens)"),
            (f"{other}, {name}", f"zip(tokens, {self.list_text(1)})"),
            (name, f"range({self.int_text(0)} % 4)"),
            (name, "reversed(tokens)"),
            (f"{other}, {name}", "pairwise(tokens)"),
        ]
        target, iterable = self.pick(*ways)
        self.add(f"for {target} in {iterable}:")
        if "," in target:
            self.names["int"].append(other)
        self.loops += 1
        self.block(depth - 1, self.pick(1, 2))
        self.loops -= 1
        if other in self.names["int"]:
            self.names["int"].remove(other)
        if not self.draw(st.integers(0, 4)):
            self.add("else:")
            self.block(depth - 1, 1)


@st.composite
def sources(draw: Callable[[Any], Any]) -> str:
    """Draws the text of a function of the tokens."""
    writer = Writer(draw)
    for _ in range(draw(st.integers(0, 4))):
        writer.statement(2)
    writer.add(f"return {writer.result()}")
    return "def spec(tokens):\n" + "\n".join(writer.lines) + "\n"


_NUMBERS = count()


def function_of(source: str) -> Callable[[list[int]], Any]:
    """Returns the function of a text, whose source is to be had."""
    filename = f"<spec function {next(_NUMBERS)}>"
    text = PREAMBLE + source
    scope: dict[str, Any] = {"__name__": "spec"}
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec", dont_inherit=True), scope)
    return scope["spec"]


def value_on(reading: Reading, facet: Any, truth: Callable[[int], bool]) -> Any:
    """Returns what a facet is on one input."""
    again = lambda part: value_on(reading, part, truth)  # noqa: E731
    match facet:
        case facets.Choice(cases=cases):
            (value,) = [again(case) for guard, case in cases if truth(guard)]
            return value
        case facets.Scalars(cases=cases):
            (value,) = [value for value, guard in cases if truth(guard)]
            return value
        case facets.Number(constant=constant, terms=terms):
            total = constant + sum(factor * again(atom) for factor, atom in terms)
            assert facet.lower <= total <= facet.upper
            return total
        case facets.Sequence(kind=kind, elements=elements):
            parts = [again(element) for element in elements]
            return "".join(parts) if kind is str else tuple(parts)
        case facets.Digits():
            return again(reading.reader.merging.spelled(facet))
        case facets.List(content=content):
            return list(again(content))
        case facets.Table(kind=kind, entries=entries):
            there = {key: again(v) for key, (present, v) in entries.items() if truth(present)}
            return there if kind is dict else kind(there)
        case tuple():
            return tuple(map(again, facet))
    return facet


def assignment_of(inputs: Inputs, word: tuple[int, ...]) -> dict[int, bool]:
    """Returns the values of the input literals on a word."""
    return {
        guard: token == word[position]
        for position, guards in enumerate(inputs.tokens)
        for token, guard in guards.items()
        if guard in inputs.graph.inputs
    }


def disagreements(function: Callable[[list[int]], Any], length: int, size: int) -> Iterator[str]:
    """Yields how a reading differs from runs, on every input of one length.

    Raises `Unread` where the function is not read.
    """
    vocab = [chr(97 + token) for token in range(size)]
    language = alta.inputs.regex(f"[{vocab[0]}-{vocab[-1]}]*").bind(tuple(vocab), None)
    inputs = Inputs(language, length)
    reading = read(function, inputs, None, NEVER)
    for word in product(range(size), repeat=length):
        assignment = assignment_of(inputs, word)

        def truth(literal: int, assignment: dict[int, bool] = assignment) -> bool:
            return inputs.graph.evaluate([literal], assignment)[0]

        faults = [error for literal, error in reading.faults if truth(literal)]
        try:
            expected = function(list(word))
        except Exception as error:  # noqa: BLE001 - whatever it raises, a fault is to be read
            if not faults:
                yield f"on {word}: raises {error!r}, and no fault is read"
            continue
        if faults:
            yield f"on {word}: is {expected!r}, and {faults} are read"
            continue
        actual = value_on(reading, reading.result, truth)
        if repr(actual) != repr(expected):
            yield f"on {word}: is {expected!r}, and {actual!r} is read"


def agreed(body: str, *shapes: tuple[int, int]) -> None:
    """Requires that a function, given by its lines, is read as it runs."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    function = function_of(f"def spec(tokens):\n{lines}\n")
    for length, size in shapes or ((3, 3),):
        assert list(disagreements(function, length, size)) == []


def refused(body: str) -> str:
    """Returns why a function, given by its lines, is not read."""
    try:
        agreed(body)
    except Unread as reason:
        return str(reason)
    raise AssertionError(f"it was read: {body}")


__all__ = ["Unread", "agreed", "disagreements", "function_of", "refused", "sources"]
