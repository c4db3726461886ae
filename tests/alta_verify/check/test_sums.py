"""Sums are bounded as their states say, and units are binary only if their ends are."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import example, given

from alta_verify.check.numbers import ALWAYS_ZERO, Interval, point
from alta_verify.check.sums import Sum, Unit
from tests.alta_verify.check.test_questions import (
    VALUES,
    sums,
)
from tests.alta_verify.check.test_two_readings import value_of


@given(sums)
@example(Sum(point(Fraction(1, 2))))
@example(Sum(tables={"a": {0: point(Fraction(1, 2)), 1: point(Fraction(3, 2))}}))
def test_a_unit_is_binary_only_if_its_ends_are_0_or_1(one):
    unit = Unit(one, ALWAYS_ZERO)
    ends = set()
    for values in product(*VALUES.values()):
        state = dict(zip(VALUES, values, strict=True))
        number = value_of(one, state).clipped()
        assert number.within(unit.reach)
        assert value_of(one, state).within(one.reach)
        ends |= {number.lo, number.hi}
    if unit.binary:
        assert ends <= {0, 1}
    elif not one.units:
        assert not ends <= {0, 1}


def test_a_unit_is_binary_only_if_those_that_it_reads_are():
    quarter = Unit(Sum(point(Fraction(1, 4))), ALWAYS_ZERO)
    binary = Unit(Sum(tables={"a": {0: point(Fraction(0)), 1: point(Fraction(1))}}), ALWAYS_ZERO)
    for inner, wanted in ((quarter, False), (binary, True)):
        assert inner.binary is wanted
        # Either -1/2 or 1, if what is read is 0 or 1; its weight is no whole number.
        outer = Sum(point(Fraction(-1, 2)), units={inner: Fraction(3, 2)})
        assert Unit(outer, ALWAYS_ZERO).binary is wanted


def test_a_sum_is_zero_only_if_nothing_is_in_it():
    half = point(Fraction(1, 2))
    assert Sum().is_zero
    for one in (
        Sum(half),
        Sum(point(Fraction(-1, 2))),
        Sum(Interval(Fraction(0), Fraction(1))),
        Sum(Interval(Fraction(-1), Fraction(0))),
        Sum(tables={"a": {0: half, 1: half}}),
        Sum(units={Unit(Sum(half), ALWAYS_ZERO): Fraction(1)}),
    ):
        assert not one.is_zero
