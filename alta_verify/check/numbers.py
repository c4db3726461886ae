"""Numbers: intervals of rationals, and how far a computed number can be from the real one.

Nothing here depends on how a sum is arranged, since nobody knows how hardware does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, NamedTuple, final

from alta_verify.check.refused import Refused, nonempty

__all__ = [
    "ALWAYS_ZERO",
    "FORMATS",
    "ONE",
    "ZERO",
    "Format",
    "Interval",
    "Span",
    "check_size",
    "hull",
    "is_power_of_two",
    "nearest",
    "point",
    "power",
    "storing_slack",
    "sum_slack",
]


@final
class Interval(NamedTuple):
    """All the numbers from `lo` to `hi`."""

    lo: Fraction
    hi: Fraction

    def plus(self, summand: Interval) -> Interval:
        """Returns the sums of a number of each."""
        return Interval(self.lo + summand.lo, self.hi + summand.hi)

    def times(self, factor: Fraction) -> Interval:
        """Returns the multiples of its numbers."""
        # A negative factor exchanges the ends.
        a, b = self.lo * factor, self.hi * factor
        return Interval(a, b) if factor >= 0 else Interval(b, a)

    def widened(self, slack: Fraction) -> Interval:
        """Returns it with more on both sides."""
        return Interval(self.lo - slack, self.hi + slack)

    def clipped(self) -> Interval:
        """Returns min(1, max(0, x)) of its numbers."""
        return Interval(min(_ONE, max(_ZERO, self.lo)), min(_ONE, max(_ZERO, self.hi)))

    def within(self, bounds: Interval) -> bool:
        """Says whether all of its numbers are between some bounds."""
        return bounds.lo <= self.lo and self.hi <= bounds.hi

    @property
    def size(self) -> Fraction:
        """The largest absolute value of its numbers."""
        return max(abs(self.lo), abs(self.hi))


_ZERO, _ONE = Fraction(0), Fraction(1)
ZERO: Final = Interval(_ZERO, _ZERO)
ONE: Final = Interval(_ONE, _ONE)


def point(number: Fraction) -> Interval:
    """Returns the interval of one number; codes are mostly 0, which need no memory of their own."""
    return Interval(number, number) if number else ZERO


def hull(intervals: Iterable[Interval]) -> Interval:
    """Returns the smallest interval that has them all."""
    parts = nonempty(list(intervals), "numbers that it could be")
    return Interval(min(part.lo for part in parts), max(part.hi for part in parts))


def power(exponent: int) -> Fraction:
    """Returns 2 to an exponent of either sign."""
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def is_power_of_two(number: Fraction) -> bool:
    """Says whether a number is plus or minus a power of two."""
    a, b = abs(number.numerator), number.denominator
    return a > 0 and a & (a - 1) == 0 and b & (b - 1) == 0


@final
class Format(NamedTuple):
    """The arithmetic of a model: how numbers are stored, and how sums are computed."""

    precision: int  # bits of a stored significand, the leading one included
    sum_precision: int  # bits of the significand of a sum
    tiny: Fraction  # the smallest positive normal number that is stored
    sum_tiny: Fraction  # that of sums
    huge: Fraction  # there is no overflow up to here
    exp_zero: int  # exp(-x) is exactly 0 from here on, in any IEEE arithmetic


# Sums and softmax are float32 except for float64. Below half of the smallest subnormal number exp
# rounds to 0: 2^-150 is exp(-103.98), and 2^-1075 is exp(-745.2).
FORMATS: Final = {
    "float64": Format(53, 53, power(-1022), power(-1022), power(1023), 800),
    "float32": Format(24, 24, power(-126), power(-126), power(127), 128),
    "bfloat16": Format(8, 24, power(-126), power(-126), power(127), 128),
    "float16": Format(11, 24, power(-14), power(-126), power(15), 128),
}


@final
class Span(NamedTuple):
    """What rounding depends on: the largest absolute value of a number, and a grid.

    The grid is a power of two of which both ends of all intervals that the number may lie in are
    multiples; 0 if it is always 0; None if there is no such power.
    """

    grid: Fraction | None
    size: Fraction

    @classmethod
    def of(cls, intervals: Iterable[Interval]) -> Span:
        """Returns the span of a number that lies in one of some intervals."""
        ends = {end for interval in intervals for end in interval}
        return cls(_grid(ends), max(map(abs, nonempty(ends, "numbers that it could be"))))

    @classmethod
    def total(cls, spans: Iterable[Span]) -> Span:
        """Returns the span of a sum."""
        terms = list(spans)
        # Multiples of several powers of two sum to a multiple of the least, and sizes add up.
        grids = [term.grid for term in terms if term.grid != 0]
        grid = min((g for g in grids if g is not None), default=_ZERO)
        return cls(None if None in grids else grid, sum((term.size for term in terms), _ZERO))

    def times(self, factor: Span) -> Span:
        """Returns the span of a product."""
        # Multiples of g and of h have products that are multiples of g h.
        grids = self.grid, factor.grid
        grid = None if None in grids else grids[0] * grids[1]  # type: ignore[operator]
        return Span(grid, self.size * factor.size)

    def scaled(self, factor: Fraction) -> Span:
        """Returns the span of a multiple."""
        return self.times(Span.of([point(factor)]))

    def fits(self, bits: int, tiny: Fraction) -> bool:
        """Says whether so many bits hold every multiple of the grid up to size."""
        if self.grid is None:
            return False
        # Lemma 8 (grid): k q with |k| ≤ 2^bits is a number of the format, if q is normal.
        return not self.grid or (self.size <= self.grid * power(bits) and self.grid >= tiny)


ALWAYS_ZERO: Final = Span(_ZERO, _ZERO)


def _grid(numbers: Iterable[Fraction]) -> Fraction | None:
    """Returns the largest power of two of which all numbers are multiples."""
    grid = _ZERO
    for number in numbers:
        # In lowest terms a multiple of a power of two has a power of two as its denominator.
        if number.denominator & (number.denominator - 1):
            return None
        if number:
            # The lowest bit of the numerator: in two's complement, x & -x.
            step = Fraction(number.numerator & -number.numerator, number.denominator)
            grid = min(grid, step) if grid else step
    return grid


def sum_slack(products: Iterable[Span], format_: Format) -> Fraction:
    """Bounds how far a computed sum of products can be from the real one, whatever the order."""
    terms = list(products)
    whole = Span.total(terms)
    check_size(whole.size, format_)
    # Lemmas 8 (grid) and 9 (intervals): on a grid with two bits to spare, all partial sums of ends
    # are exact, and rounding is monotonic.
    if whole.fits(format_.sum_precision - 2, format_.sum_tiny):
        return _ZERO
    # Elsewhere γ_n = n u / (1 - n u) times the size, with two operations a product (Higham 2002),
    # and n η / (1 - n u) for underflow: what has underflowed is rounded later, too.
    n, u = 2 * len(terms) + 1, power(-format_.sum_precision)
    if 2 * n * u >= 1:
        raise Refused(
            f"a sum of {len(terms)} products is too long for a bound on its rounding, expected "
            f"fewer than {int(1 / (4 * u))}; try a wider dtype"
        )
    return n * (whole.size * u + format_.sum_tiny) / (1 - n * u)


def nearest(number: Fraction, format_: Format) -> Fraction:
    """Returns the number of a format that is nearest to one, of two as near the even one."""
    # The largest power of two that is no larger, of which the last of `precision` bits is a part;
    # below the normal numbers the last place is that of the least of them.
    exponent = abs(number).numerator.bit_length() - number.denominator.bit_length()
    leading = power(exponent) if power(exponent) <= abs(number) else power(exponent - 1)
    last = max(leading, format_.tiny) * power(1 - format_.precision)
    # Python rounds fractions to even.
    return round(number / last) * last


def storing_slack(value: Span, format_: Format) -> Fraction:
    """Bounds how far a number moves when it is stored."""
    check_size(value.size, format_)
    if value.fits(format_.precision, format_.tiny):
        return _ZERO
    # Rounding to nearest is off by half a unit in the last place, and below the normal numbers by
    # no more than the least of them, to which or to 0 a subnormal number may be taken.
    return value.size * power(-format_.precision) + format_.tiny


def check_size(size: Fraction, format_: Format) -> None:
    """Refuses a number that may overflow."""
    if size > format_.huge:
        raise Refused(
            f"a number may reach {float(size):.3g}, which is too large: expected at most "
            f"{float(format_.huge):.3g}, so that nothing overflows"
        )
