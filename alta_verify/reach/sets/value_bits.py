"""Sets of values as numbers, one bit a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from alta_verify.abstraction import UNDEFINED_VALUE

__all__ = ["UNDEFINED_BIT", "Row", "ValueBits", "bits_of", "values_of"]

ValueBits: TypeAlias = int
"""A set of values: bit value + 1, so that bit 0 is UNDEFINED."""

Row: TypeAlias = tuple[ValueBits, ...]
"""The value sets of some names."""

UNDEFINED_BIT: ValueBits = 1 << (UNDEFINED_VALUE + 1)


def bits_of(values: Iterable[int]) -> ValueBits:
    """Returns the set of some values."""
    found = 0
    for value in values:
        found |= 1 << (value + 1)
    return found


def values_of(mask: ValueBits) -> Iterator[int]:
    """Yields the values in a set, in ascending order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 2
        mask ^= low
