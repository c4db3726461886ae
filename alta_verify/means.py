"""Means: which numbers the mean of a few numbers can be."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Final

from alta.limit import checkpoint

__all__ = ["TooManyMeans", "means"]

_MOST: Final = 100_000


class TooManyMeans(Exception):  # noqa: N818 - an outcome, not an error
    """Says that there are too many different sums to look at them all."""


def means(amounts: Iterable[Fraction], count: int) -> frozenset[Fraction]:
    """Returns every mean of 1 to `count` of some numbers, each taken as often as one likes.

    Raises:
        TooManyMeans: when there are more than some hundred thousand sums.
    """
    return _means(frozenset(amounts), count)


@cache
def _means(amounts: frozenset[Fraction], count: int) -> frozenset[Fraction]:
    found: set[Fraction] = set()
    sums = {Fraction(0)}
    for size in range(1, count + 1):
        checkpoint()
        sums = {one + amount for one in sums for amount in amounts}
        found |= {one / size for one in sums}
        if len(found) > _MOST:
            raise TooManyMeans(f"more than {_MOST} different means of up to {count} numbers")
    return frozenset(found)
