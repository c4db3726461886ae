"""Floating-point formats: when a sum is exact, and how far off it can be when it is not.

The theorem is about every order of summation, with or without fused operations, so nothing here
depends on how a sum is arranged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, final

from alta_verify.arithmetic.interval import Interval

__all__ = [
    "FORMATS",
    "Format",
    "FormatOverflowError",
    "Span",
    "is_power_of_two",
    "stored",
    "storing_slack",
    "sum_slack",
    "total",
]


@final
@dataclass(frozen=True)
class Format:
    """The arithmetic of a model: the format that it stores and the one that it sums in.

    Attributes:
        name: the stored format.
        precision: bits of a stored significand, the leading one included.
        accumulate: the format of sums and of softmax.
        sum_precision: bits of the significand of a sum.
        smallest: exponent of the smallest positive normal number of either format.
        sum_smallest: that of the format of sums alone.
        largest: a power of two that is finite in both formats.
        exp_zero: exp(-x) is exactly 0 for every x at least this large, in any IEEE arithmetic,
            with or without subnormal numbers.
        exp_normal: exp(-x) is a normal number for every x up to this, and so are multiples of it
            by the sizes of weights.
    """

    name: str
    precision: int
    accumulate: str
    sum_precision: int
    smallest: int
    sum_smallest: int
    largest: int
    exp_zero: int
    exp_normal: int

    @cached_property
    def exp_error(self) -> Fraction:
        """The largest relative error of the exponential, where it is a normal number."""
        # A few units in the last place. Not assumed: `probe_softmax` asks the device for it.
        return 16 * self.sum_rounding

    @cached_property
    def tiny(self) -> Fraction:
        """The smallest positive normal number."""
        return _TWO**self.smallest

    @cached_property
    def sum_tiny(self) -> Fraction:
        """The smallest positive normal number of the format of sums."""
        return _TWO**self.sum_smallest

    @cached_property
    def rounding(self) -> Fraction:
        """The largest relative error of storing a normal number."""
        return _TWO**-self.precision

    @cached_property
    def sum_rounding(self) -> Fraction:
        """The largest relative error of an operation on sums."""
        return _TWO**-self.sum_precision

    @cached_property
    def huge(self) -> Fraction:
        """A number up to which there is no overflow."""
        return _TWO**self.largest


_TWO: Final = Fraction(2)


# exp(-x) rounds to 0 below half of the smallest subnormal: 2^-150 for float32 (x > 103.98) and
# 2^-1075 for float64 (x > 745.14); and is normal from 2^-126 (x < 87.3) and 2^-1022 (x < 708.3).
# The thresholds keep a margin for inexact exponentials and for what is multiplied with them.
FORMATS: Final = {
    "float32": Format("float32", 24, "float32", 24, -126, -126, 127, 128, 64),
    "float64": Format("float64", 53, "float64", 53, -1022, -1022, 1023, 800, 640),
    "bfloat16": Format("bfloat16", 8, "float32", 24, -126, -126, 127, 128, 64),
    "float16": Format("float16", 11, "float32", 24, -14, -126, 15, 128, 4),
}


def is_power_of_two(number: Fraction) -> bool:
    """Says whether a number is plus or minus a power of two, negative exponents included."""
    a, b = abs(number.numerator), number.denominator
    return a > 0 and a & (a - 1) == 0 and b & (b - 1) == 0


class FormatOverflowError(ArithmeticError):
    """A number that may be too large for the format, so that nothing can be said of it."""


@final
@dataclass(frozen=True)
class Span:
    """What is known of a number for rounding: the grid that it lies on, and its size.

    These are what the predicates FIX and ABS of Gappa say (Daumas and Melquiond, 2010).

    Attributes:
        quantum: a power of two of which both ends of every interval that the number can lie in
            are multiples; 0 when the number is always 0; None when there is no such power.
        magnitude: the largest absolute value.
    """

    quantum: Fraction | None
    magnitude: Fraction

    @classmethod
    def of(cls, intervals: Iterable[Interval]) -> Span:
        """Returns the span of a number that lies in one of at least one interval."""
        intervals = list(intervals)
        ends = {end for interval in intervals for end in (interval.lo, interval.hi)}
        return cls(grid(ends), max(interval.magnitude for interval in intervals))

    def scaled(self, factor: Fraction) -> Span:
        """Returns the span of the product with a constant."""
        return self.times(Span(grid([factor]), abs(factor)))

    def times(self, factor: Span) -> Span:
        """Returns the span of a product."""
        # Multiples of q times multiples of q' are multiples of q q'; and the ends of a product of
        # intervals are products of ends.
        quantum = None
        if self.quantum is not None and factor.quantum is not None:
            quantum = self.quantum * factor.quantum
        return Span(quantum, self.magnitude * factor.magnitude)


def total(spans: Iterable[Span]) -> Span:
    """Returns the span of a sum."""
    quantum: Fraction | None = Fraction(0)
    magnitude = Fraction(0)
    for span in spans:
        magnitude += span.magnitude
        if span.quantum is None or quantum is None:
            quantum = None
        elif span.quantum:
            quantum = min(quantum, span.quantum) if quantum else span.quantum
    return Span(quantum, magnitude)


def grid(numbers: Iterable[Fraction]) -> Fraction | None:
    """Returns the largest power of two of which all numbers are multiples.

    None when a number is no binary fraction at all; 0 when all numbers are 0.
    """
    quantum = Fraction(0)
    for number in filter(None, numbers):
        if number.denominator & (number.denominator - 1):
            return None
        # In lowest terms n / 2^k: the lowest bit of n, over 2^k.
        step = Fraction(number.numerator & -number.numerator, number.denominator)
        quantum = min(quantum, step) if quantum else step
    return quantum


def sum_slack(products: Sequence[Span], format_: Format, terms: int | None = None) -> Fraction:
    """Bounds how far a computed sum can be from the real one, in any order.

    A span stands for each product and the bias, or for the sum of several: of `terms` products.
    Raises `FormatOverflowError` when a partial sum may be too large, or no bound holds of so many.
    """
    whole = total(products)
    quantum, size = whole.quantum, whole.magnitude
    _check_size("a sum", size, format_)
    if quantum == 0:
        return Fraction(0)
    # Lemmas 8 and 9: 0 where all ends lie on one grid of a power of two and the magnitudes sum to
    # at most 2^(p-2) grid steps (p bits, two of them headroom): every partial sum of ends is then
    # representable, so that sums of ends are exact; and since rounding is monotonic, the sum of
    # numbers inside their intervals lies between these. A product alone needs no headroom.
    alone = terms in {None, 1} and sum(span.quantum != 0 for span in products) == 1
    bits = format_.sum_precision - (0 if alone else 2)
    if quantum is not None and size <= quantum * (1 << bits) and quantum >= format_.sum_tiny:
        return Fraction(0)
    n, u = 2 * (len(products) if terms is None else terms) + 1, format_.sum_rounding
    if n * u >= Fraction(1, 2):
        raise FormatOverflowError(
            f"a sum of {len(products)} numbers is one of too many for {format_.accumulate}"
        )
    # Lemma error_growth: (n u Σ|products| + n η)/(1 - n u), with one operation for each product,
    # and one for each sum, which may underflow by η. What underflows early is multiplied on its way
    # up, by at most 1 + γ_n = 1/(1 - n u).
    return n * (u * size + format_.sum_tiny) / (1 - n * u)


def storing_slack(value: Span, format_: Format) -> Fraction:
    """Bounds how far rounding to the stored format moves a number; raises as `sum_slack` does."""
    quantum, size = value.quantum, value.magnitude
    _check_size("a number", size, format_)
    if quantum == 0:
        return Fraction(0)
    # Lemma 9: 0 where the format holds every number on the value's grid up to its size; rounding is
    # monotonic, so numbers between such ends stay between them.
    bits = format_.precision
    if quantum is not None and size <= quantum * (1 << bits) and quantum >= format_.tiny:
        return Fraction(0)
    # u |x| where x is normal; what is subnormal may become 0, and is off by less than `tiny`.
    return size * format_.rounding + format_.tiny


def stored(value: Interval, format_: Format) -> Interval:
    """Returns what numbers of an interval are stored as; raises as `sum_slack` does."""
    _check_size("a number", value.magnitude, format_)
    # Rounding to nearest is monotonic, so that what lies between two numbers is stored between what
    # these two are stored as. Ties go either way; what is subnormal may be flushed to 0, or not.
    return Interval(-_nearest_above(-value.lo, format_), _nearest_above(value.hi, format_))


def _check_size(subject: str, size: Fraction, format_: Format) -> None:
    # `huge` is about half of the largest finite number, and rounding adds less than the size
    # itself as long as n u < 1/2: no partial sum overflows.
    if size > format_.huge:
        raise FormatOverflowError(
            f"{subject} may reach {float(size):.3g}, too large for {format_.name}"
        )


def _nearest_above(number: Fraction, format_: Format) -> Fraction:
    """Returns the largest number of the format that a number may be stored as."""
    size = abs(number)
    if size < format_.tiny:
        return format_.tiny if number > 0 else Fraction(0)
    # Bit lengths determine the exponent up to 1.
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if size < _TWO**exponent:
        exponent -= 1
    step = _TWO ** (exponent + 1 - format_.precision)
    # The nearest multiple, and of two that are as near the upper one.
    return math.floor(number / step + Fraction(1, 2)) * step
