"""Weights are read as the rationals that they are, dense or sparse, in every format."""

from __future__ import annotations

from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

from alta.nn.sparse import SparseMatrix, as_sparse
from alta_verify.arithmetic.matrices import RationalMatrix, RationalUnits

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
def test_units_are_read_with_their_biases_from_dense_and_sparse_matrices(dtype):
    array, bias = NUMBERS.astype(jnp.dtype(dtype)), NUMBERS[0].astype(jnp.dtype(dtype))
    columns = RationalMatrix.of(array).columns
    for matrix in (array, as_sparse(array)):
        units = RationalUnits(matrix, bias)
        assert [units[unit][0] for unit in range(3)] == list(columns)
        assert [units[unit][1] for unit in range(3)] == [Fraction(float(b)) for b in bias]


def test_entries_that_are_0_are_no_weights_of_a_unit():
    matrix = SparseMatrix.of([0, 1], [0, 0], np.array([0.0, 2.0]), (2, 1))
    assert RationalUnits(matrix, np.zeros(1))[0] == ({1: Fraction(2)}, Fraction(0))
