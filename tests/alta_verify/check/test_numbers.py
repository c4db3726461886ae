"""Bounds on numbers: exact where a grid has room for all sums, and γ elsewhere."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alta_verify.check.numbers import (
    FORMATS,
    Interval,
    Span,
    hull,
    is_power_of_two,
    nearest,
    point,
    power,
    storing_slack,
    sum_slack,
)
from alta_verify.check.refused import Refused
from tests.judge.formats import rounded

SINGLE = FORMATS["float32"]


def test_a_sum_on_a_grid_with_two_bits_to_spare_is_exact_and_no_larger_one_is():
    grid = Span(Fraction(1), power(22))
    assert sum_slack([grid], SINGLE) == 0
    assert sum_slack([Span(Fraction(1), power(22) + 1)], SINGLE) > 0
    assert sum_slack([Span(None, Fraction(1))], SINGLE) > power(-24)


def test_what_the_format_holds_is_stored_as_it_is():
    third = Fraction(1, 3)
    assert storing_slack(Span.of([point(Fraction(3, 4))]), SINGLE) == 0
    assert storing_slack(Span.of([point(third)]), SINGLE) >= abs(third - Fraction(11184811, 2**25))
    assert storing_slack(Span.of([point(power(-140))]), SINGLE) > 0


def test_numbers_that_could_overflow_are_refused_with_their_size():
    with pytest.raises(Refused, match=r"may reach 3.4e\+38, which is too large: expected at most"):
        storing_slack(Span(None, power(128)), SINGLE)


def test_sums_of_too_many_products_are_refused():
    coarse, product = SINGLE._replace(sum_precision=5), Span(None, Fraction(1))
    assert sum_slack([product] * 7, coarse) > 0
    with pytest.raises(Refused, match="a sum of 8 products is too long"):
        sum_slack([product] * 8, coarse)


@pytest.mark.parametrize("number", [1, -2, Fraction(1, 8)])
def test_powers_of_two_are_recognised(number):
    assert is_power_of_two(Fraction(number))
    assert not is_power_of_two(Fraction(number) * 3)
    assert not is_power_of_two(Fraction(0))


def test_a_negative_factor_turns_an_interval_round():
    interval = Interval(Fraction(-1), Fraction(2))
    assert interval.times(Fraction(-2)) == Interval(Fraction(-4), Fraction(2))
    assert hull([interval, point(Fraction(3))]) == Interval(Fraction(-1), Fraction(3))
    assert interval.clipped() == Interval(Fraction(0), Fraction(1))


@pytest.mark.parametrize("name", list(FORMATS))
@given(number=st.floats(-1e4, 1e4, allow_nan=False) | st.floats(-1e-4, 1e-4, allow_nan=False))
@example(number=1 / 3)
@example(number=1 + 2.0**-8 + 2.0**-30)
@example(number=2.0**-25)
def test_the_nearest_number_of_a_format_is_what_one_cast_gives(name, number):
    assert nearest(Fraction(number), FORMATS[name]) == Fraction(float(rounded(number, name)))
