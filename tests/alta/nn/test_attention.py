"""Attention: looking at a few offsets is looking at all pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alta.nn import attention as module
from alta.nn.attention import attention


@st.composite
def heads(draw):
    """Queries, keys and values that are codes, a mask, and what is padding."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    k, v, b, n = (draw(st.integers(0 if i == 0 else 1, 4)) for i in range(4))
    n *= 2
    query, key, value = (rng.integers(0, 2, (size, b, n)).astype(np.float32) for size in (k, k, v))
    offsets = st.lists(st.integers(-n - 1, n + 1), min_size=1, max_size=8, unique=True)
    mask = tuple(sorted(draw(offsets)))
    return 16 * query, 16 * key, value, mask, rng.random((b, n)) < 0.8


@settings(max_examples=4)
@given(heads())
def test_both_ways_read_the_same(drawn):
    query, key, value, mask, valid = drawn
    few = np.asarray(attention(query, key, value, mask, valid, "float32"))
    pairs = np.asarray(
        module._by_pair(query, key, np.where(valid, value, 0), mask, valid, "float32")
    )
    # Means are rounded, each way in its own order; where one position is selected, nothing is.
    assert np.allclose(few, pairs, atol=1e-6)
    whole = (pairs == 0) | (pairs == 1)
    assert (few[whole] == pairs[whole]).mean() > 0.9 if whole.any() else True


@pytest.mark.parametrize("offsets", [8, 9], ids=["few offsets", "many offsets"])
def test_what_no_offset_allows_is_exactly_0(offsets):
    value = np.ones((2, 1, 6), dtype=np.float32)
    mask = tuple(range(-20, -20 + offsets))
    nothing = np.zeros((0, 1, 6), dtype=np.float32)
    valid = np.ones((1, 6), dtype=bool)
    assert (np.asarray(attention(nothing, nothing, value, mask, valid, "float32")) == 0).all()


@pytest.mark.parametrize("offset", [-3, -1, 0, 2, 5, 6, -9])
def test_a_single_offset_copies_what_is_there_bit_for_bit(offset):
    value = np.random.default_rng(0).normal(size=(3, 2, 6)).astype(np.float32)
    nothing = np.zeros((0, 2, 6), dtype=np.float32)
    valid = np.ones((2, 6), dtype=bool)
    read = np.asarray(attention(nothing, nothing, value, (offset,), valid, "float32"))
    for i in range(6):
        inside = 0 <= i + offset < 6
        wanted = value[:, :, i + offset] if inside else np.zeros((3, 2), np.float32)
        assert read[:, :, i].tobytes() == np.ascontiguousarray(wanted).tobytes()
