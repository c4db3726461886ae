"""Weights as exact rationals, without their zeros."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, final

import numpy as np

from alta.limit import checkpoint
from alta.nn.sparse import Array, Matrix, SparseMatrix, as_sparse

__all__ = ["RationalMatrix", "RationalUnits"]


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


@final
class RationalUnits:
    """The units of a layer: what leads into each, by index, and its bias; read when asked for."""

    def __init__(self, matrix: Matrix, bias: Array) -> None:
        entries = as_sparse(matrix)
        # Stable, so that the weights of a unit are in the order of what they lead from.
        order = np.argsort(entries.pattern.columns, kind="stable")
        columns = entries.pattern.columns[order]
        self._starts = np.searchsorted(columns, np.arange(entries.shape[1] + 1))
        self._rows = entries.pattern.rows[order]
        # float64 has every number of the other formats.
        self._weights = entries.data[order].astype(np.float64)
        self._bias = bias.astype(np.float64)

    def __getitem__(self, unit: int) -> tuple[dict[int, Fraction], Fraction]:
        part = slice(self._starts[unit], self._starts[unit + 1])
        weights = zip(self._rows[part].tolist(), self._weights[part].tolist(), strict=True)
        bias = Fraction(float(self._bias[unit]))
        return {row: Fraction(weight) for row, weight in weights if weight}, bias
