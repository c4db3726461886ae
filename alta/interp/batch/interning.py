"""Interning: whole arrays of keys become small numbers, in one vectorised look-up."""

from __future__ import annotations

from typing import Final, final

import numpy as np
import numpy.typing as npt

__all__ = ["Ids", "Interner", "PairInterner"]

Ids = npt.NDArray[np.int32]
"""Numbers of interned things, from 0."""

Keys = npt.NDArray[np.int64]

_FREE: Final = -1
_LOAD: Final = 4
"""Slots per entry, at least: so few look-ups meet another key first."""

_FEW: Final = 1 << 10
"""Of so many new keys the different ones are numbered first."""

_MORE: Final = 8
"""And of so many times more, after that."""

# An odd number without pattern: the golden ratio's 64 bits (Knuth's multiplicative hashing).
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)


@final
class Interner:
    """Numbers distinct non-negative keys in the order in which they come up.

    It is an open-addressing hash table with linear probing, probed for all keys at once.
    """

    def __init__(self) -> None:
        """Starts without entries."""
        self._entries: Keys = np.empty(256, dtype=np.int64)
        self._size = 0
        self._rebuild(10)

    def __len__(self) -> int:
        return self._size

    @property
    def entries(self) -> Keys:
        """The key of every number."""
        return self._entries[: self._size]

    def intern(self, keys: Keys) -> Ids:
        """Returns the number of every key; keys that are new get the next numbers, in order."""
        flat = keys.reshape(-1)
        slots = self._home(flat)
        ids = self._ids.take(slots)
        away = np.flatnonzero(self._keys.take(slots) != flat)
        if away.size:
            ids[away] = self._intern_away(flat[away], slots[away])
        return ids.reshape(keys.shape)

    def _home(self, keys: Keys) -> npt.NDArray[np.intp]:
        return ((keys.view(np.uint64) * _MULTIPLIER) >> self._shift).view(np.intp)

    def _intern_away(self, keys: Keys, slots: npt.NDArray[np.intp]) -> Ids:
        """Returns the numbers of keys that are not in the slot where they belong first."""
        ids = self._probe(keys, slots)
        missing = np.flatnonzero(ids == _FREE)
        count = _FEW
        while missing.size:
            # Most new keys are often among the first of them, and sorting costs more than probing.
            some, missing = missing[:count], missing[count:]
            ids[some] = self._number(keys[some])
            left = keys[missing]
            ids[missing] = self._probe(left, self._home(left))
            missing = missing[ids[missing] == _FREE]
            count *= _MORE
        return ids

    def _number(self, keys: Keys) -> Ids:
        """Gives the next numbers to keys that have none, and returns those of all of them."""
        new, first, which = np.unique(keys, return_index=True, return_inverse=True)
        # Numbered by first occurrence, so that numbers do not depend on the keys' values.
        order = np.argsort(first)
        rank = np.empty(len(new), dtype=np.int32)
        rank[order] = np.arange(len(new), dtype=np.int32)
        ids = rank[which] + np.int32(self._size)
        self._append(new[order])
        return ids

    def _probe(self, keys: Keys, slots: npt.NDArray[np.intp]) -> Ids:
        """Returns the numbers of the keys that are known, _FREE for the others."""
        ids = np.full(len(keys), _FREE, dtype=np.int32)
        open_ = np.arange(len(keys))
        while open_.size:
            stored = self._keys[slots]
            hit = stored == keys[open_]
            ids[open_[hit]] = self._ids[slots[hit]]
            further = ~hit & (stored != _FREE)
            open_ = open_[further]
            slots = (slots[further] + 1) & self._mask
        return ids

    def _append(self, new: Keys) -> None:
        size = self._size + len(new)
        if size > len(self._entries):
            grown = np.empty(max(size, 2 * len(self._entries)), dtype=np.int64)
            grown[: self._size] = self.entries
            self._entries = grown
        self._entries[self._size : size] = new
        first, self._size = self._size, size
        if size * _LOAD > len(self._keys):
            self._rebuild((size * _LOAD * 2).bit_length())
        else:
            self._place(first)

    def _rebuild(self, bits: int) -> None:
        self._mask = (1 << bits) - 1
        self._shift = np.uint64(64 - bits)
        self._keys: Keys = np.full(1 << bits, _FREE, dtype=np.int64)
        self._ids: Ids = np.full(1 << bits, _FREE, dtype=np.int32)
        self._place(0)

    def _place(self, first: int) -> None:
        """Puts the entries from a number on into slots."""
        ids = np.arange(first, self._size, dtype=np.int32)
        slots = self._home(self.entries[first:])
        while ids.size:
            keys = self._entries[ids]
            free = self._keys[slots] == _FREE
            self._keys[slots[free]] = keys[free]
            # Of several keys that were put into one slot, one is there; the others go on.
            lost = self._keys[slots] != keys
            won = ~lost
            self._ids[slots[won]] = ids[won]
            ids, slots = ids[lost], (slots[lost] + 1) & self._mask


@final
class PairInterner:
    """Numbers distinct pairs of small non-negative numbers in the order in which they come up."""

    def __init__(self) -> None:
        """Starts without entries."""
        self._keys = Interner()

    def __len__(self) -> int:
        return len(self._keys)

    def intern(self, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> Ids:
        """Returns the number of every pair; the arrays are broadcast against each other."""
        keys = np.left_shift(left, 32, dtype=np.int64) | right
        return self._keys.intern(keys)

    def parts(self, numbers: Ids) -> tuple[Ids, Ids]:
        """Returns the left and right parts of pairs, by their numbers."""
        entries = self._keys.entries[numbers]
        return (entries >> 32).astype(np.int32), (entries & 0xFFFFFFFF).astype(np.int32)
