"""Numbers are rounded as formats round them, and orders of summation differ."""

from __future__ import annotations

from random import Random

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.judge.formats import FORMATS, AnyOrder, Float64, rounded


@given(st.floats(width=32, allow_nan=False), st.sampled_from(FORMATS))
def test_a_number_is_rounded_to_the_nearest_of_the_format(number, dtype):
    with np.errstate(over="ignore"):
        expected = np.asarray(np.float32(number)).astype(jnp.dtype(dtype)).astype(np.float64)
    assert rounded(number, dtype) == expected


@pytest.mark.parametrize("dtype", FORMATS)
def test_numbers_of_a_format_are_kept(dtype):
    for number in (0.0, 1.0, -0.5, 2.0**-14, 255.0, 1024.0):
        assert rounded(number, dtype) == number


def test_sums_in_any_order_differ_and_are_near():
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(1, 3, 40)), rng.normal(size=(40, 2))
    exact = Float64().product(left, right)
    found = [AnyOrder("float32", Random(seed)).product(left, right) for seed in range(20)]
    assert len({one.tobytes() for one in found}) > 5
    assert all(np.allclose(one, exact, atol=1e-5) for one in found)


def test_every_term_of_a_sum_counts_once():
    terms = [np.array([2.0**place]) for place in range(12)]
    for seed in range(10):
        assert AnyOrder("float32", Random(seed)).sum(terms) == 2.0**12 - 1
