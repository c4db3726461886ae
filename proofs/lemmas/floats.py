"""Floating-point formats of any precision in exact arithmetic, small enough to try everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import final

__all__ = ["Float", "power", "sums"]


def power(exponent: int) -> Fraction:
    """Returns 2 to an exponent of either sign."""
    return Fraction(2) ** exponent


@final
@dataclass(frozen=True)
class Float:
    """A format without a largest number, rounding to nearest, ties to even.

    Attributes:
        precision: bits of the significand, the leading one included.
        smallest: exponent of the smallest positive normal number.
        flush: whether results below it become 0; otherwise there are subnormal numbers.
    """

    precision: int
    smallest: int
    flush: bool = False

    @property
    def unit(self) -> Fraction:
        """The largest relative error of rounding to a normal number."""
        return power(-self.precision)

    @property
    def tiny(self) -> Fraction:
        """The smallest positive normal number."""
        return power(self.smallest)

    def nearest(self, number: Fraction) -> Fraction:
        """Returns what an operation gives whose exact result is `number`."""
        if not number:
            return Fraction(0)
        exponent = max(_exponent(abs(number)), self.smallest)
        quantum = power(exponent - self.precision + 1)
        rounded = round(number / quantum) * quantum
        return Fraction(0) if self.flush and abs(rounded) < self.tiny else rounded

    def holds(self, number: Fraction) -> bool:
        """Says whether a number is one of the format."""
        return self.nearest(number) == number


def _exponent(size: Fraction) -> int:
    """Returns the greatest e such that 2^e is at most a positive number."""
    guess = size.numerator.bit_length() - size.denominator.bit_length()
    return guess if power(guess) <= size else guess - 1


def sums(numbers: Sequence[Fraction], round_: Callable[[Fraction], Fraction]) -> Iterator[Fraction]:
    """Yields what a sum can come to, over all orders and all trees of additions.

    Args:
        numbers: the summands.
        round_: rounds the result of each addition.
    """
    found: set[Fraction] = set()
    for order in set(permutations(numbers)):
        found |= _trees(order, round_)
    yield from found


def _trees(numbers: Sequence[Fraction], round_: Callable[[Fraction], Fraction]) -> set[Fraction]:
    if len(numbers) == 1:
        return set(numbers)
    return {
        round_(left + right)
        for split in range(1, len(numbers))
        for left in _trees(numbers[:split], round_)
        for right in _trees(numbers[split:], round_)
    }
