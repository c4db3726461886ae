"""Units of the first layer, by what each name adds to them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from alta.nn.layout import Layout
from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.arithmetic.interval import ONE, ZERO, Interval, point
from alta_verify.arithmetic.scaled import GRID, UNIT, NotScalableError, ScaledLayer
from alta_verify.encode.first_layer import Boxes, FirstLayer

LAYOUT = Layout(3, {"v": (0, 1), "x": (2,)})

CODES = {
    "v": {0: (ONE, ZERO), 4: (ZERO, ONE)},
    "x": {0: (point(Fraction(1, 2)),), 1: (Interval(Fraction(-1), Fraction(1, 4)),)},
}

SETS = {"v": [frozenset({4, 9}), frozenset({0, 4})], "x": [frozenset({1})]}


def layer(
    *units: tuple[list[float], float], dtype: str = "float32", codes: dict = CODES
) -> FirstLayer:
    weights = np.array([weights for weights, _ in units], np.float32).T
    biases = np.array([bias for _, bias in units], np.float32)
    boxes = {name: Boxes.of(each) for name, each in codes.items()}
    scaled = ScaledLayer.of(weights, biases)
    return FirstLayer(scaled, LAYOUT, boxes, SETS, FORMATS[dtype])


def entry(first: FirstLayer, v: int, x: int, unit: int = 0) -> tuple[float, float]:
    """The interval of a unit, in units of 1, for rows of the tables of v and x."""
    rows = {"v": np.array([v]), "x": np.array([x])}
    low, high = first.entries(rows, np.array([0]), np.array([unit]))
    return low[0] / UNIT, high[0] / UNIT


SUM = ([0.5, 0.25, 1.0], 0)


def test_a_unit_is_the_clipped_sum_of_what_names_add():
    assert entry(layer(SUM), 0, 0) == (1, 1)
    assert entry(layer(SUM), 1, 0) == (0.75, 0.75)
    assert entry(layer(SUM), 1, 1) == (0, 0.5)


def test_a_row_for_a_set_holds_its_values_and_the_last_row_holds_all():
    first = layer(([0.0, 0.0, 0.0], 0.25), SUM)
    assert entry(first, 2, 0, unit=1) == (0.75, 0.75)
    assert entry(first, 3, 0, unit=1) == (0.75, 1)
    assert entry(first, 4, 0, unit=1) == (0.75, 1)
    assert entry(first, 1, 2, unit=1) == (0, 0.5)
    assert entry(first, 4, 3, unit=1) == (0, 1)


def test_negative_weights_take_the_other_end():
    assert entry(layer(([0, 0, -0.5], 0.5)), 0, 1) == (0.375, 1)


def test_units_are_told_apart_by_their_number():
    first = layer(SUM, ([0.0, 0.0, 0.0], 0.25))
    assert entry(first, 0, 0, unit=1) == (0.25, 0.25)


def test_values_at_which_a_unit_may_not_be_0_are_live():
    first = layer(([1, 0.5, 1], -1.25))
    # With x at its most, 1/2, the second value of v leaves -1/4.
    assert first.live("v").tolist() == [[True], [False]]
    assert first.live("x").tolist() == [[True], [False]]


def test_rounding_widens_what_is_on_no_grid():
    third = layer(([1 / 3, 0, 2.0**-20], 0))
    low, high = entry(third, 0, 0)
    exact = Fraction(float(np.float32(1 / 3))) + Fraction(1, 2**21)
    assert Fraction(low) < exact < Fraction(high)
    assert high - low < 2.0**-18


def test_what_the_format_stores_is_rounded_after_the_clip():
    fine = {**CODES, "x": {0: (point(Fraction(257, 512)),), 1: (ZERO,)}}
    assert entry(layer(([0, 0, 1], 0), codes=fine), 0, 0) == (257 / 512, 257 / 512)
    low, high = entry(layer(([0, 0, 1], 0), codes=fine, dtype="bfloat16"), 0, 0)
    assert low <= 256 / 512
    assert high >= 130 / 256


def test_sums_too_large_are_refused():
    with pytest.raises(NotScalableError):
        layer(([2.0**40, 0, 0], 0))
    layer(([20000.0, 0, 0], 0))
    with pytest.raises(FormatOverflowError):
        layer(([20000.0, 0, 20000.0], 0), dtype="float16", codes={**CODES, "x": {0: (ONE,)}})


def test_boxes_are_rounded_outward_or_inward():
    third = Interval(Fraction(1, 3), Fraction(2, 3))
    outer, inner = Boxes.of({0: (third,)}), Boxes.of({0: (third,)}, inward=True)
    ends = [int(boxes[0, 0]) for boxes in (outer.low, inner.low, inner.high, outer.high)]
    assert ends == [UNIT // 3, UNIT // 3 + 1, 2 * UNIT // 3, 2 * UNIT // 3 + 1]
    assert outer.exponents[0] >= -GRID


def test_rows_are_those_of_values_that_there_are():
    assert Boxes.of(CODES["v"]).rows({9, 4}) == [1]
    assert Boxes.of(CODES["v"]).rows({9}) == []
