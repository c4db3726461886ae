"""Courses: what became of a batch of equally long sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np
import numpy.typing as npt

from alta.errors import ExecutionError
from alta.interp.batch.codes import UNDEFINED_CODE, Codes
from alta.interp.batch.interning import Ids
from alta.interp.batch.states import States
from alta.interp.batch.transitions import Transitions
from alta.lang.program import Program
from alta.lang.values import Value

__all__ = ["BatchRun", "BatchStep", "Failure", "Tables"]

Tables = npt.NDArray[np.int64]
"""Codes (`alta.interp.batch.codes`) of shape (batch, length, names); UNDEFINED is -1."""


@final
@dataclass(frozen=True)
class Failure:
    """The end of a sequence of a batch that has no next state, and where it was."""

    error: ExecutionError
    layer: int
    position: int


@final
@dataclass(frozen=True, eq=False)
class BatchStep:
    """One layer of a batch.

    Attributes:
        active: who took it.
    """

    active: npt.NDArray[np.bool_]
    _after: States = field(repr=False)
    _attended: Callable[[], Tables] = field(repr=False)
    _transitions: Transitions = field(repr=False)

    @cached_property
    def attended(self) -> Tables:
        """The states after attention; UNDEFINED everywhere for those who had ended before."""
        return self._attended()

    @cached_property
    def states(self) -> Tables:
        """The states after the MLP; those who had ended or failed stand still."""
        return tables_of(self._transitions, self._after)


@final
@dataclass(frozen=True, eq=False)
class BatchRun:
    """The course of a batch of equally long sequences.

    Attributes:
        n_layers: layers taken by each sequence.
        halted: whether its halt ended each sequence.
        failures: sequences that have no next state, by index, with the first error.
        steps: every layer, when asked for.
    """

    n_layers: npt.NDArray[np.int64]
    halted: npt.NDArray[np.bool_]
    failures: dict[int, Failure]
    steps: list[BatchStep] = field(repr=False)
    _first: States = field(repr=False)
    _last: States = field(repr=False)
    _transitions: Transitions = field(repr=False)

    @property
    def program(self) -> Program:
        """What was run."""
        return self._transitions.program

    @property
    def codes(self) -> Codes:
        """What the codes in tables stand for."""
        return self._transitions.codes

    @cached_property
    def initial(self) -> Tables:
        """The states before the first layer."""
        return tables_of(self._transitions, self._first)

    @cached_property
    def final(self) -> Tables:
        """The states at the end."""
        return tables_of(self._transitions, self._last)

    @cached_property
    def outputs(self) -> list[tuple[Value, ...]]:
        """The values of the output variable at the end, by sequence and position."""
        name = self._transitions.program.output_name
        # A uniform output is one column, which holds for all positions.
        codes = self._transitions.rows.column(name, self._last)
        whole = np.broadcast_to(codes, self._last.positional.shape)
        return [self._transitions.codes.values(name, row) for row in whole.tolist()]


def tables_of(transitions: Transitions, states: States) -> Tables:
    """Returns the codes of all variables."""
    names = transitions.program.variables
    table = np.empty((*states.positional.shape, len(names)), dtype=np.int64)
    for index, name in enumerate(names):
        table[..., index] = transitions.rows.column(name, states)
    return table


def attended_tables(
    transitions: Transitions,
    rows: npt.NDArray[np.intp],
    batch: int,
    states: States,
    shared: list[Ids],
    separate: list[Ids],
) -> Tables:
    """Returns the codes of all names after attention, UNDEFINED but for the sequences in `rows`."""
    # Columns are in the order of the program's names: variables first, then head outputs.
    names = list(transitions.program.domains)
    length = states.positional.shape[1]
    table = np.full((batch, length, len(names)), UNDEFINED_CODE, dtype=np.int64)
    table[rows, :, : len(transitions.program.variables)] = tables_of(transitions, states)
    # Without positions there are no columns that could be broadcast.
    if not length:
        return table
    for readings, numbers in zip(transitions.shared, shared, strict=True):
        for head in readings.selection.heads:
            values = readings.column(head, numbers, states.uniform)
            table[rows, :, names.index(head)] = values[:, None]
    for readings, numbers in zip(transitions.separate, separate, strict=True):
        for head in readings.selection.heads:
            values = readings.column(head, numbers, states.uniform[:, None])
            table[rows, :, names.index(head)] = values
    return table
