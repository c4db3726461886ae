"""Transitions: tables from states to next states, filled as states come up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.errors import ExecutionError
from alta.interp.batch.codes import Codes
from alta.interp.batch.effects import FAILS, EffectFinder, Effects, Situations, Successors
from alta.interp.batch.finders import FunctionEffects, RuleEffects
from alta.interp.batch.interning import GrowingColumn, Ids, Interner, PairInterner, Rows
from alta.interp.batch.plan import Selection, plan_of
from alta.interp.batch.readings import AverageReadings, Readings, SingleReadings
from alta.interp.batch.states import Starts, StateRows, States
from alta.interp.step import transition
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.uniform import uniform_names
from alta.lang.values import Value

__all__ = ["Transitions"]


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
        """Starts with empty tables.

        Args:
            program: the program.
            exact: whether states after attention are told apart by the means that heads read, and
                not only by the buckets that the means are in.
        """
        self.program = program
        # A function may tell two means of one bucket apart; rules cannot.
        self._exact = exact or isinstance(program.mlp, ManyPaths)
        self.plan = plan_of(program)
        self.codes = Codes(program)
        self.rows = StateRows(Rows(self.plan.uniform), Rows(self.plan.positional))
        self.starts = Starts(program, self.rows, self.codes)
        self.shared = tuple(map(self._readings, self.plan.shared))
        self.separate = tuple(map(self._readings, self.plan.separate))
        # What is the same at all positions is worked out once a sequence (`alta.lang.uniform`).
        self.uniform_names = uniform_names(program)
        effects = Effects()
        self._finder: EffectFinder = (
            FunctionEffects(program, self.codes, effects)
            if isinstance(program.mlp, ManyPaths)
            else RuleEffects(program, self.codes, self.uniform_names, effects)
        )
        self._uniform_after = Successors(self.rows.uniform, effects, self.codes)
        self._positional_after = Successors(self.rows.positional, effects, self.codes)
        self._starts = Interner()
        self._attended = tuple(PairInterner() for _ in self.shared)
        self._local = tuple(PairInterner() for _ in self.separate)
        self._moves = PairInterner()
        self._situations = Situations(self._finder)
        self._next_uniform = GrowingColumn()
        self._cases = GrowingColumn()
        self._next_positional = GrowingColumn()

    def _readings(self, selection: Selection) -> Readings:
        if not selection.averages:
            return SingleReadings(selection, self.rows)
        return AverageReadings(selection, self.rows, self.codes, exact=self._exact)

    def attended(self, uniform: Ids, readings: Sequence[Ids]) -> Ids:
        """Returns the states of the uniform names after attention; all shapes are (batch,)."""
        # A state after attention is the state before with one reading after the other, as pairs.
        states = self._starts.intern(uniform.astype(np.int64))
        for table, shared, numbers in zip(self._attended, self.shared, readings, strict=True):
            states = table.intern(states, shared.keys(numbers, uniform))
        self._fill_attended()
        return states

    def local(self, positional: Ids, readings: Sequence[Ids], uniform: Ids) -> Ids:
        """Returns the states of the other names after attention.

        Shapes are (batch, length), and (batch,) for the states of the uniform variables.
        """
        states = positional
        for table, separate, numbers in zip(self._local, self.separate, readings, strict=True):
            states = table.intern(states, separate.keys(numbers, uniform))
        return states

    def next_uniform(self, attended: Ids) -> Ids:
        """Returns the next states of the uniform variables, or FAILS."""
        return self._next_uniform.values[attended]

    def cases(self, attended: Ids) -> Ids:
        """Returns the cases that positions are in; in case 0 nothing happens to them."""
        return self._cases.values[attended]

    def next_positional(self, cases: Ids, local: Ids) -> Ids:
        """Returns the next states of the other variables, or FAILS, by case and local state."""
        moves = self._moves.intern(cases[:, None], local)
        self._fill_moves()
        return self._next_positional.values[moves]

    def fails(self, attended: Ids, local: Ids) -> npt.NDArray[np.bool_]:
        """Says which states of single positions have no next state."""
        fails: npt.NDArray[np.bool_] = self.next_uniform(attended) == FAILS
        cases = self.cases(attended)
        # In case 0 nothing happens, so that nothing fails.
        busy = np.flatnonzero(cases)
        after = self.next_positional(cases[busy], local[busy, None])
        fails[busy] |= after[:, 0] == FAILS
        return fails

    def column(self, name: str, attended: Ids, local: Ids) -> npt.NDArray[Any]:
        """Returns the indices that rules test, for one name in states of single positions."""
        return self.codes.indices(name, self._column(name, attended, local))

    def values(
        self, name: str, attended: Ids, local: Ids
    ) -> tuple[list[Value], npt.NDArray[np.intp]]:
        """Returns the different values of one name, and for each state its value's place there."""
        codes, places = np.unique(self._column(name, attended, local), return_inverse=True)
        return [self.codes.value(name, code) for code in codes.tolist()], places

    def _column(self, name: str, attended: Ids, local: Ids) -> npt.NDArray[Any]:
        columns = (
            self._attended_columns(attended)
            if name in self.uniform_names
            else self._local_columns(local)
        )
        return columns[name]

    def attended_codes(self, attended: Ids, local: Ids) -> dict[str, npt.NDArray[Any]]:
        """Returns the codes of all names in states of single positions after attention.

        Means are given by numbers in the same buckets, unless the tables are exact.
        """
        columns = self._attended_columns(attended) | self._local_columns(local)
        return {name: columns[name] for name in self.program.domains}

    def next_codes(self, attended: Ids, local: Ids) -> dict[str, npt.NDArray[Any]]:
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
        columns = self._attended_columns(np.array([attended], dtype=np.int32))
        columns |= self._local_columns(np.array([local], dtype=np.int32))
        values = {
            name: self.codes.value(name, int(columns[name][0])) for name in self.program.domains
        }
        # The tables know that there is no next state; the interpreter knows why.
        try:
            transition(self.program, values)
        except ExecutionError as error:
            return error
        raise RuntimeError(f"Expected the program to have no next state in {values!r}.")

    def _fill_attended(self) -> None:
        # The last table numbers states with all their readings.
        count = len(self._attended[-1] if self._attended else self._starts)
        numbers = np.arange(len(self._cases), count, dtype=np.int32)
        if not numbers.size:
            return
        columns = self._attended_columns(numbers)
        effects, cases = self._finder.shared(columns, len(numbers))
        self._cases.extend(cases)
        # Next states are worked out once for each new state; the rest are looked up.
        after = self._uniform_after.after(effects, self._uniform_of(numbers))
        self._next_uniform.extend(after)

    def _fill_moves(self) -> None:
        new = np.arange(len(self._next_positional), len(self._moves), dtype=np.int32)
        if not new.size:
            return
        cases, local = self._moves.parts(new)
        effects = self._situations.effects(cases, self._local_columns(local))
        after = self._positional_after.after(effects, self._positional_of(local))
        self._next_positional.extend(after)

    def _attended_columns(self, numbers: Ids) -> dict[str, npt.NDArray[Any]]:
        """Returns the codes of all uniform names in states after attention."""
        readings = []
        # Pairs were interned one within the other, so that the last is the first taken apart.
        for table in reversed(self._attended):
            numbers, reading = table.parts(numbers)
            readings.append(reading)
        states = self._starts.entries[numbers].astype(np.int32)
        rows = self.rows.uniform
        columns = {name: rows.column(name)[states] for name in rows.names}
        for shared, reading in zip(self.shared, reversed(readings), strict=True):
            for head in shared.selection.heads:
                columns[head] = shared.key_column(head, reading, states)
        return columns

    def _local_columns(self, numbers: Ids) -> dict[str, npt.NDArray[Any]]:
        """Returns the codes of all names that are not uniform in states after attention."""
        heads: dict[str, npt.NDArray[Any]] = {}
        for table, separate in zip(reversed(self._local), reversed(self.separate), strict=True):
            numbers, reading = table.parts(numbers)
            heads |= {
                head: separate.key_column(head, reading, None) for head in separate.selection.heads
            }
        rows = self.rows.positional
        return {name: rows.column(name)[numbers] for name in rows.names} | heads

    def _uniform_of(self, attended: Ids) -> Ids:
        """Returns the states of the uniform variables before attention."""
        for table in reversed(self._attended):
            attended = table.parts(attended)[0]
        return self._starts.entries[attended].astype(np.int32)

    def _positional_of(self, local: Ids) -> Ids:
        """Returns the states of the other variables before attention."""
        for table in reversed(self._local):
            local = table.parts(local)[0]
        return local
