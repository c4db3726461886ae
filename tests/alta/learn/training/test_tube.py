"""Bounds on boxes, as a loss: 0 where every corner comes out near, above where one does not."""

from __future__ import annotations

from itertools import pairwise, product

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alta.learn.training.tube import leaving
from alta.nn.block import DenseBlock

WIDTH = 3


def block_of(seed: int) -> DenseBlock:
    rng = np.random.default_rng(seed)
    sizes = (WIDTH, 4, 4, WIDTH)
    matrices = [rng.normal(size=pair).astype("f") for pair in pairwise(sizes)]
    return DenseBlock(tuple(matrices), tuple(rng.normal(size=n).astype("f") for n in sizes[1:]))


def corners(inputs: np.ndarray, radius: np.ndarray) -> jax.Array:
    signs = jnp.array(list(product((-1, 1), repeat=WIDTH)), dtype="f")
    return inputs[:, None] + signs * radius[:, None]


@given(st.integers(0, 2**32 - 1))
def test_where_nothing_leaves_no_corner_comes_out_far(seed):
    rng = np.random.default_rng(seed)
    block = block_of(seed)
    inputs = rng.normal(size=(2, WIDTH)).astype("f")
    radius = rng.choice([0, 0.01, 0.3], size=(2, WIDTH)).astype("f")
    right = inputs + np.asarray(block.added(inputs.T, "float32")).T
    ends = corners(inputs, radius)
    after = ends + jnp.moveaxis(block.added(jnp.moveaxis(ends, -1, 0), "float32"), 0, -1)
    far = jnp.abs(after - right[:, None]).max(axis=(0, 1))
    # As near as the furthest corner there is nothing to be asked of the bounds; below, there is.
    assert leaving(block, inputs, right, radius, 0.98 * far) > 0 or not far.any()
    assert leaving(block, inputs, right, radius, jnp.full(WIDTH, 1e6)) == 0


def test_what_is_added_to_the_input_cancels_with_it():
    block = DenseBlock((-np.eye(WIDTH, dtype="f"),), (np.zeros(WIDTH, "f"),))
    boxes = jnp.ones((1, WIDTH)), jnp.zeros((1, WIDTH)), jnp.ones((1, WIDTH)), 1e-6
    assert leaving(block, *boxes) == 0
    assert leaving(DenseBlock((np.zeros((WIDTH, WIDTH), "f"),), block.biases), *boxes) > 1
