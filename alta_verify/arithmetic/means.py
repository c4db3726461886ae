"""Means: which numbers the mean of a few numbers can be."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Final, TypeAlias

from alta.limit import checkpoint

__all__ = ["Selection", "TooManyMeans", "means", "selections"]

# On a grid, n numbers have O(n) different sums. Numbers without a common grid may have as many as
# there are multisets of them.
_MAX_SUMS: Final = 200_000

Selection: TypeAlias = tuple[int, Fraction]
"""A number of values, at least one, and their sum."""


class TooManyMeans(Exception):  # noqa: N818 - an outcome, not an error
    """More different sums than are looked at."""


@cache
def means(amounts: frozenset[Fraction], count: int) -> frozenset[Fraction]:
    """Returns every mean of 1 to `count` of some numbers, each taken as often as one likes."""
    return frozenset(total / number for number, total in selections(amounts, count))


@cache
def selections(amounts: frozenset[Fraction], count: int) -> frozenset[Selection]:
    """Returns every sum of 1 to `count` of some numbers, each as often as one likes.

    Raises `TooManyMeans` when there are more than some hundred thousand.
    """
    result: set[Selection] = set()
    # Only sums are told apart, not the numbers in them: codes on a grid have few.
    sums = {Fraction(0)}
    for number in range(1, count + 1):
        checkpoint()
        sums = {total + amount for total in sums for amount in amounts}
        result |= {(number, total) for total in sums}
        if len(result) > _MAX_SUMS:
            raise TooManyMeans(
                f"up to {count} of {len(amounts)} numbers have more than {_MAX_SUMS:,} different "
                "sums; use fewer numbers, or numbers on a coarser grid"
            )
    return frozenset(result)
