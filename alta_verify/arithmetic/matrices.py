"""Weights as exact rationals, without their zeros."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, final

import numpy as np

from alta.limit import checkpoint
from alta.nn.sparse import SparseMatrix

__all__ = ["RationalMatrix", "vector"]


@final
@dataclass(frozen=True)
class RationalMatrix:
    """A matrix by rows and by columns: index to weight, zeros left out."""

    rows: tuple[dict[int, Fraction], ...]
    columns: tuple[dict[int, Fraction], ...]

    @classmethod
    def of(cls, matrix: np.ndarray[Any, Any] | SparseMatrix) -> RationalMatrix:
        """Reads a matrix of any binary floating-point format, dense or sparse, exactly."""
        if isinstance(matrix, SparseMatrix):
            i, j, weights = matrix.pattern.rows, matrix.pattern.columns, matrix.data
        else:
            i, j = np.nonzero(matrix)
            weights = matrix[i, j]
        rows: tuple[dict[int, Fraction], ...] = tuple({} for _ in range(matrix.shape[0]))
        columns: tuple[dict[int, Fraction], ...] = tuple({} for _ in range(matrix.shape[1]))
        # Most weights are one of a few numbers; float64 has every number of the other formats.
        exact = cache(Fraction)
        wide = weights.astype(np.float64).tolist()
        for row, column, weight in zip(i.tolist(), j.tolist(), wide, strict=True):
            checkpoint()
            # A sparse matrix may have entries that are 0.
            if weight:
                rows[row][column] = columns[column][row] = exact(weight)
        return cls(rows, columns)


def vector(array: np.ndarray[Any, Any]) -> tuple[Fraction, ...]:
    """Reads a one-dimensional array exactly."""
    return tuple(Fraction(float(value)) for value in array.astype(np.float64))
