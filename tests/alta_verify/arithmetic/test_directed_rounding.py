"""Bounds in float64 hold in spite of its rounding, by little, and say where they cannot."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.arithmetic.directed_rounding import (
    MOST_TERMS,
    enlarged,
    finite,
    round_down,
    round_up,
    rounding_error,
    upper,
)
from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError

FLOAT32 = FORMATS["float32"]


@given(st.fractions())
def test_fractions_are_between_the_nearest_numbers(number):
    assert Fraction(round_down(number)) <= number <= Fraction(round_up(number))
    assert round_up(number) <= np.nextafter(round_down(number), np.inf)


def test_what_is_enlarged_bounds_the_real_sum():
    rng = random.Random(0)
    numbers = [rng.random() * 2.0 ** rng.randint(-30, 30) for _ in range(2000)]
    computed = float(np.sum(np.array(numbers)))
    exact = sum(map(Fraction, numbers))
    assert exact <= Fraction(float(enlarged(computed)))
    assert Fraction(float(enlarged(computed))) < exact * (1 + Fraction(1, 2**36))


@pytest.mark.parametrize("number", [1.0, -1.0, 0.0, -(2.0**-60)])
def test_an_upper_bound_is_above_a_number_of_either_sign(number):
    assert upper(number) > number
    assert upper(number) - number <= 2.0**-49 * abs(number) + 2.0**-399


@pytest.mark.parametrize("terms", [2, 100])
def test_the_rounding_error_covers_sums_in_either_precision(terms):
    numbers = np.full(terms, np.float32(1 / 3))
    exact = terms * Fraction(float(numbers[0]))
    bound = Fraction(float(rounding_error(np.array([float(exact)]), terms, FLOAT32)[0]))
    total = np.float32(0)
    for number in numbers:
        total = np.float32(total + number)
    assert abs(Fraction(float(total)) - exact) <= bound
    n = 2 * terms + 1
    assert bound >= n * FLOAT32.sum_rounding * exact


@pytest.mark.parametrize("name", FORMATS)
def test_bounds_on_rounding_cover_both_float64_and_the_format(name):
    format_ = FORMATS[name]
    bound = Fraction(float(rounding_error(np.array([1.0]), 10, format_)[0]))
    here, there = 21 * Fraction(1, 2**53), 21 * format_.sum_rounding
    assert bound >= here + there + 21 * format_.sum_tiny
    assert bound <= 4 * (here + there) + 22 * format_.sum_tiny + Fraction(1, 2**300)


@pytest.mark.parametrize(
    ("size", "terms", "text"),
    [
        (2.0**127, 2, "too large for float32"),
        (np.inf, 2, "too large for float32"),
        (np.nan, 2, "too large for float32"),
        (1.0, 1 << 14, "too many for float32"),
    ],
)
def test_nothing_is_said_of_sums_that_may_leave_the_format(size, terms, text):
    with pytest.raises(FormatOverflowError, match=text):
        rounding_error(np.array([size]), terms, FLOAT32)


def test_no_more_terms_are_summed_than_the_lemma_is_used_for():
    rounding_error(np.array([1.0]), MOST_TERMS, FORMATS["float64"])
    with pytest.raises(FormatOverflowError, match="one of too many"):
        rounding_error(np.array([1.0]), MOST_TERMS + 1, FORMATS["float64"])


def test_numbers_that_are_not_finite_are_refused():
    for number in (np.inf, -np.inf, np.nan):
        with pytest.raises(FormatOverflowError, match="not finite"):
            finite(np.array([0.0, number]))
    assert finite(np.array([1.0])).tolist() == [1.0]
