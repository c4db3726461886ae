"""The interpreter: the outputs of a program's run on one input, by the meaning of programs alone.

It is for runs that are known to have no conflict, no trap and no undefined read, and refuses the
first two all the same. Only what outputs and the halt depend on is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, TypeAlias, final

from alta_verify.check.program import Program, Rule, indices
from alta_verify.check.refused import Refused

__all__ = ["Interpreter"]

_UNDEFINED: Final = -1

# The indices of the values of all variables at a position, and those of all heads behind them.
_Row: TypeAlias = tuple[int, ...]

_Rows: TypeAlias = list[_Row]


@final
class Interpreter:
    """Runs of a program on single inputs."""

    def __init__(self, program: Program, max_layers: int | None) -> None:
        """Takes a program, and a bound on layers other than its own."""
        self._program, self._max_layers = program, max_layers
        # Lemma 6 (slices): nothing else has a say in the outputs, or in when they are there.
        needed = _closed(program)
        self._variables = [name for name in program.variables if name in needed]
        self._heads = [name for name in program.heads if name in needed]
        names = [*self._variables, *self._heads]
        self._columns = {name: column for column, name in enumerate(names)}
        self._written = [self._writer(name) for name in self._variables]
        self._next = cache(lambda row: tuple(written(row) for written in self._written))
        self._allowed = cache(
            lambda head, position, length: [
                j for j in range(length) if program.heads[head].mask.allows(j - position)
            ]
        )
        self._asked = cache(lambda query, index: tuple(indices(program.asked(query, index))))

    def outputs(self, word: Sequence[int]) -> list[int]:
        """Returns the index of the output at each position; refuses a run that nothing ends."""
        program, length = self._program, len(word)
        bound = program.bound(length) if self._max_layers is None else self._max_layers
        variables = [program.variables[name] for name in self._variables]
        rows: _Rows = [
            tuple(variable.start(token, position) for variable in variables)
            for position, token in enumerate(word)
        ]
        past, layer = set[tuple[_Row, ...]](), 0
        while layer != bound and not self._halted(rows):
            state = tuple(rows)
            if bound is None and state in past:
                raise Refused(f"the run on {_shown(word)} repeats a state, and nothing ends it")
            past.add(state)
            heads = [self._attend(name, rows) for name in self._heads]
            # All heads read the state before the layer, and all rules the one after attention.
            attended = zip(rows, *heads, strict=True)
            rows = [self._next((*row, *read)) for row, *read in attended]
            layer += 1
        return [row[self._columns[program.output]] for row in rows]

    def _halted(self, rows: _Rows) -> bool:
        halt = self._program.halt
        return halt is not None and all(row[self._columns[halt[0]]] == halt[1] for row in rows)

    def _attend(self, name: str, rows: _Rows) -> list[int]:
        """Returns what a head reads at each position."""
        head, length = self._program.heads[name], len(rows)
        values = [row[self._columns[head.value]] for row in rows]
        everywhere = head.mask.everywhere
        holders: dict[int, list[int]] = {}
        if head.key is not None:
            for position, row in enumerate(rows):
                holders.setdefault(row[self._columns[head.key]], []).append(position)
        answers: dict[int, int] = {}
        read = []
        for position, row in enumerate(rows):
            query = 0 if head.query is None else row[self._columns[head.query]]
            if not (everywhere and query in answers):
                selected = self._allowed(name, position, length)
                if head.query is not None:
                    keys = self._asked(head.query, query)
                    selected = [
                        j
                        for key in keys
                        for j in holders.get(key, ())
                        if everywhere or head.mask.allows(j - position)
                    ]
                answers[query] = self._read(name, [values[j] for j in selected])
            read.append(answers[query])
        return read

    def _read(self, name: str, values: Sequence[int]) -> int:
        """Returns the index of what a head gives for the values that it selects."""
        head = self._program.heads[name]
        if head.edges is None:
            # One key exactly; several are UNDEFINED whatever their values.
            return values[0] if len(values) == 1 else _UNDEFINED
        if not values:
            return _UNDEFINED
        amounts, unit = self._program.variables[head.value].amounts
        return head.bucket(sum(amounts[value] for value in values), len(values) * unit)

    def _writer(self, name: str) -> Callable[[_Row], int]:
        """Returns what makes the next value of a variable of a row after attention."""
        rules, columns = self._program.rules[name], self._columns
        tested = sorted({columns[test] for rule in rules for test in rule.tests})
        names = {column: name for name, column in columns.items()}
        written: dict[_Row, int | None] = {}
        own = columns[name]

        def write(row: _Row) -> int:
            key = tuple(row[column] for column in tested)
            if key not in written:
                local = {names[column]: row[column] for column in tested}
                written[key] = _assigned(name, rules, local)
            value = written[key]
            return row[own] if value is None else value

        return write


def _closed(program: Program) -> set[str]:
    """Returns the names that the output and the halt depend on."""
    needed: set[str] = set()
    pending = [program.output, *(() if program.halt is None else (program.halt[0],))]
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            if name in program.variables:
                pending += {test for rule in program.rules[name] for test in rule.tests}
            else:
                head = program.heads[name]
                pending += [n for n in (head.query, head.key, head.value) if n is not None]
    return needed


def _assigned(name: str, rules: Sequence[Rule], local: Mapping[str, int]) -> int | None:
    """Returns the index that a rule assigns; None where none fires."""
    fired = [
        rule
        for rule in rules
        if all(bits >> (local[test] + 1) & 1 for test, bits in rule.tests.items())
    ]
    if not fired:
        return None
    if len(fired) > 1 or fired[0].value is None:
        raise Refused(f"a run conflicts, or is trapped, where {name} is written: {fired[0].text}")
    return fired[0].value


def _shown(word: Sequence[int]) -> str:
    return " ".join(map(str, word))
