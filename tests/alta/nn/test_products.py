"""Products are the same however the matrix is stored, and rounded once where they are stored."""

import jax
import numpy as np
import pytest

from alta.nn.products import clip, product, sliced, stored
from alta.nn.sparse import as_sparse


@pytest.mark.parametrize("shape", [(40, 12), (7, 1), (0, 3), (5, 0)], ids=str)
def test_a_sparse_product_is_the_dense_one(shape):
    rng = np.random.default_rng(0)
    # Some columns are empty and some are full.
    kept = rng.random(shape) < rng.choice([0, 0.1, 0.5, 1], size=shape[1])
    matrix = (rng.integers(-4, 5, shape) * kept).astype(np.float32)
    x = rng.integers(0, 3, (shape[0], 2, 3)).astype(np.float32)
    wanted = np.einsum("de,dbn->ebn", matrix, x)
    arranged = jax.tree.map(np.asarray, sliced(as_sparse(matrix)))
    for have in (product(matrix, x, "float32"), product(arranged, x, "float32")):
        assert have.shape == wanted.shape
        assert (np.asarray(have) == wanted).all()


@pytest.mark.parametrize("terms", [4, 5, 65])
def test_a_long_sum_is_taken_in_steps(terms):
    matrix = np.zeros((1000, 3), dtype=np.float32)
    matrix[np.random.default_rng(0).permutation(1000)[:terms], 1] = 1
    arranged = sliced(as_sparse(matrix))
    assert all(indices.shape[0] <= 4 for level in arranged.levels for indices, _ in level)
    assert (len(arranged.levels) > 1) == (terms > 4)
    units = np.ones((1000, 5), dtype=np.float32)
    assert np.asarray(product(arranged, units, "float32"))[:, 0].tolist() == [0, terms, 0]


def test_a_product_is_summed_in_the_format_that_accumulates():
    # In bfloat16, 256 + 1 is 256; in float32 it is 257.
    halves = np.array([[256.0], [1.0]], dtype=jax.numpy.bfloat16)
    units = np.ones((2, 1), dtype=jax.numpy.bfloat16)
    assert float(product(halves, units, "float32")[0, 0]) == 257
    arranged = jax.tree.map(np.asarray, sliced(as_sparse(halves)))
    assert float(product(arranged, units, "float32")[0, 0]) == 257


def test_what_is_stored_is_rounded_even_where_it_is_widened_again():
    third = jax.jit(lambda x: stored(x, "bfloat16").astype("float32"))(np.float32(1 / 3))
    assert float(third) == 0.333984375


def test_the_clipped_unit_is_between_0_and_1():
    assert clip(np.array([-2.0, 0, 0.25, 1, 3])).tolist() == [0, 0, 0.25, 1, 1]
