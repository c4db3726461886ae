"""Execution: equally long sequences side by side, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.errors import ExecutionError
from alta.interp.batch.codes import Codes
from alta.interp.batch.effects import FAILS
from alta.interp.batch.interning import Ids, Places
from alta.interp.batch.local_states import Observer
from alta.interp.batch.readings import Selected
from alta.interp.batch.states import States, Tables
from alta.interp.batch.transitions import Transitions
from alta.lang.program import Program
from alta.lang.values import Value
from alta.limit import checkpoint

__all__ = ["BatchRun", "BatchStep", "Failure", "Past", "execute"]

# So many positions are worked on side by side: few enough to stay in the processor's cache.
_CHUNK: Final = 1 << 17


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
    """One layer of a batch; `active` says who took it."""

    active: npt.NDArray[np.bool_]
    _after: States = field(repr=False)
    _attended: Callable[[], Tables] = field(repr=False)
    _transitions: Transitions = field(repr=False)

    @cached_property
    def attended(self) -> Tables:
        """The states after attention; UNDEFINED everywhere for those who had ended before."""
        return self._attended()

    def column(self, name: str) -> npt.NDArray[Any]:
        """Returns the codes of one variable after the MLP, by sequence and position."""
        whole = self._after.positional.shape
        return np.broadcast_to(self._transitions.rows.column(name, self._after), whole)

    @cached_property
    def states(self) -> Tables:
        """The states after the MLP; those who had ended or failed stand still."""
        return self._transitions.rows.table(self._transitions.program.variables, self._after)


@final
@dataclass(frozen=True, eq=False)
class BatchRun:
    """The course of a batch of equally long sequences.

    Failures are sequences that have no next state, by index, with the first error.
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

    def first_column(self, name: str) -> npt.NDArray[Any]:
        """Returns the codes of one variable before the first layer, by sequence and position."""
        whole = self._first.positional.shape
        return np.broadcast_to(self._transitions.rows.column(name, self._first), whole)

    @cached_property
    def initial(self) -> Tables:
        """The states before the first layer."""
        return self._transitions.rows.table(self.program.variables, self._first)

    @cached_property
    def final(self) -> Tables:
        """The states at the end."""
        return self._transitions.rows.table(self.program.variables, self._last)

    @cached_property
    def outputs(self) -> list[tuple[Value, ...]]:
        """The values of the output variable at the end, by sequence and position."""
        name = self.program.output_name
        # A uniform output is one column, which holds for all positions.
        codes = self._transitions.rows.column(name, self._last)
        whole = np.broadcast_to(codes, self._last.positional.shape)
        return [self.codes.values(name, row) for row in whole.tolist()]


