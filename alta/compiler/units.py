"""Units: the first clipped layer, in which everything that is read becomes exactly 0 or 1.

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

from fractions import Fraction
from typing import final

import numpy as np

from alta.compiler.entries import Entries
from alta.compiler.thresholds import Step
from alta.nn.sparse import Array, SparseMatrix

__all__ = ["Conjunction", "Units"]

Conjunction = tuple[tuple[int, bool], ...]
"""Coordinates in ascending order, and whether each is 1 or 0."""


@final
class Units:
    """Numbers the units of the first clipped layer as they are asked for; equal ones are shared."""

    def __init__(self) -> None:
        self._numbers: dict[Conjunction | Step | tuple[int, Fraction], int] = {}
        self._entries = Entries()
        self._biases: list[float] = []

    def conjunction(self, literals: Conjunction) -> int:
        """Returns the unit that is 1 where the coordinates are as they should be, and else 0."""
        count = sum(wanted for _, wanted in literals)
        weights = {column: 2.0 if wanted else -2.0 for column, wanted in literals}
        return self._unit(literals, weights, 3 / 2 - 2 * count)

    def step(self, step: Step) -> int:
        """Returns the unit of a threshold."""
        return self._unit(step, {step.column: float(step.factor)}, float(step.bias))

    def carry(self, column: int, factor: Fraction) -> int:
        """Returns the unit that holds a multiple of a coordinate where that is between 0 and 1."""
        return self._unit((column, factor), {column: float(factor)}, 0)

    def _unit(
        self,
        key: Conjunction | Step | tuple[int, Fraction],
        weights: dict[int, float],
        bias: float,
    ) -> int:
        if key not in self._numbers:
            number = self._numbers[key] = len(self._biases)
            for column, weight in weights.items():
                self._entries.add(column, number, weight)
            self._biases.append(bias)
        return self._numbers[key]

    def __len__(self) -> int:
        return len(self._biases)

    def matrix(self, width: int) -> SparseMatrix:
        """Returns the weights, of shape (D, E)."""
        return self._entries.matrix(width, len(self))

    @property
    def bias(self) -> Array:
        """The biases, of shape (E,)."""
        return np.array(self._biases, dtype=np.float64)
