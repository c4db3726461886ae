"""Means: the two possible means that are nearest to an edge, one on either side.

What a numerical head reads is the mean of at most n numbers out of a finite set. How far apart the
possible means are is what the scales of the compiled model are derived from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Final, final

__all__ = ["Sides", "nearest_means", "nearest_values"]

_SUMS: Final = 20_000
"""So many sums are listed; beyond that all points of their lattice are taken to be possible."""


@final
@dataclass(frozen=True)
class Sides:
    """Are the largest number at most an edge, and the smallest one above it; None for none."""

    low: Fraction | None
    high: Fraction | None


def nearest_values(values: Sequence[Fraction], edge: float) -> Sides:
    """Returns the sides among the numbers that a variable holds."""
    return Sides(
        max((value for value in values if value <= edge), default=None),
        min((value for value in values if value > edge), default=None),
    )


def nearest_means(values: Sequence[Fraction], most: int, edge: float) -> Sides:
    """Returns the sides among the means of up to so many numbers, rounded to floats.

    A mean is on the low side if the float that is nearest to it is at most `edge`. The means that
    are taken to be possible may be more than those that are.

    Args:
        values: the numbers, in ascending order.
        most: the most numbers that a mean is taken of.
        edge: the largest float of the low side.
    """
    origin = values[0]
    step = reduce(_common, (value - origin for value in values[1:]), Fraction(0))
    if not step:
        return nearest_values(values, edge)
    points = [int((value - origin) / step) for value in values]
    limit, closed = _boundary(edge)
    listed = _listed_sums(points, most) if len(points) > 2 else None
    ratio = (limit - origin) / step
    # Of `count` numbers the mean is origin + step * sum / count. Sides are pairs of sum and count.
    low: tuple[int, int] | None = None
    high: tuple[int, int] | None = None
    for count in range(1, most + 1):
        exact = ratio.numerator * count
        last = exact // ratio.denominator if closed else -(-exact // ratio.denominator) - 1
        if listed is None:
            end = points[-1] * count
            below = min(last, end) if last >= 0 else None
            above = max(last + 1, 0) if last < end else None
        else:
            below = max((each for each in listed[count] if each <= last), default=None)
            above = min((each for each in listed[count] if each > last), default=None)
        if below is not None and (low is None or below * low[1] > low[0] * count):
            low = below, count
        if above is not None and (high is None or above * high[1] < high[0] * count):
            high = above, count
    return Sides(
        *(None if side is None else origin + step * Fraction(*side) for side in (low, high))
    )


def _common(a: Fraction, b: Fraction) -> Fraction:
    """Returns the largest number of which both are multiples."""
    denominator = math.lcm(a.denominator, b.denominator)
    return Fraction(math.gcd(int(a * denominator), int(b * denominator)), denominator)


def _boundary(edge: float) -> tuple[Fraction, bool]:
    """Returns the largest number that rounds to a float or below, and whether it does itself."""
    above = math.nextafter(edge, math.inf)
    middle = (Fraction(edge) + Fraction(above)) / 2
    return middle, float(middle) == edge


def _listed_sums(points: Sequence[int], most: int) -> list[set[int]] | None:
    """Returns the possible sums by the number of terms, unless they are too many."""
    sums, total = [{0}], 0
    for _ in range(most):
        if total + len(sums[-1]) * len(points) > _SUMS:
            return None
        sums.append({known + point for known in sums[-1] for point in points})
        total += len(sums[-1])
    return sums
