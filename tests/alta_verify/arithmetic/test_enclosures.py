"""Boxes hold what a layer of weights makes of vectors, in the reals and in every format."""

from __future__ import annotations

from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.arithmetic.interval import Interval, point

FLOAT32 = FORMATS["float32"]

seeds = st.integers(0, 2**32 - 1)


def boxes_of(rng: np.random.Generator, width: int) -> Boxes:
    centre = rng.normal(size=(2, width)).astype(np.float32)
    radius = rng.choice([0, 2.0**-20, 0.25], size=(2, width)).astype(np.float32)
    low, high = centre - radius, centre + radius
    return Boxes(low.astype(np.float64), high.astype(np.float64))


def exactly(vector, matrix, bias) -> list[Fraction]:
    return [
        sum((Fraction(a) * Fraction(b) for a, b in zip(vector, column, strict=True)), Fraction(c))
        for column, c in zip(matrix.T.tolist(), bias.tolist(), strict=True)
    ]


def held(box: Boxes, row: int, numbers) -> bool:
    ends = zip(box.low[row].tolist(), box.high[row].tolist(), numbers, strict=True)
    return all(Fraction(low) <= number <= Fraction(high) for low, high, number in ends)


@given(seeds)
def test_sums_hold_the_real_ones_and_the_computed_ones_at_every_corner(seed):
    rng = np.random.default_rng(seed)
    boxes = boxes_of(rng, 5)
    matrix = rng.normal(size=(5, 3)).astype(np.float32).astype(np.float64)
    bias = rng.normal(size=3).astype(np.float32).astype(np.float64)
    sums = boxes.sums(matrix, bias, FLOAT32)
    for _ in range(8):
        corner = np.where(rng.random(5) < 0.5, boxes.low, boxes.high)
        for row, vector in enumerate(corner):
            assert held(sums, row, exactly(vector.tolist(), matrix, bias))
            computed = np.float32(0)
            for a, b in zip(vector, matrix[:, 0], strict=True):
                computed = np.float32(computed + np.float32(np.float32(a) * np.float32(b)))
            computed = np.float32(computed + np.float32(bias[0]))
            assert sums.low[row, 0] <= computed <= sums.high[row, 0]


def test_sums_are_no_wider_than_their_ends_and_rounding():
    boxes = Boxes(np.array([[0.25, -1.0]]), np.array([[0.5, 1.0]]))
    sums = boxes.sums(np.array([[2.0], [-3.0]]), np.array([0.5]), FLOAT32)
    assert (sums.low[0, 0], sums.high[0, 0]) == pytest.approx((-2, 4.5), abs=1e-5)
    beside = Boxes(np.array([[1.0]]), np.array([[2.0]]))
    sums = boxes.sums(np.array([[2.0], [-3.0]]), np.array([0.5]), FLOAT32, beside=beside)
    assert (sums.low[0, 0], sums.high[0, 0]) == pytest.approx((-1, 6.5), abs=1e-5)


def test_sums_that_may_be_too_large_are_refused():
    boxes = Boxes(np.zeros((1, 1)), np.full((1, 1), 2.0**100))
    with pytest.raises(FormatOverflowError, match="too large for float32"):
        boxes.sums(np.full((1, 1), 2.0**30), np.zeros(1), FLOAT32)


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
@given(seed=seeds)
def test_what_is_stored_lies_between_what_the_ends_are_stored_as(name, seed):
    rng = np.random.default_rng(seed)
    numbers = (rng.normal(size=(1, 40)) * 2.0 ** rng.integers(-12, 8, size=(1, 40))).astype(
        np.float32
    )
    rounded = np.asarray(jnp.asarray(numbers).astype(name)).astype(np.float64)
    stored = Boxes(numbers.astype(np.float64), numbers.astype(np.float64)).stored(FORMATS[name])
    assert (stored.low <= np.minimum(numbers, rounded)).all()
    assert (stored.high >= np.maximum(numbers, rounded)).all()
    # A number that the format has is stored as it is.
    normal = rounded[np.abs(rounded) >= float(FORMATS[name].tiny)][None]
    again = Boxes(normal, normal).stored(FORMATS[name])
    assert (again.low == normal).all()
    assert (again.high == normal).all()


def test_a_tie_is_stored_either_way_and_what_is_subnormal_may_become_0():
    tie, format_ = 1 + 2.0**-8, FORMATS["bfloat16"]
    stored = Boxes(np.array([[tie, -tie, 2.0**-130]]), np.array([[tie, -tie, 2.0**-130]]))
    stored = stored.stored(format_)
    assert stored.low.tolist() == [[1.0, -1 - 2.0**-7, 0.0]]
    assert stored.high.tolist() == [[1 + 2.0**-7, -1.0, 2.0**-126]]


def test_ends_are_rounded_outward_or_inward():
    third = Interval(Fraction(1, 3), Fraction(2, 3))
    outer, inner = Boxes.of([[third, point(1)]]), Boxes.of([[third, point(1)]], inward=True)
    assert Fraction(outer.low[0, 0]) < third.lo < Fraction(inner.low[0, 0])
    assert Fraction(inner.high[0, 0]) < third.hi < Fraction(outer.high[0, 0])
    assert inner.within(outer).all()
    assert outer.within(inner).tolist() == [[False, True]]


def test_the_box_around_all_and_the_clipped_ones():
    boxes = Boxes(np.array([[-1.0, 0.5], [0.25, 2.0]]), np.array([[0.0, 0.75], [0.5, 3.0]]))
    assert (boxes.joined.low.tolist(), boxes.joined.high.tolist()) == ([[-1, 0.5]], [[0.5, 3]])
    clipped = boxes.clipped
    assert (clipped.low.tolist(), clipped.high.tolist()) == (
        [[0, 0.5], [0.25, 1]],
        [[0, 0.75], [0.5, 1]],
    )
    assert boxes.magnitudes.tolist() == [[1, 0.75], [0.5, 3]]
