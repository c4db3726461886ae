"""Intervals of exact rationals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final, final

__all__ = ["ONE", "ZERO", "Interval", "hull", "point"]


@final
@dataclass(frozen=True, slots=True)
class Interval:
    """The closed interval from `lo` to `hi`."""

    lo: Fraction
    hi: Fraction

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.lo + other.lo, self.hi + other.hi)

    def __mul__(self, other: Interval) -> Interval:
        # A bilinear function has its extremes at corners. The factors count as independent: of x ·
        # x, with x in [-1, 1], this says [-1, 1].
        corners = [a * b for a in (self.lo, self.hi) for b in (other.lo, other.hi)]
        return Interval(min(corners), max(corners))

    def scaled(self, factor: Fraction) -> Interval:
        """Returns the interval of all multiples by `factor`."""
        a, b = self.lo * factor, self.hi * factor
        return Interval(a, b) if a <= b else Interval(b, a)

    def widened(self, slack: Fraction) -> Interval:
        """Returns the interval with `slack` added at both ends."""
        return Interval(self.lo - slack, self.hi + slack) if slack else self

    def clipped(self) -> Interval:
        """Returns the image under min(1, max(0, x))."""
        return Interval(min(ONE.lo, max(ZERO.lo, self.lo)), min(ONE.lo, max(ZERO.lo, self.hi)))

    def outward(self, steps: int) -> Interval:
        """Returns the smallest interval around it with multiples of `1 / steps` for its ends."""
        return Interval(
            Fraction(floor(self.lo * steps), steps), Fraction(ceil(self.hi * steps), steps)
        )

    def within(self, outer: Interval) -> bool:
        """Says whether this interval lies in another."""
        return outer.lo <= self.lo and self.hi <= outer.hi

    @property
    def is_point(self) -> bool:
        """Whether it holds one number only."""
        return self.lo == self.hi

    @property
    def magnitude(self) -> Fraction:
        """The largest absolute value in it."""
        return max(-self.lo, self.hi)

    def __str__(self) -> str:
        return str(self.lo) if self.is_point else f"[{float(self.lo):.6g}, {float(self.hi):.6g}]"


def point(value: Fraction | int) -> Interval:
    """Returns the interval that holds one number."""
    number = Fraction(value)
    return Interval(number, number)


ZERO: Final = point(0)
ONE: Final = point(1)


def hull(intervals: Iterable[Interval]) -> Interval:
    """Returns the smallest interval that holds all of at least one interval."""
    intervals = list(intervals)
    return Interval(
        min(interval.lo for interval in intervals), max(interval.hi for interval in intervals)
    )
