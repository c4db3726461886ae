"""Sparse matrices: the weights that are not zero, and where they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, final

import jax
import numpy as np

from alta.errors import ModelError

__all__ = [
    "Array",
    "Matrix",
    "Pattern",
    "SparseMatrix",
    "as_dense",
    "as_sparse",
    "interleaved",
    "stacked",
]

Array = np.ndarray[Any, Any]
"""Weights are NumPy arrays: their bits are what a proof is about and what is handed to JAX."""


@final
@dataclass(frozen=True, eq=False)
class Pattern:
    """The places of the entries of a matrix: row by row, and from left to right in each."""

    rows: Array
    columns: Array
    shape: tuple[int, int]

    @cached_property
    def _digest(self) -> bytes:
        # A pattern is static under `jit` and compared at every call: by its digest.
        return hashlib.sha256(self.rows.tobytes() + self.columns.tobytes()).digest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pattern):
            return NotImplemented
        return self is other or (self.shape, self._digest) == (other.shape, other._digest)

    def __hash__(self) -> int:
        return hash((self.shape, self._digest))

    def __repr__(self) -> str:
        return f"<{len(self.rows)} entries of {self.shape[0]} × {self.shape[1]}>"

    def check(self, name: str) -> None:
        """Checks that every entry has its place in the matrix, in order, and none has two."""
        n_rows, n_columns = self.shape
        if len(self.rows) != len(self.columns):
            raise ModelError(
                f"weights: {name}: {len(self.rows)} rows and {len(self.columns)} columns of entries"
            )
        for side, places, size in (
            ("row", self.rows, n_rows),
            ("column", self.columns, n_columns),
        ):
            wrong = np.flatnonzero((places < 0) | (places >= size))
            if len(wrong):
                raise ModelError(
                    f"weights: {name}: entry {wrong[0]} has {side} {places[wrong[0]]}; expected "
                    f"0 … {size - 1}"
                )
        # Row by row and from left to right, the places in the flat matrix go up.
        # In 64 bits, as rows times columns may be more than 32 bits hold.
        flat = self.rows.astype(np.int64) * n_columns + self.columns
        wrong = np.flatnonzero(np.diff(flat) <= 0)
        if len(wrong):
            raise ModelError(
                f"weights: {name}: entries {wrong[0]} and {wrong[0] + 1} are out of order or in "
                "one place; expected them row by row"
            )


@final
@partial(jax.tree_util.register_dataclass, data_fields=["data"], meta_fields=["pattern"])
@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """A matrix that is zero wherever it has no entry; it may stand for any matrix of weights.

    Of the pytree the entries are the one leaf, so that whatever is mapped over the weights of a
    model sees floating-point arrays only.
    """

    data: Array
    pattern: Pattern

    @classmethod
    def of(cls, rows: Any, columns: Any, data: Any, shape: tuple[int, int]) -> SparseMatrix:
        """Returns the matrix with these entries, given in any order; no two in one place."""
        rows, columns = np.asarray(rows, dtype=np.int32), np.asarray(columns, dtype=np.int32)
        # The last key comes first: row by row, and in a row by column.
        order = np.lexsort((columns, rows))
        return cls(np.asarray(data)[order], Pattern(rows[order], columns[order], shape))

    @classmethod
    def of_entries(
        cls, entries: Iterable[tuple[int, int, float]], shape: tuple[int, int]
    ) -> SparseMatrix:
        """Returns the float64 matrix with these entries: row, column and weight, one a place."""
        rows, columns, data = zip(*entries, strict=True) if (entries := [*entries]) else ((),) * 3
        matrix = cls.of(rows, columns, np.array(data, dtype=np.float64), shape)
        # Of two entries in one place a product would take the sum, and `dense` the last one.
        matrix.check("the compiler")
        return matrix

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return self.pattern.shape

    @property
    def ndim(self) -> int:
        """Two."""
        return 2

    @property
    def size(self) -> int:
        """Number of weights, zeros included."""
        return self.shape[0] * self.shape[1]

    @property
    def dtype(self) -> Any:
        """The format of the entries."""
        return self.data.dtype

    @property
    def nbytes(self) -> int:
        """Bytes that entries and their places take."""
        return int(self.data.nbytes + self.pattern.rows.nbytes + self.pattern.columns.nbytes)

    def transposed(self) -> SparseMatrix:
        """Returns the matrix with rows and columns exchanged."""
        pattern = self.pattern
        return self.of(pattern.columns, pattern.rows, self.data, shape=pattern.shape[::-1])

    def astype(self, dtype: Any) -> SparseMatrix:
        """Returns the matrix with its entries in another format."""
        return SparseMatrix(self.data.astype(dtype), self.pattern)

    def dense(self) -> Array:
        """Returns all the weights as one array."""
        # An entry is the weight itself, never a sum, as no two have one place.
        matrix = np.zeros(self.shape, dtype=self.dtype)
        matrix[self.pattern.rows, self.pattern.columns] = self.data
        return matrix

    def check(self, name: str) -> None:
        """Checks that there is one entry for each place, and that the places are in the matrix."""
        if self.data.shape != self.pattern.rows.shape:
            raise ModelError(
                f"weights: {name}: {len(self.pattern.rows)} places and entries of shape "
                f"{tuple(self.data.shape)}"
            )
        self.pattern.check(name)


Matrix = Array | SparseMatrix
"""A matrix of weights, dense or sparse."""


def as_dense(matrix: Matrix) -> Array:
    """Returns a matrix as an array."""
    return matrix.dense() if isinstance(matrix, SparseMatrix) else matrix


def as_sparse(matrix: Matrix) -> SparseMatrix:
    """Returns a matrix without its zeros."""
    if isinstance(matrix, SparseMatrix):
        return matrix
    # A negative zero is kept: it may decide the sign of a zero.
    rows, columns = np.nonzero((matrix != 0) | np.signbit(matrix))
    pattern = Pattern(rows.astype(np.int32), columns.astype(np.int32), matrix.shape)
    return SparseMatrix(matrix[rows, columns], pattern)


def stacked(matrices: Sequence[Matrix], axis: int) -> Matrix:
    """Puts matrices below one another (axis 0) or side by side (1); sparse where one of them is."""
    if not any(isinstance(matrix, SparseMatrix) for matrix in matrices):
        return np.concatenate([as_dense(matrix) for matrix in matrices], axis=axis)
    sizes = [matrix.shape[axis] for matrix in matrices]
    starts = np.cumsum(sizes) - sizes
    # Entries move by the sizes of the matrices before theirs.
    return _moved(matrices, axis, sum(sizes), lambda index, places: places + starts[index])


def interleaved(matrices: Sequence[Matrix], size: int, axis: int) -> Matrix:
    """Puts the first rows (axis 0) or columns (1) of all matrices first, then all second ones, etc.

    Those that are shorter than a size are filled up with zeros.
    """
    count = len(matrices)
    if any(isinstance(matrix, SparseMatrix) for matrix in matrices):
        # Row or column r of matrix i of k goes to r k + i.
        return _moved(matrices, axis, size * count, lambda index, places: places * count + index)
    shape = list(matrices[0].shape)
    shape[axis] = size * count
    result = np.zeros(shape, dtype=matrices[0].dtype)
    along = np.moveaxis(result, axis, 0)
    for index, matrix in enumerate(matrices):
        along[index::count][: matrix.shape[axis]] = np.moveaxis(as_dense(matrix), axis, 0)
    return result


def _moved(
    matrices: Sequence[Matrix], axis: int, size: int, places_of: Callable[[int, Array], Array]
) -> SparseMatrix:
    """Returns the entries of all matrices as one, each at another place along an axis."""
    parts = [as_sparse(matrix) for matrix in matrices]
    places = [[part.pattern.rows, part.pattern.columns] for part in parts]
    for index, place in enumerate(places):
        place[axis] = places_of(index, place[axis])
    rows, columns = (np.concatenate(side) for side in zip(*places, strict=True))
    n_rows, n_columns = (size if side == axis else parts[0].shape[side] for side in (0, 1))
    data = np.concatenate([part.data for part in parts])
    return SparseMatrix.of(rows, columns, data, (n_rows, n_columns))
