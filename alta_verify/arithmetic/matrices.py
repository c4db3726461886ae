"""Weights as exact rationals, without their zeros."""

from __future__ import annotations

from collections.abc import Iterator
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
        rows: tuple[dict[int, Fraction], ...] = tuple({} for _ in range(matrix.shape[0]))
        columns: tuple[dict[int, Fraction], ...] = tuple({} for _ in range(matrix.shape[1]))
        # Most weights are one of a few numbers.
        exact = cache(Fraction)
        for i, j, weight in _entries(matrix):
            rows[i][j] = columns[j][i] = exact(weight)
        return cls(rows, columns)


def _entries(matrix: np.ndarray[Any, Any] | SparseMatrix) -> Iterator[tuple[int, int, float]]:
    """Yields row, column and weight wherever the weight is not 0."""
    if isinstance(matrix, SparseMatrix):
        rows, columns, weights = matrix.pattern.rows, matrix.pattern.columns, matrix.data
    else:
        rows, columns = np.nonzero(matrix)
        weights = matrix[rows, columns]
    # Exact: float64 has every number of the other formats.
    wide = weights.astype(np.float64).tolist()
    last = None
    for i, j, weight in zip(rows.tolist(), columns.tolist(), wide, strict=True):
        if i != last:
            checkpoint()
            last = i
        # A sparse matrix may have entries that are 0.
        if weight:
            yield i, j, weight


def vector(array: np.ndarray[Any, Any]) -> tuple[Fraction, ...]:
    """Reads a one-dimensional array exactly."""
    return tuple(Fraction(float(value)) for value in array.astype(np.float64))
