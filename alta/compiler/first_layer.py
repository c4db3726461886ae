"""The first clipped layer, in which everything that is read becomes exactly 0 or 1.

- A *conjunction* of coordinates, k of which are to be 1 and some others 0, is
  clip(2(sum of the former - sum of the latter) - 2k + 3/2): exactly 1 where they are, and exactly 0
  where one of them is not, even if the errors of the coordinates add up to 1/4. So whatever softmax
  leaked into a head output does not reach the look-up. Of a single coordinate it is the *snapped*
  value; of none it is 1.
- A *step* is 0 where a number is on the low side of an edge, and 1 where it is on the high side.
- A coordinate of a head output is also *carried*: clip(x/s) is x/s itself for 0 ≤ x ≤ s, so that
  taking s times that away leaves exactly 0; s is a power of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from alta.compiler.conditions import Bucket, Conjunction, Reset, Test, Writes
from alta.compiler.thresholds import Step
from alta.nn.sparse import Array, SparseMatrix

__all__ = ["FirstLayer", "Form", "conjunction", "first_layer"]

_Unit = Conjunction | Step | Reset


@final
@dataclass(frozen=True)
class Form:
    """A constant plus a sum of units, as pairs of unit and weight in the order of the units.

    It is 0 or 1 wherever what it reads is defined.
    """

    weights: tuple[tuple[int, int], ...] = ()
    constant: int = 0

    @classmethod
    def total(cls, forms: Iterable[Form]) -> Form:
        """Returns the sum of some forms."""
        weights: dict[int, int] = {}
        constant = 0
        for form in forms:
            constant += form.constant
            for unit, weight in form.weights:
                weights[unit] = weights.get(unit, 0) + weight
        # In one order and without zeros, so that equal sums are equal values, summed up once.
        kept = sorted((unit, weight) for unit, weight in weights.items() if weight)
        return cls(tuple(kept), constant)


@final
@dataclass(frozen=True)
class FirstLayer:
    """Weights of shape (D, E) and biases of shape (E,) of the units; equal units are shared."""

    weights: SparseMatrix
    bias: Array
    _numbers: Mapping[_Unit, int]

    def form(self, test: Test | Reset) -> Form:
        """Returns what is 1 where a test holds and else 0, or the multiple that is carried.

        That of a bucket is the step of its lower edge less that of its upper edge.
        """
        if isinstance(test, Bucket):
            return Form.total([self._above(test.lower, 1), self._above(test.upper, -1)])
        return Form(((self._numbers[test], 1),))

    def _above(self, threshold: Step | bool, sign: int) -> Form:
        if isinstance(threshold, bool):
            return Form(constant=sign * threshold)
        return Form(((self._numbers[threshold], sign),))


def first_layer(writes: Iterable[Writes], resets: Iterable[Reset], width: int) -> FirstLayer:
    """Returns a layer that decides all tests of rules and cells, and carries head outputs."""
    # Units are numbered as they are first read, so that a program always has the same weights.
    units = [unit for write in writes for test in write.tests() for unit in _units(test)]
    numbers = {unit: number for number, unit in enumerate(dict.fromkeys([*units, *resets]))}
    columns = [_column(unit) for unit in numbers]
    entries = [
        (row, column, weight)
        for column, (weights, _) in enumerate(columns)
        for row, weight in weights.items()
    ]
    return FirstLayer(
        weights=SparseMatrix.of_entries(entries, (width, len(columns))),
        bias=np.array([bias for _, bias in columns], dtype=np.float64),
        _numbers=numbers,
    )


def _units(test: Test) -> list[_Unit]:
    if isinstance(test, Bucket):
        return [edge for edge in (test.lower, test.upper) if not isinstance(edge, bool)]
    return [test]


def _column(unit: _Unit) -> tuple[dict[int, float], float]:
    """Returns the weights of a unit by coordinate, and its bias."""
    match unit:
        case Step():
            return {unit.column: float(unit.factor)}, float(unit.bias)
        case Reset():
            return {unit.column: float(unit.sign / unit.scale)}, 0.0
    return conjunction(unit)


def conjunction(literals: Conjunction) -> tuple[dict[int, float], float]:
    """Returns the weights of the unit that is 1 where all literals hold and else 0, and its bias.

    With x within e of 0 or 1 in k + m coordinates, k that are to be 1 and m that are to be 0, the
    argument is at least 3/2 - 2e(k + m) where all hold, and at most -1/2 + 2e(k + m) elsewhere.
    """
    # 3/2 and -1/2 are 1/2 beyond where clip becomes 1 and 0: that is the room for errors.
    count = sum(wanted for _, wanted in literals)
    return {column: 2.0 if wanted else -2.0 for column, wanted in literals}, 3 / 2 - 2 * count
