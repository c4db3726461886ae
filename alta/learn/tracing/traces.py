"""Traces: what the MLP of a program takes in and puts out while the program runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.lang.kinds import Numerical, SetVariable
from alta.lang.program import Program
from alta.lang.values import UNDEFINED, Value

__all__ = ["Traces", "Transition", "joined"]

Column = npt.NDArray[Any]


@final
@dataclass(frozen=True)
class Transition:
    """One distinct transition.

    Attributes:
        before: what the MLP takes in: the values of all variables and head outputs.
        after: what it puts out: the values of all variables. Head outputs are UNDEFINED again.
        count: how many positions of how many layers and runs made it.
        sequence: the number of the sequence in which it came up first.
        layer: the layer, from 1.
        position: the position, from 0.
    """

    before: Mapping[str, Value]
    after: Mapping[str, Value]
    count: int
    sequence: int
    layer: int
    position: int


@final
@dataclass(frozen=True, eq=False)
class Traces:
    """The distinct transitions of a set of runs, column by column.

    A column has the values of categorical names, and the places of sets among the declared subsets,
    as int32 with -1 for UNDEFINED; numbers as float64 with NaN for UNDEFINED. Transitions are in
    the order in which they came up.

    Attributes:
        program: whose runs these are.
        before: a column for each variable and head output, after attention.
        after: a column for each variable, after the MLP.
        counts: how often each transition came up.
        places: where each came up first: sequence, layer from 1, position from 0; shape (·, 3).
        sequences: how many sequences were run.
    """

    program: Program
    before: Mapping[str, Column] = field(repr=False)
    after: Mapping[str, Column] = field(repr=False)
    counts: npt.NDArray[np.int64] = field(repr=False)
    places: npt.NDArray[np.int64] = field(repr=False)
    sequences: int

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def total(self) -> int:
        """How many transitions there were before identical ones were merged."""
        return int(self.counts.sum())

    def __repr__(self) -> str:
        return (
            f"<Traces of {self.program.name}: {len(self)} distinct of {self.total} transitions in "
            f"{self.sequences} runs>"
        )

    def __getitem__(self, number: int) -> Transition:
        if not -len(self) <= number < len(self):
            raise IndexError(f"transition {number}: there are {len(self)}")
        sequence, layer, position = self.places[number].tolist()
        return Transition(
            {name: self._value(name, column[number]) for name, column in self.before.items()},
            {name: self._value(name, column[number]) for name, column in self.after.items()},
            int(self.counts[number]),
            sequence,
            layer,
            position,
        )

    def __iter__(self) -> Iterator[Transition]:
        return (self[number] for number in range(len(self)))

    def undefined(self, name: str) -> npt.NDArray[np.bool_]:
        """Says in which transitions a name is UNDEFINED when the MLP takes it in."""
        column = self.before[name]
        numerical = isinstance(self.program.domains[name], Numerical)
        return np.asarray(np.isnan(column) if numerical else column < 0)

    def indices(self, name: str) -> npt.NDArray[np.int64]:
        """Returns the indices that rules test when the MLP takes a name in; UNDEFINED is -1."""
        column, domain = self.before[name], self.program.domains[name]
        if not isinstance(domain, Numerical):
            return column.astype(np.int64)
        # Bucket i holds the numbers above edge i - 1 and up to edge i.
        buckets = np.searchsorted(np.array(domain.float_edges), column, side="left")
        return np.where(np.isnan(column), -1, buckets)

    def select(self, numbers: Any) -> Traces:
        """Returns some of the transitions: those of an index, a slice or a mask."""
        return Traces(
            self.program,
            {name: column[numbers] for name, column in self.before.items()},
            {name: column[numbers] for name, column in self.after.items()},
            self.counts[numbers],
            self.places[numbers],
            self.sequences,
        )

    def _value(self, name: str, stored: Any) -> Value:
        domain = self.program.domains[name]
        if isinstance(domain, Numerical):
            return UNDEFINED if np.isnan(stored) else float(stored)
        if stored < 0:
            return UNDEFINED
        return domain.values[int(stored)] if isinstance(domain, SetVariable) else int(stored)


def joined(parts: Sequence[Traces]) -> Traces:
    """Returns transitions one after the other, of as many sequences as the first part has."""
    first = parts[0]
    return Traces(
        first.program,
        {name: np.concatenate([part.before[name] for part in parts]) for name in first.before},
        {name: np.concatenate([part.after[name] for part in parts]) for name in first.after},
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.places for part in parts]),
        first.sequences,
    )