def execute(
    program: Program,
    tokens: npt.NDArray[np.int64],
    max_layers: int | None,
    *,
    transitions: Transitions | None = None,
    keep_steps: bool = False,
    stop_at_repeats: bool = False,
    local_states: Observer | None = None,
    ended: Callable[[int], None] | None = None,
) -> BatchRun:
    """Runs equally long sequences side by side; a sequence that halts or fails stands still.

    Args:
        program: what to run.
        tokens: valid tokens of shape (batch, length).
        max_layers: the most layers; None for until all have halted.
        transitions: tables of the same program to fill and reuse; others are refused.
        keep_steps: whether to keep every layer.
        stop_at_repeats: whether a sequence stands still once its run would only repeat itself.
        local_states: is told the states of single positions; `LocalStates` collects them.
        ended: is told, now and then, how many more sequences have come to their ends.
    """
    tables = Transitions(program) if transitions is None else transitions
    # Numbers in the tables of another program would mean other states.
    if tables.program is not program:
        raise ValueError(
            f"execute: expected transitions of the program {program.name!r}, got those of "
            f"{tables.program.name!r}; make Transitions anew for every program"
        )
    if local_states is not None:
        local_states.begin(tables, tokens)
    first = tables.first_states(tokens)
    batch, length = tokens.shape
    # A kept layer is one of all sequences, so that these are not worked on in parts.
    size = batch if keep_steps else max(1, _CHUNK // max(1, length))
    course = _Course(tables, first, max_layers, keep_steps, stop_at_repeats, local_states)
    for start in range(0, batch, size):
        for count in course.follow(np.arange(start, min(batch, start + size))):
            if ended is not None:
                ended(count)
    halted = _halted(tables, course.last)
    return BatchRun(
        course.n_layers, halted, course.failures, course.steps, first, course.last, tables
    )


@final
@dataclass
class _Course:
    """The runs of sequences, which are followed to their ends some at a time."""

    tables: Transitions
    first: States
    max_layers: int | None
    keep_steps: bool
    stop_at_repeats: bool
    local_states: Observer | None
    failures: dict[int, Failure] = field(default_factory=dict)
    steps: list[BatchStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.last = self.first.copy()
        self.n_layers = np.zeros(len(self.first.uniform), dtype=np.int64)

    def follow(self, rows: Places) -> Iterator[int]:
        """Runs some of the sequences to their ends; yields how many came to theirs at a time."""
        # Those that have ended are left out from the next layer on: long runs cost their own.
        states = self.first.restricted(rows)
        length = states.positional.shape[1]
        tables = self.tables
        selected = Selected(tables.program, tables.plan, tables.rows, length)
        past = Past(states) if self.stop_at_repeats else None
        # The halt is tested before the first layer, too.
        going = ~_halted(tables, states)
        layer = 0
        while True:
            # Between two layers everything is whole.
            checkpoint()
            if not going.all():
                yield len(going) - int(np.count_nonzero(going))
                chosen = np.flatnonzero(going)
                rows, states = rows[chosen], states.restricted(chosen)
                selected.keep(chosen)
                if past is not None:
                    past.keep(chosen)
            if not len(rows) or layer == self.max_layers:
                yield len(rows)
                return
            layer += 1
            states, going, attended = self._layer(layer, rows, states, selected)
            # Who fails in a layer has not taken it.
            self.n_layers[rows[going]] = layer
            self.last.uniform[rows] = states.uniform
            self.last.positional[rows] = states.positional
            if self.keep_steps:
                active = np.zeros(len(self.n_layers), dtype=bool)
                active[rows[going]] = True
                self.steps.append(BatchStep(active, self.last.copy(), attended, tables))
            going &= ~_halted(tables, states)
            if past is not None:
                going &= past.is_new(states)

    def _layer(
        self, layer: int, rows: Places, states: States, selected: Selected
    ) -> tuple[States, npt.NDArray[np.bool_], Callable[[], Tables]]:
        """Returns the next states, who has one, and what makes the tables after attention."""
        tables, batch = self.tables, len(self.n_layers)
        # The empty input has no position that could change, and takes its layers all the same.
        if not states.positional.shape[1]:
            empty = partial(tables.attended_table, rows, batch, states, [], [])
            return states, np.ones(len(rows), dtype=bool), empty
        shared = [readings.read(selected, states) for readings in tables.shared]
        separate = [readings.read(selected, states) for readings in tables.separate]
        attended = tables.attended(states.uniform, shared)
        local = None
        # Local states are needed here whether or not anything happens in them.
        if self.local_states is not None:
            local = tables.local(states.positional, separate)
            self.local_states.note(layer, rows, attended, local)
        after = _next_states(tables, states, attended, separate, local)
        moved = after.uniform != FAILS
        # FAILS is less than any state: one pass sees that nobody fails, which is the common case.
        if after.positional.min() == FAILS:
            moved &= (after.positional != FAILS).all(axis=1)
        if not moved.all():
            for row in np.flatnonzero(~moved).tolist():
                self.failures[int(rows[row])] = _failure(
                    tables, layer, row, states, attended, separate, after
                )
            # A sequence that fails stands still, as one that has halted does.
            after.uniform = np.where(moved, after.uniform, states.uniform)
            after.positional = np.where(moved[:, None], after.positional, states.positional)
        # Only made when somebody looks at them.
        later = partial(tables.attended_table, rows, batch, states, shared, separate)
        return after, moved, later


def _next_states(
    tables: Transitions, states: States, attended: Ids, separate: list[Ids], local: Ids | None
) -> States:
    """Returns the states after the MLP, with FAILS where there is none."""
    uniform, cases = tables.next_uniform(attended), tables.cases(attended)
    # The case 0 has no rules left: where nothing happens at any position, nothing is looked up.
    busy = np.flatnonzero(cases)
    if not busy.size:
        return States(uniform, states.positional)
    everywhere = len(busy) == len(cases)
    chosen = slice(None) if everywhere else busy
    if local is None:
        part = [numbers[chosen] for numbers in separate]
        local = tables.local(states.positional[chosen], part)
    else:
        local = local[chosen]
    moved = tables.next_positional(cases[chosen], local)
    if everywhere:
        return States(uniform, moved)
    positional = states.positional.copy()
    positional[busy] = moved
    return States(uniform, positional)


def _failure(
    tables: Transitions,
    layer: int,
    row: int,
    states: States,
    attended: Ids,
    separate: list[Ids],
    after: States,
) -> Failure:
    """Returns the first failure of a sequence that has no next state."""
    # What uniform names make of uniform variables fails at every position, so at the first.
    shared = after.uniform[row] == FAILS
    position = 0 if shared else int((after.positional[row] == FAILS).argmax())
    chosen = slice(row, row + 1)
    local = tables.local(states.positional[chosen], [read[chosen] for read in separate])
    error = tables.error(int(attended[row]), int(local[0, position]))
    return Failure(error.at(position=position, layer=layer), layer, position)


def _halted(tables: Transitions, states: States) -> npt.NDArray[np.bool_]:
    """Says which sequences hold the halt value at all positions."""
    halt = tables.program.halt
    if halt is None:
        return np.zeros(len(states.uniform), dtype=bool)
    if not states.positional.shape[1]:
        return np.ones(len(states.uniform), dtype=bool)
    code = tables.codes.code(halt.variable, halt.value)
    return np.asarray((tables.rows.column(halt.variable, states) == code).all(axis=1))


@final
class Past:
    """The states that sequences were in."""

    def __init__(self, states: States) -> None:
        self._seen: list[set[bytes]] = [set() for _ in states.uniform]
        self.is_new(states)

    def keep(self, rows: Places) -> None:
        """Goes on with some of the sequences."""
        self._seen = [self._seen[row] for row in rows.tolist()]

    def is_new(self, states: States) -> npt.NDArray[np.bool_]:
        """Says which sequences are in a state that they were not in before, and remembers it."""
        # States are numbers, so a row of numbers is the state of the whole sequence.
        rows = np.concatenate([states.uniform[:, None], states.positional], axis=1)
        new = np.empty(len(rows), dtype=bool)
        for index, (row, seen) in enumerate(zip(rows, self._seen, strict=True)):
            size = len(seen)
            # Kept whole, not as a hash: two states that collide are no repetition.
            seen.add(row.tobytes())
            new[index] = len(seen) > size
        return new
