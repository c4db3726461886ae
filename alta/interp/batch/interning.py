"""Interning (hash-consing): distinct keys, pairs and rows of values become small numbers.

Whole arrays of keys are looked up at once, in an open-addressing hash table with linear probing
(Knuth, The Art of Computer Programming, vol. 3, section 6.4). Hash-consing: Filliâtre and Conchon
(2006), Type-safe modular hash-consing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

__all__ = [
    "Chain",
    "GrowingColumn",
    "Ids",
    "Interner",
    "PairInterner",
    "PairTable",
    "Places",
    "Projection",
    "Rows",
]

Ids = npt.NDArray[np.int32]
"""Numbers of interned things, from 0."""

Places = npt.NDArray[np.intp]
"""Places in an array, by which others are taken from it."""

Keys = npt.NDArray[np.int64]

_FREE: Final = -1
# Slots per entry, at least: so few look-ups meet another key first.
_LOAD: Final = 4

# Of so many new keys the different ones are numbered first, and then of so many times as many.
_SORTED: Final = 1 << 10
_GROWTH: Final = 8

# An odd number without pattern: the golden ratio's 64 bits (Knuth's multiplicative hashing).
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)


@final
class Interner:
    """A numbering of distinct non-negative keys, in the order in which they come up."""

    def __init__(self) -> None:
        self._entries = GrowingColumn(np.int64)
        self._rebuild(10)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> Keys:
        """The key of every number."""
        return self._entries.values

    def intern(self, keys: Keys) -> Ids:
        """Returns the number of every key; keys that are new get the next numbers, in order."""
        # Most keys are known and in the first slot that they could be in: one gather finds them.
        flat = keys.reshape(-1)
        slots = self._home(flat)
        ids = self._ids.take(slots)
        away = np.flatnonzero(self._keys.take(slots) != flat)
        if away.size:
            ids[away] = self._intern_away(flat[away], slots[away])
        return ids.reshape(keys.shape)

    def _home(self, keys: Keys) -> Places:
        # The highest bits of the product depend on all bits of the key.
        return ((keys.view(np.uint64) * _MULTIPLIER) >> self._shift).view(np.intp)

    def _intern_away(self, keys: Keys, slots: Places) -> Ids:
        """Returns the numbers of keys that are not in the slot where they belong first."""
        ids = self._probe(keys, slots)
        missing = np.flatnonzero(ids == _FREE)
        count = _SORTED
        while missing.size:
            # Most new keys are often among the first of them, and sorting costs more than probing.
            first, missing = missing[:count], missing[count:]
            ids[first] = self._number(keys[first])
            left = keys[missing]
            ids[missing] = self._probe(left, self._home(left))
            missing = missing[ids[missing] == _FREE]
            count *= _GROWTH
        return ids

    def _number(self, keys: Keys) -> Ids:
        """Gives the next numbers to keys that have none, and returns those of all of them."""
        new, first, places = np.unique(keys, return_index=True, return_inverse=True)
        # Numbered by first occurrence, so that numbers do not depend on the keys' values.
        order = np.argsort(first)
        rank = np.empty(len(new), dtype=np.int32)
        rank[order] = np.arange(len(new), dtype=np.int32)
        size = len(self)
        self._entries.extend(new[order])
        # The table doubles, so that all rebuilding together costs as much as the entries.
        if len(self) * _LOAD > len(self._keys):
            self._rebuild((len(self) * _LOAD * 2).bit_length())
        else:
            self._place(size)
        return rank[places] + np.int32(size)

    def _probe(self, keys: Keys, slots: Places) -> Ids:
        """Returns the numbers of the keys that are known, _FREE for the others."""
        ids = np.full(len(keys), _FREE, dtype=np.int32)
        # A probe ends at the key, or at a free slot, where the key would have been put.
        open_ = np.arange(len(keys))
        while open_.size:
            stored = self._keys[slots]
            hit = stored == keys[open_]
            ids[open_[hit]] = self._ids[slots[hit]]
            further = ~hit & (stored != _FREE)
            open_ = open_[further]
            slots = (slots[further] + 1) & self._mask
        return ids

    def _rebuild(self, bits: int) -> None:
        self._mask = (1 << bits) - 1
        self._shift = np.uint64(64 - bits)
        self._keys: Keys = np.full(1 << bits, _FREE, dtype=np.int64)
        self._ids: Ids = np.full(1 << bits, _FREE, dtype=np.int32)
        self._place(0)

    def _place(self, first: int) -> None:
        """Puts the entries from a number on into slots."""
        entries = self.entries
        ids = np.arange(first, len(entries), dtype=np.int32)
        slots = self._home(entries[first:])
        while ids.size:
            keys = entries[ids]
            free = self._keys[slots] == _FREE
            self._keys[slots[free]] = keys[free]
            # Of several keys that were put into one slot, one is there; the others go on.
            lost = self._keys[slots] != keys
            won = ~lost
            self._ids[slots[won]] = ids[won]
            ids, slots = ids[lost], (slots[lost] + 1) & self._mask


@final
class PairInterner:
    """A numbering of distinct pairs of small non-negative numbers, as they come up."""

    def __init__(self) -> None:
        self._keys = Interner()

    def __len__(self) -> int:
        return len(self._keys)

    def intern(self, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> Ids:
        """Returns the number of every pair; the arrays are broadcast against each other."""
        # Two numbers below 2^31 are one key of 64 bits.
        return self._keys.intern(np.left_shift(left, 32, dtype=np.int64) | right)

    def parts(self, numbers: Ids) -> tuple[Ids, Ids]:
        """Returns the left and right parts of pairs, by their numbers."""
        entries = self._keys.entries[numbers]
        return (entries >> 32).astype(np.int32), (entries & 0xFFFFFFFF).astype(np.int32)


@final
class Chain:
    """A numbering of tuples of small non-negative numbers, of a fixed length, pair by pair."""

    def __init__(self, length: int) -> None:
        self._tables = [PairInterner() for _ in range(length - 1)]

    def intern(self, first: Ids, others: Iterable[Ids]) -> Ids:
        """Returns the number of every tuple; of tuples of one, that is what they hold."""
        for table, numbers in zip(self._tables, others, strict=True):
            first = table.intern(first, numbers)
        return first

    def parts(self, numbers: Ids) -> tuple[Ids, list[Ids]]:
        """Returns the first part of tuples, and the others, by their numbers."""
        others = []
        # Pairs were interned one within the other, so that the last is the first taken apart.
        for table in reversed(self._tables):
            numbers, part = table.parts(numbers)
            others.append(part)
        return numbers, others[::-1]


@final
class GrowingColumn:
    """An array of numbers that grows at its end."""

    def __init__(self, dtype: type[np.integer] = np.int32) -> None:
        self._data: npt.NDArray[Any] = np.empty(64, dtype=dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> npt.NDArray[Any]:
        """The numbers so far; a view that later growth may leave behind."""
        return self._data[: self._size]

    def extend(self, values: Sequence[int] | npt.NDArray[np.integer]) -> None:
        """Adds numbers at the end."""
        size = self._size + len(values)
        if size > len(self._data):
            # Twice as long, so that a number is copied twice on average, however many come.
            grown = np.empty(max(size, 2 * len(self._data)), dtype=self._data.dtype)
            grown[: self._size] = self.values
            self._data = grown
        self._data[self._size : size] = values
        self._size = size


@final
class PairTable:
    """A function of pairs of small non-negative numbers, worked out once for each pair."""

    def __init__(self, function: Callable[[Ids, Ids], Sequence[int] | Ids]) -> None:
        self._function = function
        self._pairs = PairInterner()
        self._values = GrowingColumn()

    def values(self, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> Ids:
        """Returns the value of every pair; the arrays are broadcast against each other."""
        numbers = self._pairs.intern(left, right)
        new = np.arange(len(self._values), len(self._pairs), dtype=np.int32)
        if new.size:
            self._values.extend(self._function(*self._pairs.parts(new)))
        return self._values.values[numbers]


@final
class Rows:
    """A table of distinct tuples of values, numbered in the order in which they come up."""

    def __init__(self, names: Iterable[str]) -> None:
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
        number = self._numbers.setdefault(row, len(self._rows))
        if number == len(self._rows):
            self._rows.append(row)
        return number

    def column(self, name: str) -> Ids:
        """Returns the values of one column by the rows' numbers."""
        column, place = self._columns[name], self.names.index(name)
        # Columns are filled when somebody asks for them, up to the last row.
        if len(column) < len(self._rows):
            column.extend([row[place] for row in self._rows[len(column) :]])
        return column.values


@final
class Projection:
    """A numbering of what some columns of rows hold together, from 1 on."""

    def __init__(self, rows: Rows, names: Iterable[str]) -> None:
        # Names that are no columns are left out.
        self.names = tuple(name for name in dict.fromkeys(names) if name in rows.names)
        self._rows = rows
        self._places = tuple(rows.names.index(name) for name in self.names)
        self._distinct = Rows(self.names)
        self._by_row = GrowingColumn()

    def by_row(self) -> Ids:
        """Returns the number of what every row holds, by the row's number."""
        # Only rows that came since the last call are looked at.
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
