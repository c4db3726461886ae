"""Running: what a program does, one layer after another, straight from the meaning of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.judge.language import Word
from tests.judge.meaning import Head, Program, Rule

__all__ = ["LIMIT", "Course", "FailedError", "Interpreter"]

LIMIT = 512
"""So many layers are run where nothing ends a run."""

Row = tuple[Any, ...]
"""The values of all variables, or of all variables and heads, at a position."""

Table = tuple[Row, ...]
"""A row for each position."""


@dataclass(eq=False)
class FailedError(Exception):
    """A layer that a program cannot take.

    Attributes:
        kinds: what goes wrong: "conflict", "range" or "undefined".
    """

    kinds: frozenset[str]


@dataclass(frozen=True)
class Course:
    """A run: the tables at layer boundaries, and how it ended.

    Attributes:
        tables: of the layers that count.
        ended: whether halt or bound ended it; else the tables go as far as they have to.
        halted: whether all positions have halted.
        failure: what went wrong in the layer after the last table.
    """

    word: Word
    tables: tuple[Table, ...]
    ended: bool
    halted: bool
    failure: FailedError | None


class Interpreter:
    """Runs one program; what a layer makes of a row or of a table is remembered."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._variables = list(program.variables)
        self._names = [*program.variables, *program.heads]
        self._place = {name: place for place, name in enumerate(self._names)}
        self._rules = [
            ([(self._place[name], index) for name, index in sorted(rule.atoms)], rule)
            for rule in program.rules
        ]
        self._rows: dict[Row, Row | FailedError] = {}
        self._tables: dict[Table, Table | FailedError] = {}

    def start(self, word: Word) -> Table:
        """The table before the first layer."""
        variables = self.program.variables.values()
        return tuple(
            tuple(variable.start(token, position) for variable in variables)
            for position, token in enumerate(word)
        )

    def halted(self, table: Table) -> bool:
        """Whether all positions hold the halt value."""
        if self.program.halt is None:
            return False
        name, value = self.program.halt
        return all(row[self._place[name]] == value for row in table)

    def attended(self, table: Table) -> Table:
        """The table with what all heads read."""
        heads = self.program.heads.values()
        return tuple(
            (*row, *(self._read(head, table, position) for head in heads))
            for position, row in enumerate(table)
        )

    def _read(self, head: Head, table: Table, here: int) -> Any:
        value = self._place[head.value]
        found = [
            row[value] for there, row in enumerate(table) if self._selects(head, table, here, there)
        ]
        if head.averages:
            return float(sum(map(Fraction, found)) / len(found)) if found else None
        return found[0] if len(found) == 1 else None

    def _selects(self, head: Head, table: Table, here: int, there: int) -> bool:
        if not head.sees(here, there):
            return False
        if head.query is None or head.key is None:
            return True
        query, key = table[here][self._place[head.query]], table[there][self._place[head.key]]
        return key in query if isinstance(query, frozenset) else key == query

    def next(self, table: Table) -> Table:
        """The table after a layer; raises `FailedError`."""
        if table not in self._tables:
            self._tables[table] = self._next(table)
        after = self._tables[table]
        if isinstance(after, FailedError):
            raise after
        return after

    def _next(self, table: Table) -> Table | FailedError:
        after = []
        kinds: frozenset[str] = frozenset()
        for row in self.attended(table):
            if row not in self._rows:
                self._rows[row] = self._written(row)
            written = self._rows[row]
            if isinstance(written, FailedError):
                kinds |= written.kinds
            else:
                after.append(written)
        return FailedError(kinds) if kinds else tuple(after)

    def _index(self, place: int, value: Any) -> int | None:
        name = self._names[place]
        head = self.program.heads.get(name)
        if value is None or head is None:
            return None if value is None else self.program.variables[name].index(value)
        if head.points is None:
            return int(value)
        number = Fraction(value)
        midpoints = zip(head.points, head.points[1:], strict=False)
        return sum((Fraction(low) + Fraction(high)) / 2 < number for low, high in midpoints)

    def _written(self, row: Row) -> Row | FailedError:
        """What the rules make of a position."""
        indices = [self._index(place, value) for place, value in enumerate(row)]
        writing: dict[str, list[Rule]] = {}
        kinds = set()
        for atoms, rule in self._rules:
            if any(indices[place] not in (None, index) for place, index in atoms):
                continue
            if any(indices[place] is None for place, _ in atoms):
                kinds.add("undefined")
                continue
            writing.setdefault(rule.variable, []).append(rule)
            if not self.program.variables[rule.variable].holds(rule.value):
                kinds.add("range")
        if any(len(rules) > 1 for rules in writing.values()):
            kinds.add("conflict")
        if kinds:
            return FailedError(frozenset(kinds))
        return tuple(
            writing[name][0].value if name in writing else old
            for name, old in zip(self._variables, row, strict=False)
        )

    def course(self, word: Word, max_layers: int | None = None) -> Course:
        """The run on an input.

        Where nothing ends it, it is followed for as many layers as there are different tables among
        the first `LIMIT`, and two more. If those are fewer than `LIMIT`, a table came twice among
        them; each table follows from the one before, so there are no other tables at all, and the
        layers that are followed take every step that the run ever takes.
        """
        bound = self.program.bound(len(word)) if max_layers is None else max_layers
        tables: list[Table] = []
        failure = None
        try:
            for table in self._unending(word):
                tables.append(table)
                if self.halted(table) or len(tables) - 1 == bound or len(tables) > LIMIT:
                    break
        except FailedError as failed:
            failure = failed
        halted = self.halted(tables[-1])
        ended = halted or len(tables) - 1 == bound
        if not ended and failure is None:
            different = len(set(tables))
            if different > LIMIT:
                raise RuntimeError(f"on {word} there are too many different states to judge")
            del tables[different + 2 :]
        return Course(word, tuple(tables), ended, halted, failure)

    def _unending(self, word: Word) -> Iterator[Table]:
        table = self.start(word)
        while True:
            yield table
            table = self.next(table)
