"""Mixtures: how far rounding takes a mixture of many values out of their hull."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Final

from alta_verify.arithmetic.formats import Format, FormatOverflowError

__all__ = ["LARGEST_SLACK", "longest_mixture", "mixture_slack"]

# What is taken for short inputs, of up to 2^14 positions in every format.
_LEAST: Final = Fraction(1, 64)

LARGEST_SLACK: Final = Fraction(1, 2)
"""With more than this, a mixture of zeros and ones is no longer told apart from twice a one."""


@cache
def mixture_slack(positions: int, format_: Format) -> Fraction:
    """Returns by how much the hull of values and 0 is stretched, in mixtures of so many of them.

    It is a power of two, and grows with the number. Raises `FormatOverflowError` when there are so
    many that nothing is known of sums.
    """
    n, u, v = positions, format_.sum_rounding, format_.rounding
    if 2 * n * u >= 1:
        raise FormatOverflowError(
            f"a mixture of {n} values is one of too many for sums in {format_.accumulate}"
        )
    # Lemma mixtures: powers are summed within γ_n, a weight divided within 2u and stored within v,
    # products summed within γ_n, with n u for those that underflow, and the sum is stored. 1 + γ_n
    # is 1/(1 - n u).
    weights = (1 + 2 * u) * (1 + v) / (1 - n * u) + n * u
    stretch = weights / (1 - n * u) * (1 + v) - 1
    slack = _LEAST
    while slack < stretch:
        slack *= 2
    return slack


@cache
def longest_mixture(format_: Format) -> int:
    """Returns the largest power of two of positions whose mixtures are bounded well enough."""
    n = 1
    # Beside the slack, weights of 1/n have to be normal numbers, with room for halves and for
    # rounding: what is subnormal may be flushed, and a reset would not be exact.
    while Fraction(1, 16 * n) >= format_.tiny and 4 * n * format_.sum_rounding < 1:
        if mixture_slack(2 * n, format_) > LARGEST_SLACK:
            break
        n *= 2
    return n
