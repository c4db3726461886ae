"""Entries: the weights of a matrix that are not zero, as the passes collect them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import numpy as np

from alta.nn.sparse import SparseMatrix

__all__ = ["Entries"]


@final
@dataclass(frozen=True)
class Entries:
    """Collects the weights of one matrix; at most one is added at any place."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, row: int, column: int, weight: float) -> None:
        """Puts a weight in its place."""
        self.rows.append(row)
        self.columns.append(column)
        self.weights.append(weight)

    def matrix(self, n_rows: int, n_columns: int) -> SparseMatrix:
        """Returns the matrix of this shape, with zeros wherever nothing was added.

        Raises:
            ModelError: when two weights were added at one place.
        """
        data = np.array(self.weights, dtype=np.float64)
        matrix = SparseMatrix.of(self.rows, self.columns, data, (n_rows, n_columns))
        matrix.check("the compiler")
        return matrix
