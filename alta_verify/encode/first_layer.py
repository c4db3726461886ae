"""The first clipped layer in scaled integers: its units, by what each name adds to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.nn.layout import Layout
from alta_verify.arithmetic.formats import Format
from alta_verify.arithmetic.scaled import (
    ANY_GRID,
    GRID,
    UNIT,
    Integers,
    ScaledLayer,
    clip_slack,
    grid_exponents,
    scaled_down,
)
from alta_verify.encode.relation import Codes

__all__ = ["Boxes", "FirstLayer"]

_NOT_READ: Final = -1


@final
@dataclass(frozen=True)
class Boxes:
    """The intervals of one name's coordinates as scaled integers, a row a value.

    Attributes:
        values: the values, in the order of the rows.
        low: the lower ends, rounded down.
        high: the upper ends, rounded up.
    """

    values: tuple[int, ...]
    low: Integers
    high: Integers

    @classmethod
    def of(cls, codes: Codes, *, inward: bool = False) -> Boxes:
        """Reads intervals, and rounds their ends outward, or inward.

        Raises:
            NotScalableError: when they are too large.
        """
        down = [
            [interval.hi if inward else interval.lo for interval in box] for box in codes.values()
        ]
        up = [
            [-interval.lo if inward else -interval.hi for interval in box] for box in codes.values()
        ]
        rounded_down, rounded_up = (
            np.array([*map(scaled_down, down)]),
            -np.array([*map(scaled_down, up)]),
        )
        low, high = (rounded_up, rounded_down) if inward else (rounded_down, rounded_up)
        return cls(tuple(codes), low, high)

    def rows(self, values: Iterable[int]) -> list[int]:
        """Returns the rows of those of some values that there are."""
        return [self.places[value] for value in sorted(values) if value in self.places]

    @cached_property
    def places(self) -> Mapping[int, int]:
        """The row of each value."""
        return {value: row for row, value in enumerate(self.values)}

    @property
    def largest(self) -> Integers:
        """The largest absolute value of each coordinate."""
        largest: Integers = np.maximum(np.abs(self.low), np.abs(self.high)).max(axis=0)
        return largest

    @property
    def exponents(self) -> Integers:
        """The exponent of the grid of each coordinate's ends."""
        return grid_exponents(np.concatenate([self.low, self.high]))


@final
class FirstLayer:
    """Units min(1, max(0, ·)) of sums over the coordinates of names, with all rounding."""

    def __init__(
        self,
        layer: ScaledLayer,
        layout: Layout,
        boxes: Mapping[str, Boxes],
        tested: Mapping[str, Sequence[frozenset[int]]],
        format_: Format,
    ) -> None:
        """Takes the weights and the names that they read.

        Args:
            layer: the weights, from all coordinates.
            layout: where the names live.
            boxes: the intervals of the names that are read, at least.
            tested: for each of them, the sets of its values that cases fix.
            format_: the arithmetic.

        Raises:
            NotScalableError: when sums do not fit.
            FormatOverflowError: when one may be too large for the format.
        """
        width, self.n_units = layer.matrix.shape
        largest, exponents = np.zeros(width, dtype=np.int64), np.full(width, ANY_GRID)
        for name, box in boxes.items():
            columns = np.array(layout.columns[name], dtype=np.int64)
            largest[columns], exponents[columns] = box.largest, box.exponents
        layer.check_room(largest)
        self._bits, self._bias = layer.bits, layer.bias << GRID
        sizes = abs(layer.matrix).T @ largest + layer.constant_sizes
        grid = layer.exponents(exponents)
        slack = layer.slack(sizes[None, :], grid, format_, storing=False)[0]
        # Clips move no two numbers further apart, so that rounding may be added before the clip.
        clipping = clip_slack(np.where(slack > 0, -GRID, np.maximum(grid, -GRID)), format_)
        self._slack = slack + (clipping << layer.bits)
        everything = np.arange(self.n_units)
        parts = {
            name: layer.part(np.array(layout.columns[name], dtype=np.int64), everything)
            for name in boxes
        }
        self.tables = {
            name: _Table(boxes[name], part.matrix, tested.get(name, ()))
            for name, part in parts.items()
            if part.matrix.nnz
        }

    @property
    def readers(self) -> Mapping[str, Integers]:
        """For each name that is read, the units that read it."""
        return {name: table.units for name, table in self.tables.items()}

    @cached_property
    def tops(self) -> Integers:
        """The most that each unit's sum can be before the clip."""
        tops: Integers = self._bias + self._slack
        for table in self.tables.values():
            tops[table.units] += table.tops
        return tops

    def live(self, name: str) -> npt.NDArray[np.bool_]:
        """Returns at which values (rows) each unit that reads a name (columns) may not be 0."""
        table = self.tables[name]
        # A unit is 0 at a value if its sum is at most 0 there although all else adds its most.
        remaining = self.tops[table.units] - table.tops
        live: npt.NDArray[np.bool_] = table.values + remaining > 0
        return live

    def entries(
        self, rows: Mapping[str, Integers], cases: Integers, units: Integers
    ) -> tuple[Integers, Integers]:
        """Returns the least and the greatest that units can be in cases, in multiples of 2^-GRID.

        Args:
            rows: for each name, the row of its table for every case: that of a value or a set, or
                the last.
            cases: the case of each entry.
            units: the unit of each entry.
        """
        low = self._bias[units] - self._slack[units]
        high = self._bias[units] + self._slack[units]
        for name, table in self.tables.items():
            table.add(rows[name][cases], units, low, high)
        # Shifts round down, so that this rounds outward.
        low, high = low >> self._bits, -(-high >> self._bits)
        return np.clip(low, 0, UNIT), np.clip(high, 0, UNIT)


@final
class _Table:
    """What one name adds to the units that read it.

    Rows are its values, then the sets of values that cases fix, then all of its values together.
    """

    def __init__(self, boxes: Boxes, weights: Any, tested: Sequence[frozenset[int]]) -> None:
        self.units = np.flatnonzero(np.diff(weights.indptr))
        self._place = np.full(weights.shape[1], _NOT_READ)
        self._place[self.units] = np.arange(len(self.units))
        read = weights[:, self.units].T
        positive, negative = read.maximum(0), read.minimum(0)
        low = (positive @ boxes.low.T + negative @ boxes.high.T).T
        high = (positive @ boxes.high.T + negative @ boxes.low.T).T
        self.values, self.tops = high, high.max(axis=0)
        # Of values that do not occur there is no row, and no case: any will do.
        rows = [boxes.rows(values) or [0] for values in tested]
        self._low = np.vstack([low, *(low[row].min(axis=0) for row in rows), low.min(axis=0)])
        self._high = np.vstack([high, *(high[row].max(axis=0) for row in rows), self.tops])

    def add(self, rows: Integers, units: Integers, low: Integers, high: Integers) -> None:
        places = self._place[units]
        (read,) = np.nonzero(places != _NOT_READ)
        low[read] += self._low[rows[read], places[read]]
        high[read] += self._high[rows[read], places[read]]
