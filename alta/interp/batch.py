"""Many runs at once: states as integer arrays, transitions looked up in a table.

The table is filled on demand from `alta.interp.step.transition`, so that the batch interpreter
has no second definition of what an MLP means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.errors import ExecutionError
from alta.interp.run import Run
from alta.interp.run import run as run_one
from alta.interp.step import transition
from alta.interp.tokens import check_layers, check_tokens
from alta.lang.heads import Head
from alta.lang.program import Program
from alta.lang.variables import UNDEFINED, Value

__all__ = ["BatchRun", "BatchStep", "Failure", "Transitions", "execute", "run_batch"]

_UNDEFINED: Final = -1

States = npt.NDArray[np.int64]
"""Values of shape (batch, length, variables); UNDEFINED is -1."""


@final
@dataclass(frozen=True)
class Failure:
    """Says that a sequence of a batch has no next state, and where it was."""

    error: ExecutionError
    layer: int
    position: int


@final
class Transitions:
    """Maps local states after attention to local states after the MLP, filled on demand.

    Attributes:
        seen: every local state met so far, in the order of `program.domains`, with the next
            values of the variables, or the error that the program raises there.
    """

    def __init__(self, program: Program) -> None:
        """Starts with an empty table."""
        self._program = program
        self.seen: dict[tuple[int, ...], tuple[int, ...] | ExecutionError] = {}

    def next(self, local: tuple[int, ...]) -> tuple[int, ...] | ExecutionError:
        """Returns what the program makes of one local state."""
        if local not in self.seen:
            values = {
                name: UNDEFINED if value == _UNDEFINED else value
                for name, value in zip(self._program.domains, local, strict=True)
            }
            try:
                after = transition(self._program, values)
                self.seen[local] = tuple(_code(value) for value in after.values())
            except ExecutionError as error:
                self.seen[local] = error
        return self.seen[local]

    def apply(self, attended: States) -> tuple[States, dict[int, tuple[int, ExecutionError]]]:
        """Returns the next states of shape (batch, length, variables), and who has none.

        The second result maps the index of a sequence to its first failing position and error;
        such a sequence keeps its state.
        """
        batch, length, width = attended.shape
        n_variables = len(self._program.variables)
        distinct, index = _distinct_rows(attended.reshape(-1, width))
        table = np.empty((len(distinct), n_variables), dtype=np.int64)
        failed: dict[int, ExecutionError] = {}
        for row, local in enumerate(map(tuple, distinct.tolist())):
            after = self.next(local)
            if isinstance(after, ExecutionError):
                failed[row] = after
                table[row] = local[:n_variables]
            else:
                table[row] = after
        index = index.reshape(batch, length)
        errors: dict[int, tuple[int, ExecutionError]] = {}
        if failed:
            hits = np.argwhere(np.isin(index, list(failed)))
            for sequence, position in reversed(hits.tolist()):
                errors[sequence] = (position, failed[int(index[sequence, position])])
        return table[index], errors


def _distinct_rows(rows: States) -> tuple[States, npt.NDArray[np.int64]]:
    """Returns the distinct rows and, for every row, the index of its like."""
    # One number a row sorts far faster than rows do; it exists while the ranges' product does.
    bases = rows.max(axis=0, initial=0) + 2
    if float(np.prod(bases.astype(np.float64))) < 2**62:
        radix = np.concatenate(([1], np.cumprod(bases[:-1])))
        _, first, index = np.unique((rows + 1) @ radix, return_index=True, return_inverse=True)
        return rows[first], index.reshape(-1)
    distinct, index = np.unique(rows, axis=0, return_inverse=True)
    return distinct, index.reshape(-1)


def _code(value: Value) -> int:
    return _UNDEFINED if value is UNDEFINED else int(value)  # type: ignore[arg-type]


@final
@dataclass(frozen=True)
class BatchStep:
    """Is one layer of a batch: who took it, and the states after attention and after the MLP."""

    active: npt.NDArray[np.bool_]
    attended: States
    states: States


@final
@dataclass(frozen=True, eq=False)
class BatchRun:
    """Is the course of a batch of equally long sequences.

    Attributes:
        initial: the states before the first layer.
        final: the states at the end.
        n_layers: layers taken by each sequence.
        halted: whether its halt ended each sequence.
        failures: sequences that have no next state, by index, with the first error.
        steps: every layer, when asked for.
    """

    initial: States
    final: States
    n_layers: npt.NDArray[np.int64]
    halted: npt.NDArray[np.bool_]
    failures: dict[int, Failure]
    steps: list[BatchStep] = field(repr=False)


@final
class _Attention:
    """Reads the heads of one program for sequences of one length."""

    def __init__(self, program: Program, length: int) -> None:
        self._column = {name: index for index, name in enumerate(program.variables)}
        self._heads = tuple(program.heads.values())
        self._length = length

    @cached_property
    def _offsets(self) -> npt.NDArray[np.int64]:
        positions = np.arange(self._length)
        return positions[None, :] - positions[:, None]

    def attend(self, states: States) -> States:
        """Returns the states with a column a head added."""
        outputs = [self._read(head, states)[..., None] for head in self._heads]
        return np.concatenate([states, *outputs], axis=-1)

    def _read(self, head: Head, states: States) -> npt.NDArray[np.int64]:
        value = states[..., self._column[head.value]]
        if not self._length:
            return value
        if head.query is None and head.mask is not None and len(head.mask) == 1:
            return _shifted(value, head.mask[0])
        batch = value.shape[0]
        selected = np.ones((batch, self._length, self._length), dtype=bool)
        if head.mask is not None:
            selected &= np.isin(self._offsets, head.mask)
        if head.query is not None and head.key is not None:
            query = states[..., self._column[head.query]]
            key = states[..., self._column[head.key]]
            selected &= query[:, :, None] == key[:, None, :]
        source = selected.argmax(axis=2)
        found = np.take_along_axis(value, source, axis=1)
        return np.where(selected.sum(axis=2) == 1, found, _UNDEFINED)


def _shifted(value: npt.NDArray[np.int64], offset: int) -> npt.NDArray[np.int64]:
    """Returns, at every position i, the value at i + offset, UNDEFINED outside the sequence."""
    length = value.shape[1]
    source = np.arange(length) + offset
    inside = (source >= 0) & (source < length)
    return np.where(inside, value[:, np.clip(source, 0, max(length - 1, 0))], _UNDEFINED)


def execute(
    program: Program,
    tokens: npt.NDArray[np.int64],
    max_layers: int | None,
    *,
    transitions: Transitions | None = None,
    keep_steps: bool = False,
    stop_at_repeats: bool = False,
) -> BatchRun:
    """Runs equally long sequences side by side; a sequence that halts or fails stands still.

    Args:
        program: what to run.
        tokens: valid tokens of shape (batch, length).
        max_layers: the most layers; None for until all have halted.
        transitions: a table to fill and reuse.
        keep_steps: whether to keep every layer.
        stop_at_repeats: whether a sequence stands still once its state was there before, because
            from then on its run repeats itself for ever.
    """
    table = Transitions(program) if transitions is None else transitions
    batch, length = tokens.shape
    states = initial = _initial_states(program, tokens)
    attention = _Attention(program, length)
    active = ~_halted(program, states)
    n_layers = np.zeros(batch, dtype=np.int64)
    failures: dict[int, Failure] = {}
    steps: list[BatchStep] = []
    past: list[set[bytes]] = [{row.tobytes()} for row in states] if stop_at_repeats else []
    layer = 0
    while active.any() and (max_layers is None or layer < max_layers):
        rows = np.flatnonzero(active)
        attended = attention.attend(states[rows])
        after, errors = table.apply(attended)
        for row, (position, error) in errors.items():
            failures[int(rows[row])] = Failure(
                error.at(position=position, layer=layer + 1), layer + 1, position
            )
            active[rows[row]] = False
        moved = active[rows]
        states = states.copy()
        states[rows[moved]] = after[moved]
        if keep_steps:
            whole = np.full((batch, length, attended.shape[-1]), _UNDEFINED, dtype=np.int64)
            whole[rows] = attended
            steps.append(BatchStep(active.copy(), whole, states))
        n_layers[active] += 1
        active &= ~_halted(program, states)
        if stop_at_repeats:
            for row in np.flatnonzero(active).tolist():
                now = states[row].tobytes()
                active[row] = now not in past[row]
                past[row].add(now)
        layer += 1
    return BatchRun(initial, states, n_layers, _halted(program, states), failures, steps)


def _initial_states(program: Program, tokens: npt.NDArray[np.int64]) -> States:
    batch, length = tokens.shape
    states = np.empty((batch, length, len(program.variables)), dtype=np.int64)
    for column, (name, variable) in enumerate(program.variables.items()):
        if variable.initial.source == "token":
            by_token = [variable.initial_value(t, 0, name=name) for t in range(program.input_range)]
            states[..., column] = np.asarray(by_token, dtype=np.int64)[tokens]
        else:
            states[..., column] = [
                variable.initial_value(0, position, name=name) for position in range(length)
            ]
    return states


def _halted(program: Program, states: States) -> npt.NDArray[np.bool_]:
    if program.halt is None:
        return np.zeros(len(states), dtype=bool)
    column = list(program.variables).index(program.halt.variable)
    return np.asarray((states[..., column] == program.halt.value).all(axis=1), dtype=bool)


def run_batch(
    program: Program, sequences: Sequence[Sequence[Any] | str], max_layers: int | None = None
) -> list[Run]:
    """Runs a program on many inputs; every run is the one that `alta.run` gives.

    Args:
        program: what to run.
        sequences: inputs of any lengths, each as for `alta.run`.
        max_layers: the most layers to take; None for the program's own bound, or until it halts.

    Raises:
        TokenError: for tokens that are not the program's, or too many of them.
        ProgramError: when nothing would end a run.
        ExecutionError: when the program has no next state for one of the inputs.
    """
    checked = [check_tokens(program, tokens) for tokens in sequences]
    by_length: dict[int, list[int]] = {}
    for index, tokens in enumerate(checked):
        by_length.setdefault(len(tokens), []).append(index)
    runs: list[Run | None] = [None] * len(checked)
    transitions = Transitions(program)
    for length, indices in by_length.items():
        bound = check_layers(program, length, max_layers)
        words = np.array([checked[index] for index in indices], dtype=np.int64)
        result = execute(
            program, words.reshape(len(indices), length), bound, transitions=transitions
        )
        if result.failures:
            raise result.failures[min(result.failures)].error
        for row, index in enumerate(indices):
            runs[index] = _as_run(program, checked[index], result, row, max_layers)
    return [run for run in runs if run is not None]


def _as_run(
    program: Program, tokens: tuple[int, ...], batch: BatchRun, row: int, max_layers: int | None
) -> Run:
    column = list(program.variables).index(program.output_name)
    return Run(
        program=program,
        tokens=tokens,
        outputs=tuple(batch.final[row, :, column].tolist()),
        n_layers=int(batch.n_layers[row]),
        halted=bool(batch.halted[row]),
        make_trace=lambda: run_one(program, tokens, max_layers).trace,
    )
