"""Scaled integers: layers of weights and bounds on what they compute, as arrays of whole numbers.

Bounds are multiples of 2^-GRID in 64 bits, rounded outward where a number lies between two of them.
Weights are multiples of some power of two, so that products and sums are exact. Where a number or a
sum would need more bits, `NotScalableError` says so, and exact rationals have to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from alta.nn.sparse import Matrix, as_sparse
from alta_verify.arithmetic.formats import Format, FormatOverflowError

__all__ = [
    "ANY_GRID",
    "GRID",
    "UNIT",
    "Bounds",
    "Integers",
    "NotScalableError",
    "ScaledLayer",
    "clip_slack",
    "grid_exponents",
    "scaled_down",
]

Integers = npt.NDArray[np.int64]

GRID: Final = 26
"""Bounds are multiples of 2^-GRID."""

UNIT: Final = 1 << GRID
"""The number 1."""

ANY_GRID: Final = 10**6
"""The exponent of a grid for 0, which lies on all of them."""

# Sums stay below 2^62 in 64 bits. Weights are below 2^52, so that float64 has them exactly.
_ROOM: Final = 62
_WEIGHT_BITS: Final = 52
_WEIGHT_PLACES: Final = 30


class NotScalableError(ArithmeticError):
    """A number that needs too many bits for scaled integers."""


def scaled_down(numbers: Sequence[Fraction], bits: int = GRID) -> Integers:
    """Returns the greatest multiples of 2^-bits that are at most as large as some numbers.

    Raises:
        NotScalableError: when one of them is too large.
    """
    scaled = [(number.numerator << bits) // number.denominator for number in numbers]
    if any(abs(number) >> (_ROOM - 2) for number in scaled):
        raise NotScalableError(f"numbers of more than {_ROOM - 2 - bits} bits before the point")
    return np.array(scaled, dtype=np.int64)


@final
@dataclass(frozen=True)
class Bounds:
    """The least and the greatest multiples of 2^-GRID that some numbers can be, in some cases.

    Attributes:
        low: the least ones, a row a case and a column a number; a sparse matrix if none is < 0.
        high: the greatest ones.
        exponents: for each number the exponent of a power of two of which both ends are multiples
            in all of the cases; at least -GRID.
    """

    low: Any
    high: Any
    exponents: Integers

    @property
    def magnitudes(self) -> Any:
        """The largest absolute values."""
        if sparse.issparse(self.high):
            return self.high
        return np.maximum(np.abs(self.low), np.abs(self.high))

    def clipped(self, format_: Format) -> Bounds:
        """Returns the bounds of min(1, max(0, ·)), once it is stored."""
        slack = clip_slack(self.exponents, format_)
        low = np.clip(self.low - slack, 0, UNIT)
        high = np.clip(self.high + slack, 0, UNIT)
        whole = ((low == 0) | (low == UNIT)) & ((high == 0) | (high == UNIT))
        return Bounds(low, high, np.where(whole.all(axis=0), 0, -GRID))


@final
@dataclass(frozen=True)
class ScaledLayer:
    """A matrix and a bias as multiples of 2^-bits.

    Attributes:
        matrix: the weights as a sparse matrix of whole numbers, a column a unit.
        bias: the biases.
        bits: the binary places.
    """

    matrix: Any
    bias: Integers
    bits: int

    @classmethod
    def of(cls, matrix: Matrix, bias: npt.NDArray[Any]) -> ScaledLayer:
        """Reads a layer, exactly.

        Raises:
            NotScalableError: when its weights need too many bits.
        """
        entries = as_sparse(matrix)
        data, constants = entries.data.astype(np.float64), bias.astype(np.float64)
        numbers = np.concatenate([data, constants])
        bits = _places(numbers)
        if (
            bits > _WEIGHT_PLACES
            or np.ldexp(np.abs(numbers).max(initial=0), bits) >= 2.0**_WEIGHT_BITS
        ):
            raise NotScalableError(f"weights with {bits} binary places")
        # Times a power of two they are whole numbers below 2^52, which float64 has.
        whole = np.ldexp(data, bits).astype(np.int64)
        scaled = sparse.csc_array(
            (whole, (entries.pattern.rows, entries.pattern.columns)), shape=entries.shape
        )
        scaled.eliminate_zeros()
        return cls(scaled, np.ldexp(constants, bits).astype(np.int64), bits)

    def part(self, inputs: Any, units: Any) -> ScaledLayer:
        """Returns the layer with some of its inputs and units only."""
        matrix = sparse.csc_array(self.matrix[:, units][inputs, :])
        return replace(self, matrix=matrix, bias=self.bias[units])

    def into(self, units: Any) -> tuple[ScaledLayer, Any]:
        """Returns the part of the layer on which some units depend, and the inputs that it has."""
        inputs = np.unique(self.matrix[:, units].indices)
        return self.part(inputs, units), inputs

    def sums(
        self,
        inputs: Bounds,
        format_: Format,
        *,
        storing: bool = False,
        beside: Bounds | None = None,
    ) -> Bounds:
        """Bounds the sums of products and bias, in the reals and computed in any order.

        Args:
            inputs: the numbers that are multiplied, case by case.
            format_: the arithmetic.
            storing: whether the sums are rounded to the stored format.
            beside: numbers that are added to the sums, one to each.

        Raises:
            NotScalableError: when they would need too many bits.
            FormatOverflowError: when a partial sum may be too large for the format.
        """
        self.check_room(inputs.magnitudes.max(axis=0))
        # For w < 0, w [l, h] = [w h, w l].
        positive, negative = self.matrix.maximum(0), self.matrix.minimum(0)
        constant = self.bias << GRID
        sizes = _dense(inputs.magnitudes @ abs(self.matrix)) + self.constant_sizes
        low = _dense(inputs.low @ positive + inputs.high @ negative) + constant
        high = _dense(inputs.high @ positive + inputs.low @ negative) + constant
        exponents = self.exponents(inputs.exponents)
        if beside is not None:
            # With as many places as the products, and still below 2^60.
            if beside.magnitudes.max(initial=0) >= 1 << (_ROOM - 2 - self.bits):
                raise NotScalableError("sums of too large numbers")
            sizes += beside.magnitudes << self.bits
            low += beside.low << self.bits
            high += beside.high << self.bits
            exponents = np.minimum(exponents, beside.exponents)
        slack = self.slack(sizes, exponents, format_, storing=storing)
        # Shifts round down, so that this rounds outward. Wider intervals hold the numbers as well,
        # and have ends on the grid.
        return Bounds(
            (low - slack) >> self.bits,
            -(-(high + slack) >> self.bits),
            np.where((slack > 0).any(axis=0), -GRID, np.maximum(exponents, -GRID)),
        )

    @property
    def constant_sizes(self) -> Integers:
        """The absolute values of the biases, in multiples of 2^-GRID-bits."""
        return np.abs(self.bias) << GRID

    def check_room(self, largest: Any) -> None:
        """Checks that sums of inputs up to some sizes fit into 64 bits.

        Raises:
            NotScalableError: when they may not.
        """
        largest = np.asarray(_dense(largest), dtype=np.float64).ravel()
        # In floating point, which the two bits that are left make up for.
        rough = largest @ abs(self.matrix).astype(np.float64)
        rough += self.constant_sizes.astype(np.float64)
        if rough.max(initial=0) >= 2.0 ** (_ROOM - 2):
            raise NotScalableError("sums of too many or too large numbers")

    def exponents(self, inputs: Integers) -> Integers:
        """Returns for each unit the exponent of the grid of its products and its bias."""
        matrix = self.matrix
        result = np.where(self.bias != 0, _lowest_bits(self.bias), ANY_GRID)
        products = inputs[matrix.indices] + _lowest_bits(matrix.data)
        starts = matrix.indptr[:-1]
        filled = np.flatnonzero(np.diff(matrix.indptr))
        if len(filled):
            least = np.minimum.reduceat(products, starts[filled])
            result[filled] = np.minimum(result[filled], least)
        return result - self.bits

    def slack(
        self, sizes: Integers, exponents: Integers, format_: Format, *, storing: bool
    ) -> Integers:
        """Bounds the rounding of sums in any order, in multiples of 2^-GRID-bits.

        Args:
            sizes: the sums of the absolute values of products and bias, case by case.
            exponents: for each unit the exponent of their grid.
            format_: the arithmetic.
            storing: whether the sums are rounded to the stored format.
        """
        scale = GRID + self.bits
        if sizes.max(initial=0) >= np.ldexp(1.0, min(format_.largest + scale, _ROOM + 1)):
            raise FormatOverflowError(f"a sum may be too large for {format_.name}")
        # Lemmas 8 and 9: none where all ends lie on one grid, and the sizes add up to at most
        # 2^(p-2) of its steps.
        exact = sizes <= _power(format_.sum_precision - 2 + exponents + scale)
        exact &= exponents >= format_.sum_smallest
        # Of k products, a bias and what is beside them: 2 n + 1 for n of them, as in `sum_slack`.
        operations = 2 * np.diff(self.matrix.indptr) + 5
        growth = operations * 2.0**-format_.sum_precision
        if growth.max(initial=0) >= 1 / 4:
            raise FormatOverflowError(f"a sum of too many numbers for {format_.accumulate}")
        # Lemma error_growth: γ_n Σ|products|, and what underflows; here with 4/3 growth for
        # growth / (1 - growth), which is at most that, and one step for all that underflows.
        slack = np.where(exact, 0, _above(sizes, growth * (4 / 3)) + 1)
        if storing:
            exact = sizes <= _power(format_.precision + exponents + scale)
            exact &= exponents >= format_.smallest
            tiny = 1 << max(0, scale + format_.smallest)
            stored = _above(sizes, 2.0 ** (1 - format_.precision)) + tiny
            slack = slack + np.where(exact, 0, stored)
        return slack


def clip_slack(exponents: Integers, format_: Format) -> Integers:
    """Bounds the rounding to store numbers between 0 and 1, by the exponents of their grids."""
    exact = exponents >= max(-format_.precision, format_.smallest)
    # Half a unit in the last place, twice, and what is flushed; each rounded up.
    stored = (UNIT >> (format_.precision - 1)) + (1 << max(0, GRID + format_.smallest)) + 1
    return np.where(exact, np.int64(0), np.int64(stored))


def grid_exponents(ends: Integers) -> Integers:
    """Returns for each column of multiples of 2^-GRID the exponent of the grid of all of them."""
    lowest: Integers = np.minimum.reduce(_lowest_bits(ends), axis=0)
    return lowest - GRID


def _dense(matrix: Any) -> Any:
    return matrix.toarray() if sparse.issparse(matrix) else matrix


def _above(sizes: Integers, factor: Any) -> Integers:
    """Returns whole numbers no less than multiples of others."""
    # float64 is off by less than one in 2^50.
    above: Integers = np.ceil(sizes * np.asarray(factor) * (1 + 2.0**-50)).astype(np.int64)
    return above


def _power(exponents: Integers) -> Integers:
    """Returns powers of two; 0 for those below 1, and 2^62 for larger ones."""
    inside = np.clip(exponents, 0, _ROOM)
    return np.where(exponents < 0, 0, np.int64(1) << inside)


def _lowest_bits(numbers: Integers) -> Integers:
    """Returns the exponents of the lowest bits of whole numbers; `ANY_GRID` for 0."""
    # A power of two is 1/2 times 2 to its exponent and one more.
    _, exponents = np.frexp((numbers & -numbers).astype(np.float64))
    return np.where(numbers == 0, ANY_GRID, exponents.astype(np.int64) - 1)


def _places(numbers: npt.NDArray[np.float64]) -> int:
    """Returns how many binary places numbers have."""
    mantissas, exponents = np.frexp(numbers[numbers != 0])
    if not len(mantissas):
        return 0
    # A mantissa is a multiple of 2^-53.
    lowest = _lowest_bits(np.ldexp(mantissas, 53).astype(np.int64)) - 53 + exponents
    return max(0, -int(lowest.min()))
