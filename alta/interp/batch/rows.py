"""Rows: distinct tuples of values, numbered, with every column at hand as an array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import final

import numpy as np

from alta.interp.batch.interning import Ids

__all__ = ["GrowingColumn", "Projection", "Rows"]


@final
class GrowingColumn:
    """An array of numbers that grows at its end."""

    def __init__(self) -> None:
        """Starts empty."""
        self._data: Ids = np.empty(64, dtype=np.int32)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> Ids:
        """The numbers so far; a view that later growth may leave behind."""
        return self._data[: self._size]

    def extend(self, values: Sequence[int] | Ids) -> None:
        """Adds numbers at the end."""
        size = self._size + len(values)
        if size > len(self._data):
            grown = np.empty(max(size, 2 * len(self._data)), dtype=np.int32)
            grown[: self._size] = self.values
            self._data = grown
        self._data[self._size : size] = values
        self._size = size


@final
class Rows:
    """Numbers distinct tuples of values in the order in which they come up."""

    def __init__(self, names: Iterable[str]) -> None:
        """Starts without rows.

        Args:
            names: the names of the columns.
        """
        self.names = tuple(names)
        self._columns = {name: GrowingColumn() for name in self.names}
        self._numbers: dict[tuple[int, ...], int] = {}
        self._rows: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> tuple[int, ...]:
        return self._rows[number]

    def number(self, row: tuple[int, ...]) -> int:
        """Returns the number of a row; a row that is new gets the next one."""
        known = self._numbers.setdefault(row, len(self._rows))
        if known == len(self._rows):
            self._rows.append(row)
        return known

    def column(self, name: str) -> Ids:
        """Returns the values of one column by the rows' numbers."""
        column, place = self._columns[name], self.names.index(name)
        if len(column) < len(self._rows):
            column.extend([row[place] for row in self._rows[len(column) :]])
        return column.values


@final
class Projection:
    """Numbers what some columns of rows hold together, from 1 on."""

    def __init__(self, rows: Rows, names: Iterable[str]) -> None:
        """Starts without entries.

        Args:
            rows: the rows.
            names: the columns; names that are no columns are left out.
        """
        self.names = tuple(name for name in dict.fromkeys(names) if name in rows.names)
        self._rows = rows
        self._places = tuple(rows.names.index(name) for name in self.names)
        self._distinct = Rows(self.names)
        self._by_row = GrowingColumn()

    def by_row(self) -> Ids:
        """Returns the number of what every row holds, by the row's number."""
        first = len(self._by_row)
        if first < len(self._rows):
            held = (
                tuple([self._rows[number][place] for place in self._places])
                for number in range(first, len(self._rows))
            )
            self._by_row.extend([self._distinct.number(values) + 1 for values in held])
        return self._by_row.values

    def column(self, name: str) -> Ids:
        """Returns the values of one column by number; there is none at 0."""
        return self._distinct.column(name)
