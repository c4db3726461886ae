"""Execution: equally long sequences side by side, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.course import (
    BatchRun,
    BatchStep,
    Failure,
    Tables,
    attended_tables,
)
from alta.interp.batch.effects import FAILS
from alta.interp.batch.interning import Ids
from alta.interp.batch.local_states import Observer
from alta.interp.batch.selected import Selected
from alta.interp.batch.states import Past, States
from alta.interp.batch.transitions import Transitions
from alta.lang.program import Program
from alta.limit import checkpoint

__all__ = ["execute"]

# So many positions are worked on side by side: few enough to stay in the processor's cache.
_CHUNK: Final = 1 << 17


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
        transitions: tables of the same program to fill and reuse.
        keep_steps: whether to keep every layer.
        stop_at_repeats: whether a sequence stands still once its state was there before, because
            from then on its run repeats itself for ever.
        local_states: is told the states of single positions; `LocalStates` collects them.
        ended: is told, now and then, how many more sequences have come to their ends.

    Raises:
        ValueError: when the tables are those of another program.
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
    first = tables.starts.states(tokens)
    batch, length = tokens.shape
    # A kept layer is one of all sequences, so that these are not worked on in parts.
    size = batch if keep_steps else max(1, _CHUNK // max(1, length))
    course = _Course(tables, first, max_layers, keep_steps, stop_at_repeats, local_states)
    for start in range(0, batch, size):
        for count in course.follow(np.arange(start, min(batch, start + size))):
            if ended is not None:
                ended(count)
    return course.result()


@final
class _Course:
    """The runs of sequences, which are followed to their ends some at a time."""

    def __init__(
        self,
        tables: Transitions,
        first: States,
        max_layers: int | None,
        keep_steps: bool,
        stop_at_repeats: bool,
        local_states: Observer | None,
    ) -> None:
        self._tables = tables
        self._first = first
        self._last = States(first.uniform.copy(), first.positional.copy())
        self._max_layers = max_layers
        self._keep_steps = keep_steps
        self._stop_at_repeats = stop_at_repeats
        self._local_states = local_states
        self._n_layers = np.zeros(len(first.uniform), dtype=np.int64)
        self._failures: dict[int, Failure] = {}
        self._steps: list[BatchStep] = []
        self._attended: list[Callable[[], Tables]] = []

    def result(self) -> BatchRun:
        return BatchRun(
            self._n_layers,
            _halted(self._tables, self._last),
            self._failures,
            self._steps,
            self._first,
            self._last,
            self._tables,
        )

    def follow(self, rows: npt.NDArray[np.intp]) -> Iterator[int]:
        """Runs some of the sequences to their ends; yields how many came to theirs at a time."""
        # Those that have ended are left out from the next layer on, so that long runs cost their
        # own.
        states = States(self._first.uniform[rows], self._first.positional[rows])
        length = states.positional.shape[1]
        tables = self._tables
        selected = Selected(tables.program, tables.plan, tables.rows, length)
        past = Past(states) if self._stop_at_repeats else None
        # The halt is tested before the first layer, too.
        going = ~_halted(self._tables, states)
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
            if not len(rows) or layer == self._max_layers:
                yield len(rows)
                return
            layer += 1
            states, going = self._layer(layer, rows, states, selected)
            # Who fails in a layer has not taken it.
            self._n_layers[rows[going]] = layer
            self._last.uniform[rows] = states.uniform
            self._last.positional[rows] = states.positional
            if self._keep_steps:
                self._keep(rows[going])
            going &= ~_halted(self._tables, states)
            if past is not None:
                going &= past.is_new(states)

    def _keep(self, moved: npt.NDArray[np.intp]) -> None:
        """Keeps the layer that was taken last."""
        active = np.zeros(len(self._n_layers), dtype=bool)
        active[moved] = True
        after = States(self._last.uniform.copy(), self._last.positional.copy())
        self._steps.append(BatchStep(active, after, self._attended.pop(), self._tables))

    def _layer(
        self, layer: int, rows: npt.NDArray[np.intp], states: States, selected: Selected
    ) -> tuple[States, npt.NDArray[np.bool_]]:
        """Returns the next states, and who has one; the others stand still."""
        tables = self._tables
        # The empty input has no position that could change, and takes its layers all the same.
        if not states.positional.shape[1]:
            if self._keep_steps:
                self._attended.append(self._later(rows, states, [], []))
            return states, np.ones(len(rows), dtype=bool)
        shared = [readings.read(selected, states) for readings in tables.shared]
        separate = [readings.read(selected, states) for readings in tables.separate]
        attended = tables.attended(states.uniform, shared)
        local = None
        # Local states are needed here whether or not anything happens in them.
        if self._local_states is not None:
            local = tables.local(states.positional, separate, states.uniform)
            self._local_states.note(layer, rows, attended, local)
        if self._keep_steps:
            self._attended.append(self._later(rows, states, shared, separate))
        after = _next_states(tables, states, attended, separate, local)
        moved = after.uniform != FAILS
        # FAILS is less than any state: one pass sees that nobody fails, which is the common case.
        if after.positional.min() == FAILS:
            moved &= (after.positional != FAILS).all(axis=1)
        if not moved.all():
            for row in np.flatnonzero(~moved).tolist():
                self._failures[int(rows[row])] = _failure(
                    tables, layer, row, states, attended, separate, after
                )
            # A sequence that fails stands still, as one that has halted does.
            after.uniform = np.where(moved, after.uniform, states.uniform)
            after.positional = np.where(moved[:, None], after.positional, states.positional)
        return after, moved

    def _later(
        self, rows: npt.NDArray[np.intp], states: States, shared: list[Ids], separate: list[Ids]
    ) -> Callable[[], Tables]:
        """Returns what makes the tables after attention, for when somebody looks at them."""
        batch = len(self._n_layers)
        return partial(attended_tables, self._tables, rows, batch, states, shared, separate)


def _next_states(
    tables: Transitions, states: States, attended: Ids, separate: list[Ids], local: Ids | None
) -> States:
    """Returns the states after the MLP, with FAILS where there is none."""
    uniform, cases = tables.next_uniform(attended), tables.cases(attended)
    # The case 0 has no rules left.
    busy = np.flatnonzero(cases)
    if not busy.size:
        return States(uniform, states.positional)
    if len(busy) == len(cases):
        if local is None:
            local = tables.local(states.positional, separate, states.uniform)
        return States(uniform, tables.next_positional(cases, local))
    # Where nothing happens at any position, nothing is looked up.
    if local is None:
        part = [numbers[busy] for numbers in separate]
        moving = tables.local(states.positional[busy], part, states.uniform[busy])
    else:
        moving = local[busy]
    positional = states.positional.copy()
    positional[busy] = tables.next_positional(cases[busy], moving)
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
    local = tables.local(
        states.positional[chosen], [read[chosen] for read in separate], states.uniform[chosen]
    )
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
