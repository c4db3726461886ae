"""An interval holds what comes of the numbers in it, and has no more room than it needs."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.arithmetic.interval import ONE, ZERO, Interval, hull, point
from alta_verify.check import numbers as checked

numbers = st.builds(Fraction, st.integers(-6, 6), st.sampled_from([1, 2, 3]))
intervals = st.builds(lambda a, b: Interval(min(a, b), max(a, b)), numbers, numbers)


def some(one: Interval) -> list[Fraction]:
    """Both ends, the middle, and 0 and 1 where it has them."""
    inner = [(one.lo + one.hi) / 2, Fraction(0), Fraction(1)]
    return [one.lo, one.hi, *(number for number in inner if one.lo <= number <= one.hi)]


def check(have: Interval, wanted: list[Fraction]) -> None:
    assert have == Interval(min(wanted), max(wanted))


@given(intervals, intervals, numbers)
def test_arithmetic_has_all_results_and_no_others(one, other, factor):
    pairs = list(product(some(one), some(other)))
    check(one + other, [a + b for a, b in pairs])
    # A product is largest, and smallest, at the ends.
    check(one * other, [a * b for a, b in pairs])
    check(one.scaled(factor), [a * factor for a in some(one)])
    check(one.clipped(), [min(Fraction(1), max(Fraction(0), a)) for a in some(one)])
    check(hull([one, other]), [*some(one), *some(other)])
    assert one.magnitude == max(abs(a) for a in some(one))


@given(intervals, intervals)
def test_one_is_within_another_that_has_all_of_it(one, other):
    assert one.within(other) == (hull([one, other]) == other)
    assert one.within(one)
    assert one.is_point == (one.lo == one.hi)


@given(intervals, numbers.map(abs))
def test_slack_is_added_on_both_sides(one, slack):
    wide = one.widened(slack)
    assert (one.lo - wide.lo, wide.hi - one.hi) == (slack, slack)


def test_points_hold_one_number():
    assert (point(0), point(1)) == (ZERO, ONE)
    assert point(Fraction(1, 3)) == Interval(Fraction(1, 3), Fraction(1, 3))


@given(intervals, intervals, numbers)
def test_the_checker_has_the_same_intervals(one, other, factor):
    mine, theirs = (checked.Interval(each.lo, each.hi) for each in (one, other))
    for have, want in (
        (mine.plus(theirs), one + other),
        (mine.times(factor), one.scaled(factor)),
        (mine.widened(abs(factor)), one.widened(abs(factor))),
        (mine.clipped(), one.clipped()),
        (checked.hull([mine, theirs]), hull([one, other])),
        (checked.point(factor), point(factor)),
    ):
        assert (have.lo, have.hi) == (want.lo, want.hi)
    assert mine.size == one.magnitude
    assert mine.within(theirs) == one.within(other)


@pytest.mark.parametrize(
    ("one", "text"),
    [(point(Fraction(1, 3)), "1/3"), (Interval(Fraction(-1), Fraction(1, 2)), "[-1, 0.5]")],
    ids=["point", "interval"],
)
def test_an_interval_is_shown_by_its_ends(one, text):
    assert str(one) == text
