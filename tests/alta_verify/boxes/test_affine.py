"""Affine forms hold every real vector and every computed one, whatever the weights."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.nn.block import DenseBlock
from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.boxes.affine import Affine

FLOAT32 = FORMATS["float32"]

sizes = st.sampled_from([[1, 1], [2, 3], [3, 4, 2], [4, 3, 4, 1]])
seeds = st.integers(0, 2**32 - 1)


def block_of(sizes: list[int], rng: np.random.Generator, dtype=np.float32) -> DenseBlock:
    """A block with weights of very different sizes."""
    matrices, biases = [], []
    for n, m in pairwise(sizes):
        scale = 2.0 ** rng.integers(-12, 8, size=(n, m))
        matrices.append((rng.normal(size=(n, m)) * scale).astype(dtype))
        biases.append(rng.normal(size=m).astype(dtype))
    return DenseBlock(tuple(matrices), tuple(biases))


def exactly(block: DenseBlock, vector) -> list[Fraction]:
    """What a block adds, without rounding."""
    current = [Fraction(float(number)) for number in vector]
    for index, (matrix, bias) in enumerate(zip(block.matrices, block.biases, strict=True)):
        current = [max(Fraction(0), number) for number in current] if index else current
        columns = zip(*matrix.tolist(), bias.tolist(), strict=True)
        current = [
            sum(
                (a * Fraction(b) for a, b in zip(current, column, strict=False)),
                Fraction(column[-1]),
            )
            for column in columns
        ]
    return current


def forms_of(block: DenseBlock, low, high, format_=FLOAT32) -> Affine:
    """The forms of what a block adds to boxes."""
    current = Affine.box(low, high)
    for index, (matrix, bias) in enumerate(zip(block.matrices, block.biases, strict=True)):
        current = current.rectified() if index else current
        current = current.through(matrix.astype(np.float64), bias.astype(np.float64), format_)
    return current


def within(form: Affine, numbers) -> bool:
    """Says whether numbers are within the ends of the only form, compared exactly."""
    ends = zip(form.low[0].tolist(), form.high[0].tolist(), numbers, strict=True)
    return all(Fraction(low) <= number <= Fraction(high) for low, high, number in ends)


def box_of(rng: np.random.Generator, width: int):
    """A box, some of whose sides are points."""
    centre = rng.normal(size=(1, width)).astype(np.float32)
    radius = rng.choice([0, 2.0**-10, 0.25, 1], size=(1, width)).astype(np.float32)
    return (centre - radius).astype(np.float64), (centre + radius).astype(np.float64)


def points_of(rng: np.random.Generator, low, high) -> np.ndarray:
    """Corners and further points of a box that float32 holds."""
    width = low.shape[1]
    corners = np.where(rng.random((4, width)) < 1 / 2, low, high)
    inside = (low + rng.random((4, width)) * (high - low)).astype(np.float32)
    return np.concatenate([corners, np.clip(inside, low, high)]).astype(np.float32)


@given(sizes, seeds)
def test_forms_hold_what_a_block_makes_of_every_vector(sizes, seed):
    rng = np.random.default_rng(seed)
    block, (low, high) = block_of(sizes, rng), box_of(rng, sizes[0])
    form = forms_of(block, low, high)
    points = points_of(rng, low, high)
    computed = np.asarray(block.added(jnp.asarray(points.T), "float32")).T
    for vector, numbers in zip(points, computed.tolist(), strict=True):
        assert within(form, exactly(block, vector))
        assert within(form, list(map(Fraction, numbers)))


@given(sizes, seeds)
def test_forms_of_points_are_as_wide_as_rounding(sizes, seed):
    rng = np.random.default_rng(seed)
    block = block_of(sizes, rng)
    point = rng.normal(size=(1, sizes[0])).astype(np.float32).astype(np.float64)
    form = forms_of(block, point, point)
    size = np.abs(point)
    for matrix, bias in zip(block.matrices, block.biases, strict=True):
        size = size @ np.abs(matrix.astype(np.float64)) + np.abs(bias)
    # Each layer rounds 2 n + 1 times, and what was off before is in proportion to the sizes.
    assert (form.high - form.low <= 2.0**-17 * size).all()


@given(seeds)
def test_what_is_added_to_a_box_cancels_with_it(seed):
    rng = np.random.default_rng(seed)
    low, high = box_of(rng, 3)
    box = Affine.box(low, high)
    after = box.through(-np.eye(3), np.zeros(3), FLOAT32, residual=box)
    assert (np.abs(after.low) < 1e-5).all()
    assert (np.abs(after.high) < 1e-5).all()


@given(st.floats(-4, 4, width=32), st.floats(0, 4, width=32), st.floats(0, 1))
def test_a_rectified_form_holds_the_larger_of_a_number_and_zero(low, size, share):
    ends = np.array([[low]], dtype=np.float64), np.array([[low + size]], dtype=np.float64)
    form = Affine.box(*ends).rectified()
    number = min(Fraction(low) + Fraction(size) * Fraction(share), Fraction(float(ends[1][0, 0])))
    assert within(form, [max(Fraction(0), number)])
    # The triangle over a bent unit: no narrower line has its slope, none is wider than needed.
    if form.centre.size and low < 0 < low + size:
        assert form.low[0, 0] >= low - 1e-6
        assert form.high[0, 0] <= low + size + 1e-6


def test_numbers_that_are_read_may_be_taken_for_zero_when_they_are_subnormal():
    tiny = float(FLOAT32.tiny)
    large = np.full((1, 1), 2.0**100)
    point = np.full((1, 1), tiny / 2)
    form = Affine.box(point, point).through(large, np.zeros(1), FLOAT32)
    assert within(form, [Fraction(0)])
    assert within(form, [Fraction(tiny) / 2 * Fraction(2) ** 100])


def test_nothing_is_said_of_boxes_that_are_not_finite():
    with pytest.raises(FormatOverflowError, match="not finite"):
        Affine.box(np.array([[-np.inf]]), np.array([[1.0]]))


@given(seeds)
def test_clipped_forms_hold_every_clipped_vector(seed):
    rng = np.random.default_rng(seed)
    block = block_of([3, 4], rng)
    low, high = box_of(rng, 3)
    clipped = forms_of(block, low, high).clipped()
    for vector in points_of(rng, low, high):
        numbers = exactly(block, vector)
        assert within(clipped, [min(Fraction(1), max(Fraction(0), n)) for n in numbers])


def test_a_clip_that_hardly_acts_is_remembered_and_one_that_does_is_not():
    little, box = 2.0**-10, (np.array([[-(2.0**-10), 0.5, -2]]), np.array([[0.5, 1 + 2.0**-10, 2]]))
    form = Affine.box(*box).clipped()
    # What the first two are taken from cancels but for what the clip did, at one end.
    assert (np.diag(form.generators[0])[:2] > 0.2).all()
    assert form.error_radius[0, :2] == pytest.approx(little / 2)
    least = form.centre - np.diag(form.generators[0])
    assert least[0, 0] + form.error_radius[0, 0] >= 0
    most = form.centre + np.diag(form.generators[0])
    assert most[0, 1] - form.error_radius[0, 1] <= 1
    assert (form.generators[0, :, 2] == 0).all()
    assert (form.low[0, 2], form.high[0, 2]) == pytest.approx((0, 1), abs=1e-9)


@given(seeds)
def test_stored_forms_hold_what_vectors_are_stored_as(seed):
    rng = np.random.default_rng(seed)
    low, high = box_of(rng, 4)
    form = Affine.box(low, high).stored(FORMATS["bfloat16"])
    for vector in points_of(rng, low, high):
        rounded = np.asarray(jnp.asarray(np.float32(vector)).astype("bfloat16"), np.float64)
        assert within(form, [Fraction(number) for number in rounded.tolist()])


def test_no_number_is_stored_further_away_than_one_of_the_format_is():
    low, high = np.full((1, 1), 0.5), np.full((1, 1), 1.0)
    near = Affine.box(low, high).stored(FORMATS["bfloat16"], np.full((1, 1), 2.0**-20))
    far = Affine.box(low, high).stored(FORMATS["bfloat16"])
    assert near.error_radius[0, 0] == pytest.approx(2.0**-20)
    assert far.error_radius[0, 0] == pytest.approx(2.0**-8)
