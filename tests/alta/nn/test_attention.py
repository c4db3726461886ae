"""Attention: looking at a few offsets is looking at all pairs."""

import numpy as np
import pytest

from alta.lang.masks import Mask
from alta.nn import attention as module
from alta.nn.attention import attention


@pytest.mark.parametrize(("offsets", "keys"), [((-1,), 0), ((-9, 0, 2, 8), 2)], ids=str)
def test_both_ways_read_the_same(offsets, keys):
    mask = Mask(offsets)
    rng = np.random.default_rng(keys)
    query, key, value = (
        rng.integers(0, 2, (size, 3, 8)).astype(np.float32) for size in (keys, keys, 2)
    )
    query, key, valid = 16 * query, 16 * key, rng.random((3, 8)) < 0.8
    by_offset = np.asarray(attention(query, key, value, mask, valid, "float32").value)
    pairs = np.asarray(
        module._by_pair(query, key, np.where(valid, value, 0), mask, valid, "float32").value
    )
    # Means are rounded, each way in its own order; where one position is selected, nothing is.
    assert np.allclose(by_offset, pairs, atol=1e-6)
    whole = (pairs == 0) | (pairs == 1)
    assert whole.any()
    assert (by_offset[whole] == pairs[whole]).mean() > 0.9


@pytest.mark.parametrize("offsets", [8, 9], ids=["few offsets", "many offsets"])
def test_what_no_offset_allows_is_exactly_0(offsets):
    value = np.ones((2, 1, 6), dtype=np.float32)
    mask = Mask(tuple(range(-20, -20 + offsets)))
    no_keys = np.zeros((0, 1, 6), dtype=np.float32)
    valid = np.ones((1, 6), dtype=bool)
    assert (np.asarray(attention(no_keys, no_keys, value, mask, valid, "float32").value) == 0).all()


@pytest.mark.parametrize("offset", [-3, 0, 5, 6])
def test_a_single_offset_copies_what_is_there_bit_for_bit(offset):
    value = np.random.default_rng(0).normal(size=(3, 2, 6)).astype(np.float32)
    no_keys = np.zeros((0, 2, 6), dtype=np.float32)
    valid = np.ones((2, 6), dtype=bool)
    read = np.asarray(attention(no_keys, no_keys, value, Mask((offset,)), valid, "float32").value)
    for i in range(6):
        inside = 0 <= i + offset < 6
        wanted = value[:, :, i + offset] if inside else np.zeros((3, 2), np.float32)
        assert read[:, :, i].tobytes() == np.ascontiguousarray(wanted).tobytes()


@pytest.mark.parametrize("last", [0, -1], ids=["causal", "before"])
def test_a_mask_of_every_length_reads_what_its_offsets_read_bit_for_bit(last):
    rng = np.random.default_rng(last + 1)
    query, key = (16 * rng.integers(0, 2, (2, 3, 12)).astype(np.float32) for _ in range(2))
    value, valid = rng.normal(size=(2, 3, 12)).astype(np.float32), rng.random((3, 12)) < 0.8
    listed = Mask(tuple(range(-20, last + 1)))
    every, some = (
        np.asarray(attention(query, key, value, mask, valid, "float32").value)
        for mask in (Mask(last=last), listed)
    )
    assert every.tobytes() == some.tobytes()
    # The first position has nothing before it.
    assert (every[..., 0] == 0).all() == (last == -1)
