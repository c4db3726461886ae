"""Collecting: the distinct transitions of runs, how often each came up, and where first."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch import Transitions
from alta.interp.batch.interning import Ids, PairInterner
from alta.learn.tracing.traces import Traces

__all__ = ["Collector"]


@final
class Collector:
    """A count of local states, kept while `alta.interp.batch.execute` runs sequences.

    All executions use the same tables. Exact ones tell means apart, and not only the buckets that
    they are in.
    """

    def __init__(self, transitions: Transitions) -> None:
        self.transitions = transitions
        # A local state is a pair: that of the uniform names, that of the others.
        self._states = PairInterner()
        self._counts = np.zeros(0, dtype=np.int64)
        # For states of the uniform names: the number by the state of the others, -1 for none.
        self._by_local: dict[int, Ids] = {}
        # For each row of the next execution, the number of the sequence.
        self.sequences: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._places: list[npt.NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self._states)

    def numbers(self, attended: Ids, local: Ids) -> Ids:
        """Returns the numbers of local states, as of transitions; arguments as for `note`."""
        return self._states.intern(attended[:, None], local)

    def begin(self, transitions: Transitions, tokens: npt.NDArray[np.int64]) -> None:
        """Has nothing to do; as for `Observer`."""

    def note(self, layer: int, rows: npt.NDArray[np.intp], attended: Ids, local: Ids) -> None:
        """Counts the local states of one layer; as for `Observer`."""
        # Most programs have few states of the uniform names (those that every position shares).
        if (attended == attended[0]).all() and int(local.max()) < local.size:
            self._note_alike(layer, rows, int(attended[0]), local)
            return
        size_before = len(self._states)
        numbers = self.numbers(attended, local).reshape(-1)
        self._grow()
        np.add.at(self._counts, numbers, 1)
        if len(self._states) > size_before:
            # New states have the next numbers; the first place of each is kept.
            new = np.flatnonzero(numbers >= size_before)
            _, first = np.unique(numbers[new], return_index=True)
            self._place(layer, rows, new[first], local.shape[1])

    def _note_alike(
        self, layer: int, rows: npt.NDArray[np.intp], attended: int, local: Ids
    ) -> None:
        """Counts where the uniform names have one state, and few others are there: more quickly."""
        # One state of the uniform names: a table from states of the others serves all positions.
        flat = local.reshape(-1)
        counts = np.bincount(flat)
        # -1 stands for a state that has not come up yet.
        table = self._by_local.get(attended, np.zeros(0, dtype=np.int32))
        if len(table) < len(counts):
            padding = np.full(max(len(counts), 2 * len(table)) - len(table), -1, dtype=np.int32)
            table = self._by_local[attended] = np.concatenate([table, padding])
        # Only states that occur are looked at: the table may be much longer.
        present = np.flatnonzero(counts)
        missing = present[table[present] < 0]
        if missing.size:
            wanted = np.zeros(len(counts), dtype=bool)
            wanted[missing] = True
            occurrences = np.flatnonzero(wanted[flat])
            # In the order in which they come up, so that numbers do not depend on the tables.
            first = occurrences[np.sort(np.unique(flat[occurrences], return_index=True)[1])]
            size_before = len(self._states)
            numbers = self._states.intern(np.array([attended]), flat[first])
            table[flat[first]] = numbers
            self._place(layer, rows, first[numbers >= size_before], local.shape[1])
        self._grow()
        self._counts[table[present]] += counts[present]

    def _place(
        self, layer: int, rows: npt.NDArray[np.intp], first: npt.NDArray[np.intp], length: int
    ) -> None:
        """Keeps where new local states were first, in the order of their numbers."""
        # A place in the flattened batch is row · length + position.
        row, position = np.divmod(first, length)
        sequence = self.sequences[rows[row]]
        self._places.append(np.stack([sequence, np.full(len(first), layer), position], axis=1))

    def _grow(self) -> None:
        # Doubling: as many copies in all as there are states in the end.
        size = len(self._states)
        if size > len(self._counts):
            growth = max(size, 2 * len(self._counts)) - len(self._counts)
            self._counts = np.concatenate([self._counts, np.zeros(growth, dtype=np.int64)])

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """How often each transition came up."""
        return self._counts[: len(self)]

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """Where each transition was first: sequence, layer, position; shape (transitions, 3)."""
        return np.concatenate([np.zeros((0, 3), dtype=np.int64), *self._places])

    def traces(self, sequences: int) -> Traces:
        """Returns what was collected of so many sequences."""
        tables, states = self.transitions, self._states.parts(np.arange(len(self), dtype=np.int32))
        before, after = (
            {name: self._column(name, column) for name, column in codes(*states).items()}
            for codes in (tables.attended_codes, tables.next_codes)
        )
        return Traces(tables.program, before, after, self.counts, self.places, sequences)

    def _column(self, name: str, codes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        numbers = self.transitions.codes.numbers.get(name)
        if numbers is None:
            return codes.astype(np.int32)
        # UNDEFINED has the code -1, and so the last place.
        return np.asarray(np.array([*numbers.floats, np.nan])[codes])
