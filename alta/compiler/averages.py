"""Averages: what the mean of a few numbers is when it is computed in a format.

Softmax gives each of k selected positions the weight 1/k, once k ones were added, divided and
stored. The products with the codes of numbers are summed in any order, and the sum is stored. Where
the products lie on a grid that sums hold, only the two times of storing round anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import final

from alta.compiler.formats import WeightFormat
from alta.compiler.means import Sides, near_sums
from alta.compiler.numbers import Numbers

__all__ = ["Averages"]


@final
@dataclass(frozen=True)
class Averages:
    """The means of the codes of some numbers, as a format computes them.

    Attributes:
        numbers: the numbers.
        format_: the arithmetic.
    """

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
        u, v = self.format_.sum_unit, self.format_.unit
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

    def _weights(self, count: int) -> tuple[Fraction, Fraction, Fraction]:
        """Returns the ends of a weight, and the error of sums beside the sizes of their codes."""
        if count not in self._cached_weights:
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
            self._cached_weights[count] = light, heavy, heavy * gamma
        return self._cached_weights[count]

    @cached_property
    def _cached_weights(self) -> dict[int, tuple[Fraction, Fraction, Fraction]]:
        return {}

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
