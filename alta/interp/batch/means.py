"""Means: the exact mean of many floats at once, rounded once, as the interpreter defines it.

Every float is a whole number of times a power of two. On the finest such lattice that a variable's
floats need, sums are sums of integers, which are split into limbs so small that they add without
rounding. A mean is worked out from the exact sum once for each sum and count.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.codes import Numbers
from alta.interp.batch.interning import Interner, PairInterner
from alta.interp.batch.rows import GrowingColumn
from alta.interp.batch.trie import UNDEFINED_CODE

__all__ = ["Means"]

Array = npt.NDArray[Any]

_LIMB: Final = 26
"""Bits of a limb: 2**27 of them add up to less than 2**53, below which floats hold integers."""

_SHIFT: Final = 1 << 54
"""Added to sums of limbs, of which the highest may be negative."""


@final
class Means:
    """Turns sums of a variable's floats into codes of means."""

    def __init__(self, summands: Numbers, means: Numbers) -> None:
        """Starts without any.

        Args:
            summands: the floats that are added.
            means: where the means get their codes.
        """
        self._summands = summands
        self._means = means
        self._known = 0
        self._unit = 1
        self._limbs: list[Array] = []
        self._reset()

    def limbs(self) -> list[Array]:
        """Returns the limbs of the variable's floats, by code, the lowest limb first."""
        floats = self._summands.floats
        if len(floats) > self._known:
            self._known = len(floats)
            ratios = [value.as_integer_ratio() for value in floats]
            self._unit = max(below for _, below in ratios)
            integers = [above * (self._unit // below) for above, below in ratios]
            count = max(integer.bit_length() for integer in integers) // _LIMB + 1
            self._limbs = [
                np.array([_limb(integer, place, count) for integer in integers], dtype=np.float64)
                for place in range(count)
            ]
            self._reset()
        return self._limbs

    def codes(self, counts: Array, sums: Sequence[Array]) -> Array:
        """Returns the codes of means; UNDEFINED of nothing.

        Args:
            counts: how many floats were added.
            sums: the sums of their limbs.
        """
        numbers = counts
        for interner, pairs, limb in zip(self._sums, self._pairs, sums, strict=True):
            numbers = pairs.intern(numbers, interner.intern(limb.astype(np.int64) + _SHIFT))
        last = self._pairs[-1]
        new = np.arange(len(self._codes), len(last), dtype=np.int32)
        if new.size:
            self._codes.extend([self._mean(*key) for key in self._keys(new)])
        return np.where(counts == 0, UNDEFINED_CODE, self._codes.values[numbers])

    def _reset(self) -> None:
        self._sums = [Interner() for _ in self._limbs]
        self._pairs = [PairInterner() for _ in self._limbs]
        self._codes = GrowingColumn()

    def _keys(self, numbers: Array) -> list[tuple[int, list[int]]]:
        """Returns the counts and the sums of limbs, by the numbers of what was added."""
        limbs = []
        for interner, pairs in zip(reversed(self._sums), reversed(self._pairs), strict=True):
            numbers, which = pairs.parts(numbers)
            limbs.append((interner.entries[which] - _SHIFT).tolist())
        columns = zip(*reversed(limbs), strict=True)
        return [(count, list(sums)) for count, sums in zip(numbers.tolist(), columns, strict=True)]

    def _mean(self, count: int, sums: list[int]) -> int:
        if not count:
            return UNDEFINED_CODE
        total = sum(limb << (_LIMB * place) for place, limb in enumerate(sums))
        return self._means.code(float(Fraction(total, self._unit * count)))


def _limb(integer: int, place: int, count: int) -> int:
    """Returns one limb; all but the highest are not negative."""
    rest = integer >> (_LIMB * place)
    return rest if place == count - 1 else rest & ((1 << _LIMB) - 1)
