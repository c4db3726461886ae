"""Floating-point formats: when a sum is exact, and how far off it can be when it is not.

The theorem is about every order of summation, with or without fused operations, so nothing here
depends on how a sum is arranged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

from alta_verify.interval import Interval

__all__ = ["FORMATS", "Format", "is_power_of_two", "sum_slack"]


@final
@dataclass(frozen=True)
class Format:
    """Is the arithmetic of a model: the format that it stores and the one that it sums in.

    Attributes:
        name: the stored format.
        precision: bits of a stored significand, the leading one included.
        accumulate: the format of sums and of softmax.
        sum_precision: bits of the significand of a sum.
        smallest: exponent of the smallest positive normal number of either format.
        largest: a power of two that is finite in both formats.
        exp_zero: exp(-x) is exactly 0 for every x at least this large, in any IEEE arithmetic,
            with or without subnormal numbers.
    """

    name: str
    precision: int
    accumulate: str
    sum_precision: int
    smallest: int
    largest: int
    exp_zero: int


# exp(-x) rounds to 0 below half of the smallest subnormal: 2^-150 for float32 (x > 103.98) and
# 2^-1075 for float64 (x > 745.14). The thresholds keep a margin for inexact exponentials.
FORMATS: Final = {
    "float32": Format("float32", 24, "float32", 24, -126, 127, 128),
    "float64": Format("float64", 53, "float64", 53, -1022, 1023, 800),
    "bfloat16": Format("bfloat16", 8, "float32", 24, -126, 127, 128),
    "float16": Format("float16", 11, "float32", 24, -14, 15, 128),
}


def is_power_of_two(number: Fraction) -> bool:
    """Says whether a number is plus or minus a power of two, negative exponents included."""
    a, b = abs(number.numerator), number.denominator
    return a > 0 and a & (a - 1) == 0 and b & (b - 1) == 0


def grid(numbers: Iterable[Fraction]) -> Fraction | None:
    """Returns the largest power of two of which all numbers are multiples.

    None when a number is no binary fraction at all; 0 when all numbers are 0.
    """
    quantum = Fraction(0)
    for number in numbers:
        if not number:
            continue
        if number.denominator & (number.denominator - 1):
            return None
        lowest = number.numerator & -number.numerator
        step = Fraction(lowest, number.denominator)
        quantum = step if not quantum else min(quantum, step)
    return quantum


def sum_slack(products: Sequence[Interval], format_: Format) -> Fraction:
    """Bounds how far a computed sum of products can be from the real one, in any order.

    It is 0 where the sum is exact for either of two reasons:

    - there is at most one product that is not 0, and whoever calls has seen to it that this
      product is a multiplication by a power of two;
    - all ends of the intervals are multiples of one power of two, the *grid*, and the sum of their
      magnitudes is at most 2^(p-2) grid steps (p bits; two bits of headroom), so that every
      partial sum is representable. For inputs inside the intervals rounding is monotonic, so the
      computed sum lies between the exact ones at the ends.

    Otherwise it is the usual γ_n Σ|products|, with one more operation for each product and an
    allowance for underflow.

    Args:
        products: the products and, last, the bias, as intervals.
        format_: the arithmetic.
    """
    ends = [end for product in products for end in (product.lo, product.hi)]
    quantum = grid(ends)
    total = sum((product.magnitude for product in products), Fraction(0))
    if quantum is not None and (
        not quantum
        or (
            total <= quantum * 2 ** (format_.sum_precision - 2)
            and quantum >= Fraction(2) ** format_.smallest
            and total <= Fraction(2) ** format_.largest
        )
    ):
        return Fraction(0)
    n = 2 * len(products) + 1
    u = Fraction(1, 2**format_.sum_precision)
    if n * u >= Fraction(1, 2):
        return total + 1
    return total * n * u / (1 - n * u) + n * Fraction(2) ** format_.smallest


def stored(value: Interval, format_: Format) -> Interval:
    """Returns the interval in which a number of `value` lies once it is rounded to be stored.

    Rounding is monotonic, so ends that the format holds stay where they are.
    """
    u = Fraction(1, 2**format_.precision)
    tiny = Fraction(2) ** format_.smallest

    def down(number: Fraction) -> Fraction:
        return number if _holds(number, format_) else number - abs(number) * u - tiny

    def up(number: Fraction) -> Fraction:
        return number if _holds(number, format_) else number + abs(number) * u + tiny

    return Interval(down(value.lo), up(value.hi))


def _holds(number: Fraction, format_: Format) -> bool:
    """Says whether the stored format has this very number, as a normal number or 0."""
    if not number:
        return True
    quantum = grid([number])
    if quantum is None or quantum < Fraction(2) ** format_.smallest:
        return False
    steps = abs(number) / quantum
    return steps < 2**format_.precision and abs(number) <= Fraction(2) ** format_.largest
