"""Scales: how far apart scores must be for softmax to be exactly one-hot."""

from __future__ import annotations

from typing import Final

__all__ = ["attention_scale"]

# A power is exactly 0 below these exponents in any IEEE arithmetic, subnormals included:
# ln(2^-150) = -103.97 for float32, ln(2^-1075) = -745.13 for float64. Rounded up to the next
# square of a power of two with room to spare; powers of two are exact in every format.
_SCALE: Final = {"float32": 16, "float64": 32}


def attention_scale(accumulate: str) -> int:
    """Returns s, such that a gap of s² between scores makes softmax exactly one-hot.

    Args:
        accumulate: the format in which softmax is taken, ``"float32"`` or ``"float64"``.
    """
    return _SCALE[accumulate]
