"""Scaled integers hold what exact rationals say, and refuse what does not fit."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from alta.nn.sparse import as_sparse
from alta_verify.arithmetic.formats import (
    FORMATS,
    FormatOverflowError,
    Span,
    storing_slack,
    sum_slack,
    total,
)
from alta_verify.arithmetic.interval import Interval, point
from alta_verify.arithmetic.scaled import (
    ANY_GRID,
    GRID,
    UNIT,
    Bounds,
    NotScalableError,
    ScaledLayer,
    clip_slack,
    grid_exponents,
    scaled_down,
)

EXACT = (1.0, -1.0, 2.0, -2.5, 0.5, 0.0, 0.0)
ROUGH = (1 / 3, -0.7, 2.0**-20, 3.25, 0.0)


def layer_of(matrix, bias) -> ScaledLayer:
    return ScaledLayer.of(np.array(matrix, np.float32), np.array(bias, np.float32))


def bounds_of(boxes: list[list[Interval]]) -> Bounds:
    """The bounds of intervals with ends on the grid, a row a case."""
    low = np.array([scaled_down([interval.lo for interval in row]) for row in boxes])
    high = np.array([scaled_down([interval.hi for interval in row]) for row in boxes])
    return Bounds(low, high, grid_exponents(np.concatenate([low, high])))


def drawn(rng: random.Random, steps: int) -> Interval:
    low = Fraction(rng.randint(-2 * steps, 2 * steps), steps)
    return Interval(low, low + Fraction(rng.choice([0, 0, 1, steps]), steps))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("weights", [EXACT, ROUGH[1:4], ROUGH[2:]])
@pytest.mark.parametrize("storing", [False, True])
def test_sums_hold_what_exact_rationals_and_their_rounding_say(name, weights, storing):
    rng, format_ = random.Random(f"{name} {weights}"), FORMATS[name]
    for steps in (1, 2, 2**12, 2**GRID):
        matrix = np.array([[rng.choice(weights) for _ in range(4)] for _ in range(5)], np.float32)
        bias = np.array([rng.choice(weights) for _ in range(4)], np.float32)
        boxes = [[drawn(rng, steps) for _ in range(5)] for _ in range(3)]
        found = ScaledLayer.of(matrix, bias).sums(bounds_of(boxes), format_, storing=storing)
        for row, case in enumerate(boxes):
            for unit in range(4):
                # A span a term, with the grid that it has in all cases; 0 times a number is exact.
                weighted = [
                    (Fraction(float(weight)), place)
                    for place, weight in enumerate(matrix[:, unit])
                    if weight
                ]
                terms = [case[place].scaled(factor) for factor, place in weighted]
                terms.append(point(Fraction(float(bias[unit]))))
                exact = sum(terms[1:], terms[0])
                spans = [
                    Span(
                        Span.of([each[place] for each in boxes]).quantum, case[place].magnitude
                    ).scaled(factor)
                    for factor, place in weighted
                ]
                spans.append(Span.of(terms[-1:]))
                slack = sum_slack(spans, format_)
                slack += storing_slack(total(spans), format_) if storing else 0
                wide = exact.widened(slack)
                low, high = int(found.low[row, unit]), int(found.high[row, unit])
                assert low <= wide.lo * UNIT
                assert wide.hi * UNIT <= high
                if slack == 0 and found.exponents[unit] > -GRID:
                    assert Interval(Fraction(low, UNIT), Fraction(high, UNIT)) == wide


def test_a_sparse_matrix_is_read_as_the_dense_one():
    matrix, bias = np.array([[0, 2.0], [-0.5, 0]], np.float32), np.array([1.5, 0], np.float32)
    dense, scattered = ScaledLayer.of(matrix, bias), ScaledLayer.of(as_sparse(matrix), bias)
    assert (dense.matrix != scattered.matrix).nnz == 0
    assert dense.bits == scattered.bits == 1
    assert dense.matrix.toarray().tolist() == [[0, 4], [-1, 0]]
    assert dense.bias.tolist() == [3, 0]


def test_a_part_has_the_inputs_that_its_units_have_weights_for():
    layer = layer_of([[1, 0, 0], [0, 2, 0], [0, 3, 4]], [5, 6, 7])
    part, inputs = layer.into(np.array([1]))
    assert inputs.tolist() == [1, 2]
    assert part.matrix.toarray().tolist() == [[2], [3]]
    assert part.bias.tolist() == [6]


def test_clipped_numbers_are_whole_where_their_ends_are():
    cases = [[Interval(Fraction(-1), Fraction(0)), Interval(Fraction(1, 2), Fraction(2))]]
    clipped = bounds_of(cases).clipped(FORMATS["float32"])
    assert (clipped.low / UNIT).tolist() == [[0, 0.5]]
    assert (clipped.high / UNIT).tolist() == [[0, 1]]
    assert clipped.exponents.tolist() == [0, -GRID]


def test_what_is_stored_after_a_clip_is_rounded_unless_the_format_has_its_grid():
    format_ = FORMATS["bfloat16"]
    whole, fine = clip_slack(np.array([0, -9]), format_)
    assert whole == 0
    assert fine >= UNIT >> format_.precision
    # Nothing between 0 and 2^-14, the least normal number, is sure to be kept.
    assert clip_slack(np.array([-30]), FORMATS["float16"])[0] >= UNIT >> 14


def test_no_number_lies_on_every_grid_but_0():
    columns = np.array([[0, UNIT, 3 * UNIT // 2], [0, -4 * UNIT, UNIT]])
    assert grid_exponents(columns)[1:].tolist() == [0, -1]
    assert grid_exponents(columns)[0] >= ANY_GRID - GRID


def test_a_sum_off_the_grid_is_rounded():
    ones = bounds_of([[point(1)] * 3])
    exact = layer_of([[1], [1], [1]], [0]).sums(ones, FORMATS["float32"])
    assert exact.low == exact.high == 3 * UNIT
    # 2^23 and 2^-1 have 25 bits between them.
    rounded = layer_of([[2.0**23], [0.5], [0]], [0]).sums(ones, FORMATS["float32"])
    assert rounded.low < (2**24 + 1) * UNIT // 2 < rounded.high


@pytest.mark.parametrize(
    ("weight", "number"), [(1 + 2.0**-23, 1), (2.0**-40, 1), (2.0**60, 1), (2.0**20, 2**20)]
)
def test_what_needs_too_many_bits_is_refused(weight, number):
    # A weight of 24 bits behind the point is one that fits.
    fits = weight == 1 + 2.0**-23
    try:
        layer = layer_of([[weight]], [0])
        layer.sums(bounds_of([[point(number)]]), FORMATS["float32"])
    except NotScalableError:
        assert not fits
    else:
        assert fits


def test_numbers_too_large_for_64_bits_are_refused():
    most = 2 ** (60 - GRID)
    assert scaled_down([Fraction(most - 1)]).tolist() == [(most - 1) * UNIT]
    with pytest.raises(NotScalableError, match="before the point"):
        scaled_down([Fraction(most)])
    large = bounds_of([[point(2**32)]])
    layer = layer_of([[2.0**-20]], [0])
    layer.sums(large, FORMATS["float32"])
    with pytest.raises(NotScalableError, match="too large"):
        layer.sums(bounds_of([[point(1)]]), FORMATS["float32"], beside=large)


def test_a_sum_too_large_for_the_format_is_refused():
    layer, ones = layer_of([[20000.0], [20000.0]], [0]), bounds_of([[point(1)] * 2])
    layer.sums(ones, FORMATS["float32"])
    with pytest.raises(FormatOverflowError, match="too large for float16"):
        layer.sums(ones, FORMATS["float16"])


def test_sums_are_not_rounded_to_be_stored_unless_that_is_asked():
    fine, layer = bounds_of([[point(Fraction(257, 512))]]), layer_of([[1]], [0])
    kept = layer.sums(fine, FORMATS["bfloat16"])
    assert kept.low == kept.high == fine.low
    assert layer.sums(fine, FORMATS["bfloat16"], storing=True).low < fine.low


def test_the_grid_of_a_sum_is_the_finest_of_its_products_and_its_bias():
    layer = layer_of([[0.5, 4, 0], [3, 0, 0]], [0.25, 0, 0])
    assert layer.bits == 2
    coarse, fine, nothing = layer.exponents(np.array([1, -3])).tolist()
    assert (coarse, fine) == (-3, 3)
    assert nothing >= ANY_GRID - layer.bits
    assert layer.exponents(np.array([-4, 5]))[0] == -5


def test_a_sum_that_is_rounded_in_some_case_lies_on_no_grid_in_any():
    cases = bounds_of([[point(0), point(1)], [point(1), point(1)]])
    # 2^23 and 2^-1 are 25 bits apart; without the first there is nothing to round.
    sums = layer_of([[2.0**23], [0.5]], [0]).sums(cases, FORMATS["float32"])
    assert sums.low[0] == sums.high[0] == UNIT // 2
    assert sums.low[1] < sums.high[1]
    assert sums.exponents.tolist() == [-GRID]
