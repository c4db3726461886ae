"""Transitions: tables from states to next states, filled as states come up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.errors import ExecutionError
from alta.interp.batch.codes import UNDEFINED_CODE, Codes
from alta.interp.batch.effects import (
    FAILS,
    EffectFinder,
    Effects,
    FunctionEffects,
    RuleEffects,
    Situations,
    successor,
)
from alta.interp.batch.interning import (
    Chain,
    GrowingColumn,
    Ids,
    Interner,
    PairTable,
    Places,
    Rows,
)
from alta.interp.batch.readings import AverageReadings, Readings, SingleReadings
from alta.interp.batch.states import Selection, StateRows, States, Tables, plan_of
from alta.interp.step import transition
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.uniform import uniform_names
from alta.lang.values import Value

__all__ = ["Transitions"]

_Columns = dict[str, npt.NDArray[Any]]


@final
class Transitions:
    """A table from states after attention to states after the MLP, filled on demand.

    The state of a position is two numbers: that of the uniform variables, which all positions of a
    sequence share, and that of the other variables. Likewise what heads read is worked out once a
    sequence where all positions read the same. So the table has two parts: one entry for every
    state of the uniform names after attention (*attended*), and one for what positions do in the
    cases to which those lead (*local*).
    """

    def __init__(self, program: Program, *, exact: bool = False) -> None:
        """Starts with empty tables; exact ones tell means apart, and not only their buckets."""
        self.program = program
        # A function may tell two means of one bucket apart; rules cannot.
        self._exact = exact or isinstance(program.mlp, ManyPaths)
        self.plan = plan_of(program)
        self.codes = Codes(program)
        self.rows = StateRows(Rows(self.plan.uniform), Rows(self.plan.positional))
        # A first value depends on token and position alone, so a pair of the two settles it.
        self._first_positional = PairTable(partial(self._first_rows, self.rows.positional))
        self.shared = tuple(map(self._readings, self.plan.shared))
        self.separate = tuple(map(self._readings, self.plan.separate))
        # What is the same at all positions is worked out once a sequence (`alta.lang.uniform`).
        self.uniform_names = uniform_names(program)
        self._effects = Effects()
        self._finder: EffectFinder = (
            FunctionEffects(program, self.codes, self._effects)
            if isinstance(program.mlp, ManyPaths)
            else RuleEffects(program, self.codes, self.uniform_names, self._effects)
        )
        # All rules read the state before the layer, so that effect and row settle the next row.
        self._uniform_after = PairTable(partial(self._after, self.rows.uniform))
        self._positional_after = PairTable(partial(self._after, self.rows.positional))
        self._starts = Interner()
        self._attended = Chain(1 + len(self.shared))
        self._local = Chain(1 + len(self.separate))
        self._situations = Situations(self._finder)
        self._next_uniform = GrowingColumn()
        self._cases = GrowingColumn()
        self._next_positional = PairTable(self._moved)

    def _readings(self, selection: Selection) -> Readings:
        if not selection.averages:
            return SingleReadings(selection, self.rows)
        return AverageReadings(selection, self.rows, self.codes, exact=self._exact)

    def first_states(self, tokens: npt.NDArray[np.int64]) -> States:
        """Returns the states before the first layer, for valid tokens of shape (batch, length)."""
        # Uniform variables start with the same value at every position and token.
        (uniform,) = self._first_rows(
            self.rows.uniform, np.zeros(1, np.int32), np.zeros(1, np.int32)
        )
        return States(
            np.full(len(tokens), uniform, dtype=np.int32),
            self._first_positional.values(tokens, np.arange(tokens.shape[1])),
        )

    def _first_rows(self, rows: Rows, tokens: Ids, positions: Ids) -> list[int]:
        variables = [(name, self.program.variables[name]) for name in rows.names]
        return [
            rows.number(
                tuple(
                    self.codes.code(name, variable.initial_value(token, position, name=name))
                    for name, variable in variables
                )
            )
            for token, position in zip(tokens.tolist(), positions.tolist(), strict=True)
        ]

    def attended(self, uniform: Ids, readings: Sequence[Ids]) -> Ids:
        """Returns the states of the uniform names after attention; all shapes are (batch,)."""
        # A state after attention is the state before with one reading after the other, as pairs.
        states = self._attended.intern(
            self._starts.intern(uniform.astype(np.int64)), _keys(self.shared, readings)
        )
        self._fill_attended(int(states.max(initial=-1)) + 1)
        return states

    def local(self, positional: Ids, readings: Sequence[Ids]) -> Ids:
        """Returns the states (batch, length) of the other names after attention."""
        return self._local.intern(positional, _keys(self.separate, readings))

    def next_uniform(self, attended: Ids) -> Ids:
        """Returns the next states of the uniform variables, or FAILS."""
        return self._next_uniform.values[attended]

    def cases(self, attended: Ids) -> Ids:
        """Returns the cases that positions are in; in case 0 nothing happens to them."""
        return self._cases.values[attended]

    def next_positional(self, cases: Ids, local: Ids) -> Ids:
        """Returns the next states of the other variables, or FAILS, by case and local state."""
        return self._next_positional.values(cases[:, None], local)

    def fails(self, attended: Ids, local: Ids) -> npt.NDArray[np.bool_]:
        """Says which states of single positions have no next state."""
        fails: npt.NDArray[np.bool_] = self.next_uniform(attended) == FAILS
        cases = self.cases(attended)
        # In case 0 nothing happens, so that nothing fails.
        busy = np.flatnonzero(cases)
        after = self.next_positional(cases[busy], local[busy, None])
        fails[busy] |= after[:, 0] == FAILS
        return fails

    def values(self, name: str, attended: Ids, local: Ids) -> tuple[list[Value], Places]:
        """Returns the different values of one name, and for each state its value's place there."""
        is_uniform = name in self.uniform_names
        columns = self._attended_columns(attended) if is_uniform else self._local_columns(local)
        codes, places = np.unique(columns[name], return_inverse=True)
        return [self.codes.value(name, code) for code in codes.tolist()], places

    def attended_codes(self, attended: Ids, local: Ids) -> _Columns:
        """Returns the codes of all names after attention; means by their buckets, unless exact."""
        columns = self._attended_columns(attended) | self._local_columns(local)
        return {name: columns[name] for name in self.program.domains}

    def next_codes(self, attended: Ids, local: Ids) -> _Columns:
        """Returns the codes of all variables after the MLP; every state must have a next one."""
        after = States(
            self.next_uniform(attended),
            self.next_positional(self.cases(attended), local[:, None]),
        )
        return {
            name: np.asarray(self.rows.column(name, after)[:, 0]) for name in self.program.variables
        }

    def error(self, attended: int, local: int) -> ExecutionError:
        """Returns the error that the program raises in the state of one position."""
        columns = self.attended_codes(np.array([attended], np.int32), np.array([local], np.int32))
        values = {name: self.codes.value(name, int(codes[0])) for name, codes in columns.items()}
        # The tables know that there is no next state; the interpreter knows why.
        try:
            transition(self.program, values)
        except ExecutionError as error:
            return error
        raise RuntimeError(f"Expected the program to have no next state in {values!r}.")

    def attended_table(
        self,
        rows: Places,
        batch: int,
        states: States,
        shared: list[Ids],
        separate: list[Ids],
    ) -> Tables:
        """Returns the codes of all names after attention, UNDEFINED but for sequences in `rows`."""
        # Columns are in the order of the program's names: variables first, then head outputs.
        names = list(self.program.domains)
        length = states.positional.shape[1]
        table = np.full((batch, length, len(names)), UNDEFINED_CODE, dtype=np.int64)
        table[rows, :, : len(self.program.variables)] = self.rows.table(
            self.program.variables, states
        )
        # Without positions there are no columns that could be broadcast.
        if not length:
            return table
        # What is read once a sequence is one column, which holds for all positions.
        parts = zip(self.shared, [numbers[:, None] for numbers in shared], strict=True)
        for readings, numbers in (*parts, *zip(self.separate, separate, strict=True)):
            for head in readings.selection.heads:
                table[rows, :, names.index(head)] = readings.column(head, numbers)
        return table

    def _fill_attended(self, count: int) -> None:
        numbers = np.arange(len(self._cases), count, dtype=np.int32)
        if not numbers.size:
            return
        effects, cases = self._finder.shared(self._attended_columns(numbers), len(numbers))
        self._cases.extend(cases)
        before = self._starts.entries[self._attended.parts(numbers)[0]].astype(np.int32)
        # Next states are worked out once for each new state; the rest are looked up.
        self._next_uniform.extend(self._uniform_after.values(effects, before))

    def _moved(self, cases: Ids, local: Ids) -> Ids:
        effects = self._situations.effects(cases, self._local_columns(local))
        return self._positional_after.values(effects, self._local.parts(local)[0])

    def _after(self, rows: Rows, effects: Ids, numbers: Ids) -> list[int]:
        return [
            successor(rows, self.codes, self._effects[effect], number)
            for effect, number in zip(effects.tolist(), numbers.tolist(), strict=True)
        ]

    def _attended_columns(self, numbers: Ids) -> _Columns:
        """Returns the codes of all uniform names in states after attention."""
        numbers, readings = self._attended.parts(numbers)
        states = self._starts.entries[numbers].astype(np.int32)
        return _columns(self.rows.uniform, states, readings, self.shared)

    def _local_columns(self, numbers: Ids) -> _Columns:
        """Returns the codes of all names that are not uniform in states after attention."""
        return _columns(self.rows.positional, *self._local.parts(numbers), self.separate)


def _keys(selections: Sequence[Readings], readings: Sequence[Ids]) -> Iterator[Ids]:
    """Yields what of each selection's readings the MLP can tell apart."""
    return (
        selection.keys(numbers) for selection, numbers in zip(selections, readings, strict=True)
    )


def _columns(
    rows: Rows, states: Ids, keys: Sequence[Ids], selections: Sequence[Readings]
) -> _Columns:
    columns = {name: rows.column(name)[states] for name in rows.names}
    for readings, numbers in zip(selections, keys, strict=True):
        for head in readings.selection.heads:
            columns[head] = readings.key_column(head, numbers)
    return columns
