r"""Directed rounding: bounds in float64 that hold in spite of its own rounding.

Every bound is computed in float64 and then made a little larger. A float64 number that is the
result of at most $2^{14}$ additions and multiplications of numbers that are not negative is within
$2^{-39}$ of the real one, relatively (Lemma *error growth* with $u = 2^{-53}$), apart from
underflow, which is off by less than $2^{-1074}$ in each operation. `enlarged` makes up for both. Of
a sum of products of any signs the same lemma bounds the error by the sum of the magnitudes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta_verify.arithmetic.formats import Format, FormatOverflowError

__all__ = ["MOST_TERMS", "enlarged", "finite", "round_down", "round_up", "rounding_error", "upper"]

Array = Float64[npt.NDArray[np.float64], "..."]

MOST_TERMS: Final = 2**13 - 8
"""Sums have at most so many products, so that they take at most 2^14 operations."""

# Twice the 2^-39 by which 2^14 operations are off, so that there is room for the two operations of
# `enlarged` itself. All their underflows add up to less than 2^-1060.
_RELATIVE: Final = 1 + 2.0**-38
_ABSOLUTE: Final = 2.0**-400
# More than one operation in float64 is off by, relatively.
_UNIT: Final = 2.0**-52


def enlarged(size: Any) -> Any:
    """Returns a little more than sizes that were computed in at most 2^14 operations."""
    return size * _RELATIVE + _ABSOLUTE


def upper(number: Any) -> Any:
    """Returns a little more than what two operations computed from numbers no larger than it."""
    # Two operations are off by little more than 2^-52, relatively, and the sum below by 2^-53.
    return number + (np.abs(number) * 2.0**-50 + _ABSOLUTE)


def rounding_error(size: Any, terms: int, format_: Format) -> Any:
    """Bounds how far sums are off in float64 here, and in a model's format in any order.

    A sum has so many `terms`, whose magnitudes sum to `size` at most. Raises `FormatOverflowError`
    when a sum may be too large for the format, or has too many terms.
    """
    # A product and an addition for each term, and one operation to spare.
    n = 2 * terms + 1
    unit = float(format_.sum_rounding)
    if terms > MOST_TERMS or n * unit >= 1 / 2:
        raise FormatOverflowError(
            f"a sum of {terms} numbers is one of too many for {format_.accumulate}"
        )
    largest = float(np.max(size, initial=0.0))
    # As n u < 1/2, γ_n < 1: no partial sum is larger than twice the magnitudes, and none
    # overflows. Written with `not`, since every comparison with NaN is false.
    if not largest <= float(format_.huge) / 2:
        raise FormatOverflowError(f"a sum may reach {largest:.3g}, too large for {format_.name}")
    # n u and 1 - n u are exact: n is a small whole number and u a power of two.
    # γ_n of float64 here, doubled, and γ_n of the model's format (lemma error_growth).
    gamma = n * _UNIT / (1 - n * _UNIT) + n * unit / (1 - n * unit)
    # Products and sums underflow in the format of sums; what is stored does so before it is read.
    underflow = n * float(format_.sum_tiny) / (1 - n * unit)
    return enlarged(gamma * size + underflow)


def finite(array: Array) -> Array:
    """Returns an array in which every number is finite, or raises `FormatOverflowError`."""
    if not np.isfinite(array).all():
        raise FormatOverflowError("a bound is not finite")
    return array


def round_down(number: Fraction) -> float:
    """Returns the greatest number of float64 that is no larger."""
    # The conversion rounds to nearest, so that the number asked for is this one or its neighbour.
    near = float(number)
    return near if Fraction(near) <= number else float(np.nextafter(near, -np.inf))


def round_up(number: Fraction) -> float:
    """Returns the least number of float64 that is no smaller."""
    return -round_down(-number)
