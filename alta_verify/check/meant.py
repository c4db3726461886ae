"""What was meant of each input, as data, and every run held against it.

A *demand* is what is meant at a position: ``v`` for the value v, ``!v`` for any other, ``.`` for
anything. A number is written as a fraction, a set in braces. A table has the demands of each input,
and a machine those in each of its states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, TypeAlias, final

from alta_verify.check.interpreter import Interpreter
from alta_verify.check.language import Language
from alta_verify.check.limits import MAX_RUNS
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused

__all__ = ["ANY", "Machine", "Meant", "Table", "check_outputs", "read_meant", "text_of"]

ANY: Final = "."
_OTHER: Final = "!"

# A whole number, a fraction or a set: in the floats' range, so that none is dear to read.
_VALUE: Final = re.compile(r"-?[0-9]{1,400}(/[0-9]{1,400})?|\{([0-9]{1,9}(,[0-9]{1,9})*)?\}")

_Word: TypeAlias = tuple[int, ...]


@final
@dataclass
class Table:
    """A table of demands, with a row for each input, shorter inputs first, then in token order."""

    says: str  # whose words it is said to be
    rows: Sequence[tuple[_Word, Sequence[str]]]
    _taken: int = field(default=0, init=False)

    def demands(self, word: _Word) -> Sequence[str]:
        """Returns the demands of the next input, which has to be this one."""
        if self._taken == len(self.rows):
            raise Refused(f"meant.json: input {_shown(word)} is missing, after {self._taken} rows")
        own, demands = self.rows[self._taken]
        if own != word:
            raise Refused(f"meant.json: expected input {_shown(word)}, got {_shown(own):.80}")
        self._taken += 1
        return demands

    def expect_end(self) -> None:
        """Checks that all rows were taken."""
        if self._taken != len(self.rows):
            raise Refused(
                f"meant.json: input {_shown(self.rows[self._taken][0]):.80} is no input "
                f"within the bounds, expected {self._taken} rows"
            )


@final
@dataclass(frozen=True)
class Machine:
    """A finite machine that reads an input from left to right, with a demand in each state."""

    says: str
    at: int | None  # the position that the demand is about; None for each, after its own token
    start: int
    moves: Mapping[tuple[int, int], int]
    outputs: Sequence[str]

    def demands(self, word: _Word) -> Sequence[str]:
        """Returns the demands of an input."""
        state, demands = self.start, []
        for token in word:
            if (state, token) not in self.moves:
                raise Refused(
                    f"meant.json: no move from state {state} with token {token}, on input "
                    f"{_shown(word)}"
                )
            state = self.moves[state, token]
            demands.append(self.outputs[state])
        if self.at is None:
            return demands
        if not -len(word) <= self.at < len(word):
            raise Refused(f"meant.json: at: input {_shown(word)} has no position {self.at}")
        place = self.at % len(word)
        return [demand if p == place else ANY for p, demand in enumerate(demands)]

    def expect_end(self) -> None:
        """Has nothing left over: a move that no input takes says nothing of any."""


Meant: TypeAlias = Table | Machine


def read_meant(content: Mapping[str, Any]) -> Meant:
    """Reads the contents of ``meant.json``, strictly."""
    says, form = content.get("says"), content.get("form")
    if not isinstance(says, str) or not says:
        raise _unexpected("says, whose words it is", says)
    fields: tuple[str, ...] = ("rows",) if form == "table" else ("at", "start", "moves", "outputs")
    if form not in ("table", "machine") or list(content) != ["says", "form", *fields]:
        raise _unexpected("says, form and the fields of a table or a machine", list(content))
    if form == "table":
        return Table(says, [_row(text) for text in _texts(content["rows"], "rows")])
    outputs = _texts(content["outputs"], "outputs")
    start, at = content["start"], content["at"]
    if at is not None and type(at) is not int:
        raise _unexpected("at, a position or null", at)
    steps = [_numbers(text) for text in _texts(content["moves"], "moves")]
    states = range(len(outputs))
    if type(start) is not int or any(len(s) != 3 or s[2] not in states for s in steps):
        raise _unexpected("a start, and moves of a state, a token and a state", start)
    moves = {(state, token): target for state, token, target in steps}
    # Of two moves with the same token the mapping would keep the last alone.
    if len(moves) != len(steps) or start not in states:
        raise _unexpected("one move a state and token, and a start among the states", start)
    return Machine(says, at, start, moves, [_demand(text) for text in outputs])


def check_outputs(
    program: Program,
    language: Language,
    lengths: Iterable[int],
    max_layers: int | None,
    meant: Meant,
) -> int:
    """Runs a program on every input of some lengths; returns how many have the outputs meant."""
    interpreter, number = Interpreter(program, max_layers), 0
    values = [text_of(value) for value in program.variables[program.output].values]
    for length in sorted(lengths):
        for word in sorted(language.inputs(length)):
            number += 1
            if number > MAX_RUNS:
                raise Refused(
                    f"there are more than {MAX_RUNS} inputs to run; try a smaller max_len"
                )
            demands = meant.demands(word)
            # Lemma 12 (witnesses): of each input something is demanded.
            if len(demands) != length or all(demand == ANY for demand in demands):
                raise Refused(
                    f"meant.json: expected {length} demands on input {_shown(word)}, not all of "
                    f"them {ANY!r}, got {' '.join(demands)!r:.80}"
                )
            outputs = [values[index] for index in interpreter.outputs(word)]
            for position, (output, demand) in enumerate(zip(outputs, demands, strict=True)):
                if not _met(output, demand):
                    raise Refused(
                        f"on input {_shown(word)} the output at position {position} is {output}, "
                        f"and meant.json has {demand!r:.80}"
                    )
    # Lemma 12 (witnesses): an automaton says that these lengths have inputs, and some were run.
    if not number:
        raise Refused("there is no input to run, expected one of each length in question")
    meant.expect_end()
    return number


def text_of(value: int | float | Fraction | frozenset[int]) -> str:
    """Returns a value as demands have it: equal numbers alike, and no two others."""
    if isinstance(value, frozenset):
        return f"{{{','.join(map(str, sorted(value)))}}}"
    return str(Fraction(value))


def _met(output: str, demand: str) -> bool:
    if demand.startswith(_OTHER):
        return output != demand.removeprefix(_OTHER)
    return demand in {ANY, output}


def _row(text: str) -> tuple[_Word, list[str]]:
    tokens, separator, demands = text.partition(" : ")
    if not separator:
        raise _unexpected("rows of tokens, ' : ' and demands", text)
    return _numbers(tokens), [_demand(demand) for demand in demands.split(" ")]


def _demand(text: str) -> str:
    # What is demanded otherwise of a value that has no such text would hold of every output.
    value = text.removeprefix(_OTHER)
    if text != ANY and not (_VALUE.fullmatch(value) and _rewritten(value) == value):
        raise _unexpected("a demand such as 1, !1, 1/2, {0,2} or .", text)
    return text


def _rewritten(value: str) -> str:
    """Returns the one text of what has the form of a value."""
    if not value.startswith("{"):
        numerator, _, denominator = value.partition("/")
        # None has the denominator 0.
        return text_of(Fraction(int(numerator), int(denominator or 1) or 1))
    return text_of(frozenset(map(int, filter(None, value[1:-1].split(",")))))


def _numbers(text: str) -> _Word:
    fields = text.split(" ")
    if not all(entry.isascii() and entry.isdecimal() and len(entry) < 10 for entry in fields):
        raise _unexpected("numbers with one space between", text)
    return tuple(map(int, fields))


def _texts(content: Any, name: str) -> list[str]:
    if not isinstance(content, list) or not all(isinstance(text, str) for text in content):
        raise _unexpected(f"{name}, a list of texts", content)
    return content


def _shown(word: Sequence[int]) -> str:
    return repr(" ".join(map(str, word)))


def _unexpected(expected: str, got: object) -> Refused:
    return Refused(f"meant.json: expected {expected}, got {got!r:.80}")
