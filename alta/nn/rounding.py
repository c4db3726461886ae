"""Rounding: the number of a format that is nearest to a number."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["nearest"]

# For each format the bits of a significand, and the exponents of its last place below the normal
# numbers and of the power of two at which it overflows.
_FORMATS: Final = {
    "float32": (24, -149, 128),
    "bfloat16": (8, -133, 128),
    "float16": (11, -24, 16),
}


def nearest(number: float, dtype: str) -> float:
    """Returns the nearest number of a format, of two that are as near the even one.

    Zero has no sign, and what is too large becomes infinite. Rounded is once: a cast to bfloat16
    that goes by float32 rounds twice.
    """
    # Numbers of programs are float64.
    if not number or not math.isfinite(number) or dtype == "float64":
        return number + 0.0
    bits, lowest, overflow = _FORMATS[dtype]
    # The number is in [2^(exponent - 1), 2^exponent), where the last of so many bits is worth that.
    _, exponent = math.frexp(number)
    last = max(exponent - bits, lowest)
    # Both scalings are exact, and Python rounds to even.
    places = round(math.ldexp(number, -last))
    if abs(places) >= 2 ** (overflow - last):
        return math.copysign(math.inf, number)
    return math.ldexp(float(places), last) + 0.0
