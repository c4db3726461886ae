"""Merging: the transitions of several parts of a set of runs, identical ones only once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids, Interner, PairInterner
from alta.lang.program import Program
from alta.learn.tracing.traces import Traces

__all__ = ["merged"]

Column = npt.NDArray[Any]


def merged(program: Program, parts: Iterable[Traces]) -> Traces:
    """Returns the distinct transitions of all parts, in the order in which they come up.

    Args:
        program: whose runs these are.
        parts: taken one by one, so that they need not be in memory together.
    """
    keys = _Keys(program)
    kept: list[Traces] = []
    counts = np.zeros(0, dtype=np.int64)
    sequences = 0
    for part in parts:
        size_before = len(counts)
        numbers = keys.numbers(part)
        grown = np.zeros(len(keys), dtype=np.int64)
        # Numbers of earlier parts stay as they are.
        grown[:size_before] = counts
        np.add.at(grown, numbers, part.counts)
        counts, sequences = grown, sequences + part.sequences
        # In one part no two are identical, so new ones are numbered in their order.
        kept.append(part.select(numbers >= size_before))
    # Columns are joined at the end, once, instead of growing with each part.
    names, variables = tuple(program.domains), tuple(program.variables)
    return Traces(
        program,
        {name: _joined(program, name, [part.before[name] for part in kept]) for name in names},
        {name: _joined(program, name, [part.after[name] for part in kept]) for name in variables},
        counts,
        np.concatenate([np.zeros((0, 3), dtype=np.int64), *(part.places for part in kept)]),
        sequences,
    )


def _joined(program: Program, name: str, columns: list[Column]) -> Column:
    dtype = np.float64 if program.domains[name].kind == "numerical" else np.int32
    return np.concatenate([np.zeros(0, dtype=dtype), *columns])


@final
class _Keys:
    """Numbers what the MLP takes in, column by column."""

    def __init__(self, program: Program) -> None:
        names = tuple(program.domains)
        self._first = Interner()
        self._tables = {name: PairInterner() for name in names}
        self._floats: dict[str, dict[float | None, int]] = {
            name: {None: 0} for name in names if program.domains[name].kind == "numerical"
        }
        self._last = names[-1]

    def __len__(self) -> int:
        return len(self._tables[self._last])

    def numbers(self, part: Traces) -> Ids:
        """Returns the numbers of the transitions; new ones get the next numbers."""
        # A row of a table is a chain of pairs: (…((0, c1), c2)…, cn), interned one by one.
        numbers = self._first.intern(np.zeros(len(part), dtype=np.int64))
        for name, table in self._tables.items():
            column = part.before[name]
            # UNDEFINED is -1 elsewhere.
            codes = self._codes(name, column) if name in self._floats else column + 1
            numbers = table.intern(numbers, codes)
        return numbers

    def _codes(self, name: str, column: Column) -> Column:
        codes = self._floats[name]
        distinct, inverse = np.unique(column, return_inverse=True)
        # NaN is unequal to itself, so that as a key it would be a new one every time.
        keys = [None if np.isnan(value) else value for value in distinct.tolist()]
        return np.array([codes.setdefault(key, len(codes)) for key in keys], dtype=np.int64)[
            inverse
        ]
