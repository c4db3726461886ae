"""A restricted sum has the same bounds in the local states that it is restricted to."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.arithmetic.interval import point
from alta_verify.encode.linear import ClippedUnit, Linear, evaluate
from alta_verify.encode.restriction import Restriction
from alta_verify.universal import Empty
from tests.alta_verify.encode.test_gates import NAMES, condition, sums, table, units

subsets = st.sampled_from([frozenset({0}), frozenset({1}), frozenset({0, 1})])
ranges = st.fixed_dictionaries(dict.fromkeys(NAMES, subsets))


@given(sums, ranges)
def test_bounds_stay_the_same_where_it_holds(unit, allowed):
    restricted = Restriction(allowed).linear(Linear(units=units(unit)))
    for values in product(*(sorted(allowed[name]) for name in NAMES)):
        local = dict(zip(NAMES, values, strict=True))
        assert evaluate(restricted, local) == evaluate(unit.argument, local).clipped()


def test_a_unit_that_is_zero_is_left_out():
    allowed = dict.fromkeys(NAMES, frozenset({0, 1})) | {"a": frozenset({0})}
    both = Linear(units=units(condition("a", "b"), condition("b", "c")))
    restricted = Restriction(allowed).linear(both)
    assert [set(unit.argument.tables) for _, unit in restricted.units] == [{"b", "c"}]


def test_a_unit_that_is_zero_whatever_it_reads_is_left_out():
    allowed = dict.fromkeys(NAMES, frozenset({0, 1}))
    never = ClippedUnit(Linear(point(-1)))
    less = ClippedUnit(Linear(units=((Fraction(-1), condition("a")),)))
    kept = condition("b")
    restricted = Restriction(allowed).linear(Linear(units=units(never, kept, less)))
    assert [unit for _, unit in restricted.units] == [kept]


def test_a_table_with_one_number_left_becomes_a_constant():
    allowed = dict.fromkeys(NAMES, frozenset({1}))
    restricted = Restriction(allowed).linear(Linear(point(1), {"a": table(0, 2)}))
    assert (restricted.constant, restricted.tables) == (point(3), {})


def test_values_of_which_a_table_says_nothing_are_not_taken_for_0():
    for values in ({2}, {0, 2}):
        allowed = dict.fromkeys(NAMES, frozenset(values))
        with pytest.raises(ValueError, match="of 'a' are possible, but the table"):
            Restriction(allowed).linear(Linear(point(1), {"a": table(0, 2)}))


def test_nothing_is_restricted_to_no_values():
    with pytest.raises(Empty, match="there are no values of a"):
        Restriction({"a": frozenset()})


def test_sums_that_become_equal_become_one():
    allowed = dict.fromkeys(NAMES, frozenset({0}))
    restriction = Restriction(allowed)
    first, second = (restriction.linear(Linear(point(1), {name: table(0, 1)})) for name in "ab")
    assert first is second
