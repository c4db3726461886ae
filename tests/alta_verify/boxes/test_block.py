"""Boxes after a block hold every residual stream after it, however they are split."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.nn.block import DenseBlock
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.boxes.block import BoundedBlock
from alta_verify.obligation import NotShown
from tests.alta_verify.boxes.test_affine import block_of, box_of, exactly, points_of

FLOAT32 = FORMATS["float32"]

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(0, 4))
def test_boxes_after_a_block_hold_all_residual_streams_after_it(seed, splits):
    rng = np.random.default_rng(seed)
    block = block_of([3, 5, 4, 3], rng)
    parts = [box_of(rng, 3) for _ in range(4)]
    boxes = Boxes(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    after = BoundedBlock(block, FLOAT32).after(boxes, splits)
    for row, (low, high) in enumerate(parts):
        for vector in points_of(rng, low, high):
            for column, added in enumerate(exactly(block, vector)):
                number = Fraction(float(vector[column])) + added
                assert after.low[row, column] <= number <= after.high[row, column]


@given(seeds)
def test_halving_never_widens(seed):
    rng = np.random.default_rng(seed)
    block = BoundedBlock(block_of([3, 5, 3], rng), FLOAT32)
    boxes = Boxes(*box_of(rng, 3))
    whole, halved = block.after(boxes), block.after(boxes, 2)
    assert halved.within(whole).all()


def test_halving_tells_apart_what_units_do_on_either_side_of_their_bend():
    # x + |x| is from 0 to 2; one form for all x does not see that it is not negative.
    size = DenseBlock(
        (np.array([[1.0, -1.0]]), np.array([[1.0], [1.0]])), (np.zeros(2), np.zeros(1))
    )
    boxes = Boxes(np.array([[-1.0]]), np.array([[1.0]]))
    whole, halved = (BoundedBlock(size, FLOAT32).after(boxes, splits) for splits in (0, 1))
    assert (whole.low[0, 0], whole.high[0, 0]) == pytest.approx((-1, 2), abs=1e-5)
    assert (halved.low[0, 0], halved.high[0, 0]) == pytest.approx((0, 2), abs=1e-5)


def test_numbers_that_are_too_large_are_noticed():
    block = DenseBlock((np.full((1, 1), 1e300), np.full((1, 1), 1e300)), (np.zeros(1), np.zeros(1)))
    boxes = Boxes(np.array([[-1.0]]), np.array([[1.0]]))
    with pytest.raises(FormatOverflowError):
        BoundedBlock(block, FORMATS["float64"]).after(boxes)


def test_many_boxes_are_done_in_parts():
    rng = np.random.default_rng(0)
    block = BoundedBlock(block_of([3, 5, 3], rng), FLOAT32)
    parts = [box_of(rng, 3) for _ in range(5)]
    boxes = Boxes(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    whole = block.after(boxes, 2)
    block._batch = 2
    apart = block.after(boxes, 2)
    assert np.allclose(whole.low, apart.low)
    assert np.allclose(whole.high, apart.high)


def test_of_other_activations_nothing_is_known():
    block = DenseBlock((np.eye(2), np.eye(2)), (np.zeros(2), np.zeros(2)), "gelu")
    with pytest.raises(NotShown, match="activation='gelu', expected 'relu'"):
        BoundedBlock(block, FLOAT32)


def test_blocks_have_a_limited_number_of_units():
    block = DenseBlock((np.zeros((2, 9000)), np.zeros((9000, 2))), (np.zeros(9000), np.zeros(2)))
    with pytest.raises(NotShown, match="has 9000 hidden units, expected at most"):
        BoundedBlock(block, FLOAT32)
