"""Weights as exact rationals, without their zeros."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

__all__ = ["Matrix", "vector"]


@final
@dataclass(frozen=True)
class Matrix:
    """Is a matrix by rows and by columns: index to weight, zeros left out."""

    rows: tuple[dict[int, Fraction], ...]
    columns: tuple[dict[int, Fraction], ...]

    @classmethod
    def of(cls, array: np.ndarray[Any, Any]) -> Matrix:
        """Reads a two-dimensional array of any binary floating-point format, exactly."""
        rows: tuple[dict[int, Fraction], ...] = tuple({} for _ in range(array.shape[0]))
        columns: tuple[dict[int, Fraction], ...] = tuple({} for _ in range(array.shape[1]))
        wide = array.astype(np.float64)
        for i, j in np.argwhere(wide != 0).tolist():
            rows[i][j] = columns[j][i] = Fraction(float(wide[i, j]))
        return cls(rows, columns)


def vector(array: np.ndarray[Any, Any]) -> tuple[Fraction, ...]:
    """Reads a one-dimensional array exactly."""
    return tuple(Fraction(float(value)) for value in array.astype(np.float64))
