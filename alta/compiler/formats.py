"""Formats: what the compiler has to know of the arithmetic that it compiles for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import jax.numpy as jnp

from alta.nn.weights import ACCUMULATE

__all__ = ["WeightFormat", "power_of_two"]


@final
@dataclass(frozen=True)
class WeightFormat:
    """A floating-point format of weights, and the one in which its products are summed.

    Attributes:
        name: for example ``"bfloat16"``.
        accumulate: ``"float32"`` or ``"float64"``.
    """

    name: str
    accumulate: str

    @classmethod
    def of(cls, dtype: str) -> WeightFormat:
        """Returns the format of that name."""
        return cls(dtype, ACCUMULATE[dtype])

    @property
    def unit(self) -> Fraction:
        """The largest relative error of rounding to the format."""
        return _unit(self.name)

    @property
    def sum_unit(self) -> Fraction:
        """The largest relative error of one operation of a sum."""
        return _unit(self.accumulate)

    @property
    def smallest(self) -> Fraction:
        """The smallest normal number of the format."""
        return Fraction(float(jnp.finfo(self.name).tiny))  # type: ignore[no-untyped-call]

    @property
    def largest(self) -> Fraction:
        """The largest number of the format."""
        return Fraction(float(jnp.finfo(self.name).max))  # type: ignore[no-untyped-call]

    def nearest(self, number: Fraction) -> Fraction:
        """Returns the number of the format that is nearest to one in its range.

        What is nearer to 0 than to the smallest normal number is 0.
        """
        # Hardware that flushes subnormal numbers to 0 must see what was meant.
        if abs(number) < self.smallest / 2:
            return Fraction(0)
        # Of m digits before the point the last is worth 2^(e - m).
        digits = int(-math.log2(self.unit))
        size = power_of_two(abs(number))
        quantum = max(size, self.smallest) * Fraction(2) ** (-digits)
        # Python rounds a fraction to even, as IEEE 754 does by default.
        rounded = round(number / quantum) * quantum
        tiny = abs(rounded) < self.smallest
        return (1 if number > 0 else -1) * self.smallest if tiny else rounded


def _unit(dtype: str) -> Fraction:
    # eps is the distance from 1 to the next number, and rounding goes at most half of that.
    return Fraction(float(jnp.finfo(dtype).eps)) / 2  # type: ignore[no-untyped-call]


def power_of_two(number: Fraction) -> Fraction:
    """Returns the smallest power of two that is at least a positive number."""
    # 2^(exponent - 1) is less than the number, and 2^(exponent + 1) more.
    exponent = number.numerator.bit_length() - number.denominator.bit_length()
    power = Fraction(2) ** (exponent - 1)
    while power < number:
        power *= 2
    return power
