"""Weights are read as the rationals that they are, dense or sparse, in every format."""

from __future__ import annotations

from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

from alta.nn.sparse import SparseMatrix
from alta_verify.arithmetic.matrices import RationalMatrix, vector

NUMBERS = np.array([[0, 0.1, -3], [2.0**-20, 0, 0.1]])

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])


@dtypes
def test_a_matrix_has_the_numbers_of_its_format_and_no_zeros(dtype):
    array = NUMBERS.astype(jnp.dtype(dtype))
    matrix = RationalMatrix.of(array)
    exact = {
        (i, j): Fraction(float(array[i, j])) for i in range(2) for j in range(3) if array[i, j]
    }
    assert {(i, j): w for i, row in enumerate(matrix.rows) for j, w in row.items()} == exact
    assert {
        (i, j): w for j, column in enumerate(matrix.columns) for i, w in column.items()
    } == exact


@dtypes
def test_a_sparse_matrix_is_read_as_the_dense_one_and_its_entries_may_be_0(dtype):
    array = NUMBERS.astype(jnp.dtype(dtype))
    rows, columns = (index.ravel() for index in np.indices(array.shape))
    sparse = SparseMatrix.of(rows, columns, array.ravel(), (2, 3))
    assert RationalMatrix.of(sparse) == RationalMatrix.of(array)


@dtypes
def test_a_vector_keeps_its_zeros(dtype):
    array = NUMBERS[0].astype(jnp.dtype(dtype))
    assert vector(array) == tuple(Fraction(float(number)) for number in array)
    assert vector(array)[1] != Fraction(1, 10)
