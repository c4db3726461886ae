"""Invariants of many runs: the states of a batch, held against what was meant of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch import Transitions, execute
from alta.lang.program import Program
from alta_verify.specs.invariants import Always, Needed
from alta_verify.specs.specification import Indefinite

__all__ = ["StateRuns"]

_Column: TypeAlias = Callable[[str], npt.NDArray[Any]]
"""The codes of a variable, by sequence and position."""


@final
class StateRuns:
    """The states of a program's runs; tables are kept between calls."""

    def __init__(self, program: Program, invariant: Always) -> None:
        self._program, self._invariant = program, invariant
        self._transitions = Transitions(program)
        # The variables that were asked for, before the layer or after it, in that order.
        self._reads: list[tuple[str, bool]] = []
        self._broken: dict[tuple[int, ...], bool] = {}

    def breaking(
        self, words: Sequence[tuple[int, ...]], bound: int | None
    ) -> list[tuple[int, ...]]:
        """Returns the inputs, of one length, whose runs fail or break the invariant."""
        run = execute(
            self._program,
            np.array(words, dtype=np.int64),
            bound,
            transitions=self._transitions,
            keep_steps=True,
            # After a state that came back a run has no others.
            stop_at_repeats=True,
        )
        wrong = np.zeros(len(words), dtype=bool)
        wrong[list(run.failures)] = True
        before: _Column = run.first_column
        if not self._invariant.steps:
            wrong |= self._breaks(before, before)
        for step in run.steps:
            broken = self._breaks(before if self._invariant.steps else step.column, step.column)
            # Those that had ended stand still, and take no layer.
            wrong |= broken & step.active
            before = step.column
        return [words[row] for row in np.flatnonzero(wrong).tolist()]

    def _breaks(self, before: _Column, after: _Column) -> npt.NDArray[np.bool_]:
        """Says of each sequence whether it breaks the invariant at some position."""
        while True:
            try:
                return self._looked_up(before, after)
            except Needed as needed:
                self._reads.append((needed.name, needed.after))
                self._broken.clear()

    def _looked_up(self, before: _Column, after: _Column) -> npt.NDArray[np.bool_]:
        columns = [(after if later else before)(name) for name, later in self._reads]
        if not columns:
            # Nothing is read before something was asked: all states are alike.
            return np.full(1, self._breaks_with(()))
        # Asked once for each combination of values, however many states have it. Combinations are
        # numbered as pairs are, name by name, so that numbers stay small.
        keys, rows = np.unique(columns[0], return_inverse=True)
        combinations, numbers = [(code,) for code in keys.tolist()], rows.reshape(-1)
        for column in columns[1:]:
            codes, places = np.unique(column, return_inverse=True)
            keys, pairs = np.unique(numbers * len(codes) + places.reshape(-1), return_inverse=True)
            combinations = [
                (*combinations[key // len(codes)], int(codes[key % len(codes)]))
                for key in keys.tolist()
            ]
            numbers = pairs.reshape(-1)
        broken = np.array([self._breaks_with(row) for row in combinations])
        return np.asarray(broken[numbers].reshape(columns[0].shape).any(axis=1))

    def _breaks_with(self, row: tuple[int, ...]) -> bool:
        if row not in self._broken:
            states: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
            for (name, later), code in zip(self._reads, row, strict=True):
                states[later][name] = self._transitions.codes.value(name, code)
            try:
                self._broken[row] = not self._invariant.holds(*states)
            except Indefinite:
                # Some run is in that state: its replay says what is wrong.
                self._broken[row] = True
        return self._broken[row]
