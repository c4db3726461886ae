"""Means: the possible means that are nearest to an edge, on either side, for each number of terms.

What a numerical head reads is the mean of at most n numbers out of a finite set. How far apart the
possible means are, once they are computed, is what the scales of the compiled model are derived
from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Final, TypeAlias, final

__all__ = ["Sides", "Sum", "near_sums", "nearest_values"]

# So many sums are listed; beyond that all points of their lattice are taken to be possible.
_SUMS: Final = 20_000

# Multiplies what is rounded down, perhaps.
_ABOVE: Final = 1.0001

Sum: TypeAlias = tuple[int, Fraction]
"""How many numbers are added, and what comes out."""


@final
@dataclass(frozen=True)
class Sides:
    """The largest number at most an edge, and the smallest one above it; None for none."""

    low: Fraction | None
    high: Fraction | None

    def mapped(self, function: Callable[[Fraction], Fraction]) -> Sides:
        """Returns the sides with a function applied to those that are there."""
        low, high = (None if n is None else function(n) for n in (self.low, self.high))
        return Sides(low, high)


def nearest_values(values: Sequence[Fraction], edge: float) -> Sides:
    """Returns the sides among the numbers that a variable holds."""
    return Sides(
        max((value for value in values if value <= edge), default=None),
        min((value for value in values if value > edge), default=None),
    )


def near_sums(
    values: Sequence[Fraction], longest: int, edge: float, reach: Fraction
) -> tuple[list[Sum], list[Sum]]:
    """Returns the sums whose means are about as near to an edge as the nearest mean on its side.

    A mean is on the low side if the float that is nearest to it is at most the edge. On either side
    there is at most one sum for each number of terms, and the nearest one is among them. The sums
    that are taken to be possible may be more than those that are.

    Args:
        values: the numbers, in ascending order.
        longest: the most numbers that a mean is taken of.
        edge: the largest float of the low side.
        reach: how much farther than the nearest mean others may be.
    """
    # All values lie on the lattice origin + step * ℤ, so a sum of `count` of them is
    # count * origin + step * (sum of points), and its place is a whole number.
    origin = values[0]
    # The greatest common divisor of the differences makes the coarsest lattice through all values.
    step = reduce(_common, (value - origin for value in values[1:]), Fraction(0))
    if not step:
        # All values are one number, and so is the mean of any count of them.
        sides = nearest_values(values, edge)
        low, high = ([] if side is None else [(1, side)] for side in (sides.low, sides.high))
        return low, high
    points = [int((value - origin) / step) for value in values]
    # The mean is on the low side if it is at most `limit`, the last number that rounds to the edge.
    limit, closed = _boundary(edge)
    # Two points are 0 and 1, as the step is their difference: all sums from 0 to the count occur.
    listed = _listed_sums(points, longest) if len(points) > 2 else None
    ratio = (limit - origin) / step
    lows, highs = [], []
    for count in range(1, longest + 1):
        # The last whole number at most `count` times the ratio, or below it if the limit is open.
        exact = ratio.numerator * count
        last = exact // ratio.denominator if closed else -(-exact // ratio.denominator) - 1
        if listed is None:
            # With two points every whole number up to the end is a sum; with more that is assumed,
            # which can only bring the sides nearer to one another.
            end = points[-1] * count
            below = min(last, end) if last >= 0 else None
            above = max(last + 1, 0) if last < end else None
        else:
            below = max((n for n in listed[count] if n <= last), default=None)
            above = min((n for n in listed[count] if n > last), default=None)
        if below is not None:
            # Ranked by the mean of the points, which grows with that of the numbers; negated on the
            # high side, so that on both the nearest to the edge is the greatest.
            lows.append((below / count, count, below))
        if above is not None:
            highs.append((-above / count, count, above))
    low, high = (
        [(count, count * origin + step * total) for count, total in _first(side, reach / step)]
        for side in (lows, highs)
    )
    return low, high


def _first(sums: list[tuple[float, int, int]], reach: Fraction) -> list[tuple[int, int]]:
    """Returns the sums whose rounded means are as great as the greatest one, up to a reach."""
    # Means were divided as floats, whose relative error is below 2^-50.
    top = max((mean for mean, _, _ in sums), default=0.0)
    least = top - _ABOVE * (float(reach) + abs(top) * 2**-50)
    return [(count, total) for mean, count, total in sums if mean >= least]


def _common(a: Fraction, b: Fraction) -> Fraction:
    """Returns the largest number of which both are multiples."""
    # gcd(a/d, b/d) = gcd(a, b)/d, over a common denominator d.
    denominator = math.lcm(a.denominator, b.denominator)
    return Fraction(math.gcd(int(a * denominator), int(b * denominator)), denominator)


def _boundary(edge: float) -> tuple[Fraction, bool]:
    """Returns the largest number that rounds to a float or below, and whether it does itself."""
    # Half way to the next float rounds to the even one of the two.
    above = math.nextafter(edge, math.inf)
    middle = (Fraction(edge) + Fraction(above)) / 2
    return middle, float(middle) == edge


def _listed_sums(points: Sequence[int], longest: int) -> list[set[int]] | None:
    """Returns the possible sums by the number of terms, unless they are too many."""
    sums, total = [{0}], 0
    for _ in range(longest):
        # Sums of k numbers are those of k - 1 with each number added; listing them takes that many
        # steps.
        if total + len(sums[-1]) * len(points) > _SUMS:
            return None
        sums.append({partial + point for partial in sums[-1] for point in points})
        total += len(sums[-1])
    return sums
