"""Enclosures: boxes of vectors with ends in float64, and what a layer of weights makes of them.

Every bound holds of the real vector and of the one that is computed in a model's format, in any
order of summation, in spite of the rounding of float64 here. Boxes are looked at by their centres
and radii (Rump, 1999), so that a matrix is multiplied twice, whatever its signs are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta_verify.arithmetic.directed_rounding import (
    enlarged,
    finite,
    round_down,
    round_up,
    rounding_error,
    upper,
)
from alta_verify.arithmetic.formats import Format
from alta_verify.arithmetic.interval import Interval

__all__ = ["Boxes"]

Array = Float64[npt.NDArray[np.float64], "..."]


@final
@dataclass(frozen=True, eq=False)
class Boxes:
    """Boxes of vectors, one a row, with ends in float64."""

    low: Float64[npt.NDArray[np.float64], "boxes n"]
    high: Float64[npt.NDArray[np.float64], "boxes n"]

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, rows: Any) -> Boxes:
        return Boxes(self.low[rows], self.high[rows])

    @classmethod
    def of(cls, rows: Sequence[Sequence[Interval]], *, inward: bool = False) -> Self:
        """Returns the smallest boxes that hold rows of intervals; inward, what lies in them."""
        lower, higher = (round_up, round_down) if inward else (round_down, round_up)
        return cls(
            np.array([[lower(interval.lo) for interval in row] for row in rows]),
            np.array([[higher(interval.hi) for interval in row] for row in rows]),
        )

    def within(self, outer: Boxes) -> npt.NDArray[np.bool_]:
        """Says of every box and coordinate whether it lies in that of an outer one."""
        # NaN compares as false, so that it lies nowhere.
        return np.asarray((outer.low <= self.low) & (self.high <= outer.high))

    def hull(self, columns: Sequence[int]) -> tuple[Interval, ...]:
        """Returns some sides of the smallest box around all of at least one, exactly."""
        return tuple(
            Interval(Fraction(self.low[:, column].min()), Fraction(self.high[:, column].max()))
            for column in columns
        )

    @property
    def joined(self) -> Boxes:
        """The smallest box around all of at least one."""
        return Boxes(self.low.min(axis=0, keepdims=True), self.high.max(axis=0, keepdims=True))

    @property
    def magnitudes(self) -> Array:
        """The largest absolute value of every coordinate."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    @property
    def centres(self) -> Array:
        """About the middles of the boxes; a point is its own."""
        points = self.low == self.high
        # Halves of both ends cannot overflow where a sum could.
        return np.where(points, self.low, self.low / 2 + self.high / 2)

    @property
    def radii(self) -> Array:
        """No less than how far the boxes reach from their centres."""
        # The differences are rounded, by less than what `enlarged` adds.
        centres = self.centres
        radii = enlarged(np.maximum(self.high - centres, centres - self.low))
        return np.where(self.low == self.high, 0.0, radii)

    def widened(self, by: Any) -> Boxes:
        """Returns boxes with at least so much more at both ends."""
        # The sum of two numbers is off by half of a last place of something no larger than both.
        return Boxes(-upper(by - self.low), upper(self.high + by))

    def product(self, matrix: Array) -> Boxes:
        """Returns the boxes of products with a matrix, in the reals, up to rounding in float64.

        That is for whoever sums them to allow for, as `rounding_error` does.
        """
        centre, radius = self.centres, self.radii
        middle, reach = centre @ matrix, enlarged(radius @ np.abs(matrix))
        return Boxes(middle - reach, middle + reach)

    def sums(
        self, matrix: Array, bias: Array, format_: Format, *, beside: Boxes | None = None
    ) -> Boxes:
        """Returns what a matrix and a bias make of the boxes, with what is beside them added.

        Raises:
            FormatOverflowError: when a partial sum may be too large for the format.
        """
        product = self.product(matrix)
        low, high = product.low + bias, product.high + bias
        size, terms = self.magnitudes @ np.abs(matrix) + np.abs(bias), len(matrix) + 1
        if beside is not None:
            low, high, size = low + beside.low, high + beside.high, size + beside.magnitudes
            terms += 1
        # What is summed in float64 above takes two operations more than products and bias.
        slack = rounding_error(enlarged(size), terms + 1, format_)
        return Boxes(finite(low), finite(high)).widened(slack)

    @property
    def clipped(self) -> Boxes:
        """The boxes of min(1, max(0, ·))."""
        return Boxes(np.clip(self.low, 0, 1), np.clip(self.high, 0, 1))

    def stored(self, format_: Format) -> Boxes:
        """Returns boxes of the same numbers and of those that they are stored, and read, as."""
        # Rounding to nearest is monotonic: what lies between two numbers is stored between what
        # these are stored as.
        return Boxes(
            -np.maximum(-self.low, _nearest_above(-self.low, format_)),
            np.maximum(self.high, _nearest_above(self.high, format_)),
        )


def _nearest_above(numbers: Array, format_: Format) -> Array:
    """Returns no less than what some numbers may be stored, and be read again, as."""
    # Where sums are in the stored format, nothing is rounded once more.
    if format_.name == format_.accumulate:
        nearest = numbers
    else:
        # A number is a fraction of at least 1/2 times 2^e, and 2^(e - p) the step beside it. Half a
        # step up and then down to a step: of two that are as near, this is the upper one. The sum
        # is rounded, past no whole number, so that the result can only be too large.
        _, exponents = np.frexp(numbers)
        step = np.ldexp(1.0, exponents - format_.precision)
        nearest = np.where(numbers == 0, 0.0, np.floor(numbers / step + 0.5) * step)
    # What is subnormal may become 0, or be rounded up to the smallest normal number, at most.
    tiny = float(format_.tiny)
    flushed = np.where(numbers > 0, tiny, 0.0)
    return np.where(np.abs(numbers) < tiny, flushed, nearest)
