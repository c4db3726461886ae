"""Thresholds: units that are exactly 0 up to one number and exactly 1 from the next one on.

The scale is not a constant: it is derived from the gap between the two numbers. A unit
clip(K x + c) has to be 0 at `low` and 1 at `high`; with K a power of two, and nothing but x and the
bias in its sum, its argument is rounded once. Rounding is monotonic and keeps 0 and 1, so that the
computed unit is exactly 0 and 1 there, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

from alta.compiler.formats import WeightFormat, power_of_two
from alta.errors import ModelError

__all__ = ["Step", "step"]

# How often the factor K is doubled: the ramp from 0 to 1 is 1/K wide, and what it leaves of the
# gap is room for rounding the bias.
_TRIES: Final = 24


@final
@dataclass(frozen=True)
class Step:
    """A unit clip(factor * x + bias) of one coordinate.

    Attributes:
        column: the coordinate.
        factor: a power of two.
        bias: a number of the format.
    """

    column: int
    factor: Fraction
    bias: Fraction


def step(
    column: int,
    low: Fraction,
    high: Fraction,
    largest: Fraction,
    format_: WeightFormat,
    *,
    place: str,
) -> Step:
    """Returns a unit that is 0 for all x ≤ low and 1 for all x ≥ high.

    Args:
        column: the coordinate of x.
        low: the largest number on the low side, errors included.
        high: the smallest number on the high side, errors included.
        largest: the largest absolute value of x.
        format_: the arithmetic.
        place: what is told apart, for the error.

    Raises:
        ModelError: when the format cannot tell the two numbers apart.
    """
    # The line through (low, 0) and (high, 1) has the slope 1/gap. At least twice that leaves half
    # of the gap for rounding the bias, and a power of two makes the product K x exact.
    gap = high - low
    if gap > 0:
        factor = max(Fraction(1), power_of_two(2 / gap))
        for _ in range(_TRIES):
            # The middle of the gap goes to 1/2, so that both ends have the same room for rounding.
            bias = format_.nearest(Fraction(1, 2) - factor * (low + high) / 2)
            # Half of the range is left for the sum K x + c.
            if max(factor * largest, abs(bias), factor) > format_.largest / 2:
                break
            # Both ends are checked exactly, in rationals, whatever led to the factor and the bias.
            if factor * low + bias <= 0 and factor * high + bias >= 1:
                return Step(column, factor, bias)
            factor *= 2
    raise ModelError(
        f"{place}: {float(low)!r} and {float(high)!r} have to be told apart, a gap of "
        f"{float(gap):.3g} once errors of rounding are taken off; {format_.name} has a precision "
        f"of {float(format_.unit):.3g} and numbers up to {float(format_.largest):.3g}. Compile to "
        "a finer format, give a smaller max_len, or move the values further apart"
    )
