"""Means: which are nearest to an edge, and what they are when a format computes them.

What a numerical head reads is the mean of at most n numbers out of a finite set. How far apart the
possible means are, once they are computed, is what the scales of the compiled model are derived
from.

Softmax gives each of k selected positions the weight 1/k, once k ones were added, divided and
stored. The products with the codes of numbers are summed in any order, and the sum is stored. Where
the products lie on a grid that sums hold, only the two times of storing round anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, reduce
from typing import Final, TypeAlias, final

from alta.compiler.numbers import Numbers, WeightFormat

__all__ = ["Averages", "Sides", "Sum", "near_sums", "nearest_values"]

# So many sums are listed; beyond that all points of their lattice are taken to be possible.
_SUMS: Final = 20_000
_ABOVE: Final = 1.0001  # multiplies what is rounded down, perhaps

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
        return Sides(*(None if n is None else function(n) for n in (self.low, self.high)))


def nearest_values(values: Sequence[Fraction], edge: float) -> Sides:
    """Returns the sides among the numbers that a variable holds."""
    return Sides(
        max((value for value in values if value <= edge), default=None),
        min((value for value in values if value > edge), default=None),
    )


@final
@dataclass(frozen=True)
class Averages:
    """The means of the codes of some numbers, as a format computes them."""

    numbers: Numbers
    format_: WeightFormat

    def sides(self, longest: int, edge: float) -> Sides:
        """Returns how near to an edge means of up to so many numbers may be computed."""
        # An end is at most `_reach` from its mean, and takes its mean in. So no end of a mean is
        # nearer to the edge if the mean is farther than the nearest one by more than that.
        lows, highs = near_sums(self.numbers.values, longest, edge, self._reach(longest))
        return Sides(
            max((self.ends(*sums)[1] for sums in lows), default=None),
            min((self.ends(*sums)[0] for sums in highs), default=None),
        )

    def _reach(self, longest: int) -> Fraction:
        # Weights are off by a relative 2u at most, for which 4u leave room; weight and sum are each
        # rounded once by a relative v when they are stored, and the sum of products by a relative
        # γ = n u / (1 - n u) (Higham, Accuracy and Stability of Numerical Algorithms, Lemma 3.1).
        u, v = self._sum_unit, self.format_.unit
        relative = (1 + 4 * u) * (1 + v) ** 2 * (1 + longest * u / (1 - longest * u)) - 1
        return self.numbers.error + 2 * relative * self.numbers.largest + self.format_.smallest

    def ends(self, count: int, total: Fraction) -> tuple[Fraction, Fraction]:
        """Returns bounds on all that may stand for the mean of so many numbers with that sum.

        They take in the mean itself. For one number of terms both grow with the sum, so that what
        they say of means next to an edge holds of those beyond.
        """
        # Each code is off its number by at most the error, so their sum is by `count` times that.
        off = count * self.numbers.error
        return self._least(count, total - off), -self._least(count, -total - off)

    def _least(self, count: int, total: Fraction) -> Fraction:
        """Returns a lower bound on the computed mean of codes with a sum, or of their negatives."""
        light, heavy, rounding = self._weights(count)
        # Codes of one sign are together as large as their sum; others are at most count times the
        # largest.
        size = abs(total) if self._one_sign else count * self.numbers.largest
        bound = min(light * total, heavy * total) - rounding * size
        if not self._one_sign:
            # With codes of both signs, weights may be the light ones where codes are positive and
            # the heavy ones where they are negative.
            bound -= (heavy - light) * size
        # A tie may be broken either way, so the bound is moved by a unit of the sum before it is
        # rounded; rounding is monotonic, so what is computed is no smaller.
        return min(self._stored(bound - abs(bound) * self._sum_unit), total / count)

    @cached_property
    def _weights(self) -> Callable[[int], tuple[Fraction, Fraction, Fraction]]:
        return cache(self._weights_of)

    def _weights_of(self, count: int) -> tuple[Fraction, Fraction, Fraction]:
        """Returns the ends of a weight, and the error of sums beside the sizes of their codes."""
        u, share = self._sum_unit, Fraction(1, count)
        # 1/k is off by at most u for the sum of ones and u for the division; 1/1 is exact.
        division = 2 * u * (count > 1)
        light, heavy = (self._stored(share * (1 + sign * division)) for sign in (-1, 1))
        # Products are multiples of the product of both grids. While their sums are below 1/(4u)
        # times that, sums hold them exactly, in any order (Lemma 8).
        grid = self._grid * _grid([light, heavy])
        exact = heavy * count * self.numbers.largest * u * 4 <= grid
        # Of k products that are added in any order, each is rounded at most k times.
        gamma = Fraction(0) if exact else count * u / (1 - count * u)
        return light, heavy, heavy * gamma

    @cached_property
    def _sum_unit(self) -> Fraction:
        return self.format_.sum_unit

    @cached_property
    def _grid(self) -> Fraction:
        return _grid(self.numbers.codes)

    def _stored(self, number: Fraction) -> Fraction:
        return self.format_.nearest(number) if number else number

    @cached_property
    def _one_sign(self) -> bool:
        return self.numbers.codes[0] >= 0 or self.numbers.codes[-1] <= 0


def _grid(numbers: Iterable[Fraction]) -> Fraction:
    """Returns the largest power of two of which binary fractions are multiples; 1 if all are 0."""
    # n & -n is the lowest bit that is set, so the denominator is the last binary digit.
    parts = [Fraction(n.numerator & -n.numerator, n.denominator) for n in numbers if n]
    return min(parts, default=Fraction(1))


def near_sums(
    values: Sequence[Fraction], longest: int, edge: float, reach: Fraction
) -> tuple[list[Sum], list[Sum]]:
    """Returns the sums whose means are within reach of the nearest mean on their side of an edge.

    The values ascend, and `edge` is the largest float of the low side: a mean is there if the float
    nearest to it is at most the edge. On either side there is at most one sum for each number of
    terms, and the nearest one is among them. More sums may be taken to be possible than are.
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
    # The mean is on the low side if it rounds to the edge or below: if it is below the limit, half
    # way to the next float, or if it is the limit and that rounds to the edge, as the even one.
    limit = (Fraction(edge) + Fraction(math.nextafter(edge, math.inf))) / 2
    closed = float(limit) == edge
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
        # Ranked by the mean of the points, which grows with that of the numbers; negated on the
        # high side, so that on both the nearest to the edge is the greatest.
        if below is not None:
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


# Lists the possible sums by the number of terms, unless they are too many.
def _listed_sums(points: Sequence[int], longest: int) -> list[set[int]] | None:
    sums, total = [{0}], 0
    for _ in range(longest):
        # Sums of k numbers are those of k - 1 with each number added; listing them takes that many
        # steps.
        if total + len(sums[-1]) * len(points) > _SUMS:
            return None
        sums.append({partial + point for partial in sums[-1] for point in points})
        total += len(sums[-1])
    return sums
