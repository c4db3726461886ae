"""What is said of mixtures of values holds of every mixture, of either sign and in any format."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.encode.attention import (
    _floor,
    _leaking,
    _mixture,
    _underflowing,
    encode_head,
)
from alta_verify.encode.softmax import Softmax
from tests.alta_verify.encode.heads import relative

FORMAT = FORMATS["float32"]

EVEN = Softmax.by_mask(4)

numbers = st.sampled_from([Fraction(n, 2) for n in range(-3, 4)])
boxes = st.builds(lambda a, b: Interval(min(a, b), max(a, b)), numbers, numbers)


def ends(one: Interval) -> tuple[Fraction, Fraction]:
    return one.lo, one.hi


@given(
    st.lists(boxes, min_size=1, max_size=3),
    st.sampled_from([Fraction(0), Fraction(1, 8), Fraction(1)]),
    st.sampled_from([Fraction(0), Fraction(1, 4)]),
    st.booleans(),
)
def test_a_value_is_replaced_by_others_up_to_the_leak_and_its_error(
    choices, leak, weight_error, zero_in_floats
):
    softmax = Softmax(leak, zero_in_floats, weight_error, None)
    value = choices[0]
    have = _leaking(value, choices, softmax, 4, FORMAT)
    for own, other in product(ends(value), [end for one in choices for end in ends(one)]):
        assert point(own).within(have)
        assert point(own * (1 - leak) + other * leak).within(have)
        moved = own * (1 - leak) + other * leak
        for sign in (-1, 1):
            off = moved + sign * weight_error * max(abs(own), abs(other))
            if not all(one.lo >= 0 for one in choices) and not all(one.hi <= 0 for one in choices):
                assert point(off).within(have)
    if zero_in_floats and not weight_error and not leak:
        assert have == value


@pytest.mark.parametrize("zero_in_floats", [True, False])
def test_sums_of_weights_that_are_not_zero_in_floats_are_rounded(zero_in_floats):
    value = Interval(Fraction(-1), Fraction(1))
    have = _leaking(
        value, [value], Softmax(Fraction(0), zero_in_floats, Fraction(1, 64), None), 4, FORMAT
    )
    assert have.lo == -have.hi
    assert (have.hi - 1 - Fraction(1, 64) > FORMAT.sum_rounding) == (not zero_in_floats)
    if zero_in_floats:
        assert have.hi == 1 + Fraction(1, 64)


@given(st.lists(boxes, min_size=1, max_size=3))
def test_a_mixture_may_be_nothing_and_is_stretched_by_rounding(choices):
    have, wanted = _mixture(choices, Fraction(1, 64)), hull([*choices, ZERO])
    assert ends(have) == tuple(end * Fraction(65, 64) for end in ends(wanted))


# --- floors ---------------------------------------------------------------------------------------


def output(*columns: dict[int, float]) -> RationalMatrix:
    """A matrix from units to coordinates."""
    units = max(unit for column in columns for unit in column) + 1
    array = np.zeros((units, len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        for unit, weight in column.items():
            array[unit, place] = weight
    return RationalMatrix.of(array)


def floor_of(matrix: RationalMatrix, read: dict[int, list[Interval]], softmax: Softmax = EVEN):
    columns = tuple(range(len(matrix.columns)))
    return _floor(columns, matrix, read, softmax, FORMAT)


def test_numbers_of_one_sign_do_not_cancel():
    read = {0: [point(2), point(Fraction(1, 2)), ZERO]}
    assert floor_of(output({0: 4.0}), read) == 4 * Fraction(1, 2) * Fraction(1, 8)
    two = output({0: 4.0}, {1: 0.25})
    assert floor_of(two, {**read, 1: [point(1)]}) == Fraction(1, 4) * Fraction(1, 2) * Fraction(
        1, 8
    )


def test_the_floor_is_below_the_least_of_what_a_number_can_be():
    read = {0: [Interval(Fraction(1, 4), Fraction(3)), point(2)]}
    assert floor_of(output({0: 1.0}), read) == Fraction(1, 4) * Fraction(1, 8)


def test_what_is_left_when_numbers_cancel_is_on_a_grid():
    read = {0: [point(1), point(Fraction(-1, 2))]}
    # Weights of 1/8 and more, on a grid with 24 bits below each.
    wanted = Fraction(1, 2) * Fraction(1, 2**24) * Fraction(1, 8) / 2
    assert floor_of(output({0: 1.0}), read) == wanted
    assert floor_of(output({0: -2.0}), read) == 2 * wanted


@pytest.mark.parametrize(
    ("matrix", "read", "softmax"),
    [
        (output({0: 1.0, 1: 1.0}), {0: [point(1)], 1: [point(-1)]}, EVEN),
        (output({0: 1.0}), {0: [Interval(Fraction(-1), Fraction(1))]}, EVEN),
        (output({0: 1.0}), {0: [Interval(Fraction(0), Fraction(1))]}, EVEN),
        (output({0: 1.0}), {0: [ZERO]}, EVEN),
        (output({0: 0.0}), {0: [point(1)]}, EVEN),
        (output({0: 1.0}), {0: [point(1)]}, replace(EVEN, floor=None)),
        (output({0: 1.0}), {0: [point(Fraction(1, 3)), point(-1)]}, EVEN),
        (output({0: 2.0**-126}), {0: [point(1)]}, EVEN),
        (output({0: 2.0**126}), {0: [point(Fraction(1, 2**124))]}, EVEN),
    ],
    ids=[
        "two units",
        "either sign",
        "0 or more",
        "nothing is read",
        "nothing is written",
        "weights have none",
        "no grid",
        "it would be subnormal",
        "what is read would be subnormal",
    ],
)
def test_otherwise_there_is_no_floor(matrix, read, softmax):
    assert floor_of(matrix, read, softmax) is None


def test_a_power_of_two_keeps_a_number_except_below_the_normal_ones():
    tiny, huge = FORMAT.tiny, FORMAT.huge
    for box in (point(0), Interval(tiny, huge), Interval(-huge, -tiny), Interval(-tiny, tiny)):
        assert _underflowing(box, FORMAT) == box
    assert _underflowing(Interval(tiny / 4, tiny / 2), FORMAT) == Interval(Fraction(0), tiny)
    assert _underflowing(Interval(-tiny / 2, -tiny / 4), FORMAT) == Interval(-tiny, Fraction(0))
    assert _underflowing(Interval(-tiny / 2, Fraction(3)), FORMAT) == Interval(-tiny, Fraction(3))
    with pytest.raises(FormatOverflowError):
        _underflowing(Interval(-huge - 1, Fraction(0)), FORMAT)


def test_where_anything_is_left_of_a_head_output_nothing_is_known_of_how_small_it_may_be():
    model, relation = relative()
    width = len(relation.layout.columns["fetched"])

    def floor(*left: Interval) -> Fraction | None:
        residue = {"fetched": (*left, *[ZERO] * (width - len(left)))}
        of = replace(relation, residue=residue)
        return encode_head(model, of, "fetched", softmax=EVEN, count=1, format_=FORMAT).floor

    assert floor() is not None
    assert floor(Interval(Fraction(0), Fraction(1, 8))) is None
