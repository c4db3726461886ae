"""Cases have all local states between them, and in each of them what matters there."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.lang.rules import rule
from alta_verify.arithmetic.interval import ONE, ZERO, point
from alta_verify.encode import cases
from alta_verify.encode.cases import Case, Restriction, split
from alta_verify.encode.linear import ClippedUnit, Linear, evaluate
from alta_verify.universal import Empty
from tests.alta_verify.encode.test_gates import NAMES, condition, sums, table, units

subsets = st.sampled_from([frozenset({0}), frozenset({1}), frozenset({0, 1})])
ranges = st.fixed_dictionaries(dict.fromkeys(NAMES, subsets))

rules = st.builds(
    lambda tests, value: rule(tests, "a", value),
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 1)),
    st.integers(0, 1),
)

whole = st.builds(
    lambda rows, own, after: Case(rows, tuple(own), tuple(after)),
    st.lists(ranges, min_size=1, max_size=2),
    st.lists(rules, max_size=3),
    st.lists(sums.map(lambda unit: Linear(units=units(unit))), min_size=1, max_size=2),
)


def states(case: Case) -> set[tuple[int, ...]]:
    return {values for row in case.cubes for values in product(*(row[name] for name in NAMES))}


def effects(case: Case, values: tuple[int, ...]):
    """The rules that fire in a state, and the sums there."""
    local = dict(zip(NAMES, values, strict=True))
    fired = [one for one in case.rules if one.fires(local)]
    return fired, [evaluate(one, local) for one in case.after]


@pytest.mark.parametrize("size", [0, 2, 128])
@given(case=whole)
def test_cases_have_all_local_states_and_everything_that_happens_in_them(size, case):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "_SMALL", size)
        parts = list(split(case))
    assert set().union(*map(states, parts)) == states(case)
    for part in parts:
        for values in states(part):
            assert effects(part, values) == effects(case, values)


def test_what_neurons_tell_apart_is_in_different_cases():
    every = frozenset({0, 1})
    after = Linear(units=units(condition("a", "b"), condition("c", weight=1.875)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "_SMALL", 0)
        parts = list(split(Case([dict.fromkeys(NAMES, every)], (), (after,))))
    # Where a is 0 it does not matter what b is.
    assert sorted(len(states(part)) for part in parts) == [1, 1, 1, 1, 2, 2]


def test_a_case_that_is_small_enough_is_not_split():
    every = frozenset({0, 1})
    case = Case([dict.fromkeys(NAMES, every)], (), (Linear(units=units(condition(*NAMES))),))
    assert [states(part) for part in split(case)] == [states(case)]


def test_a_variable_keeps_its_code_where_nothing_else_matters():
    every = dict.fromkeys(NAMES, frozenset({0, 1}))
    itself = Linear(tables={"a": table(0, 1)})

    def keeps(after: Linear, *rules, zero=ZERO) -> bool:
        return Case([every], rules, (after,)).keeps("a", {0: (zero,), 1: (ONE,)})

    assert keeps(itself)
    assert not keeps(itself, zero=ONE)
    assert not keeps(itself, rule({"b": 0}, "a", 1))
    assert not keeps(Linear(tables={"a": table(0, 1), "b": table(0, 0)}))
    assert not keeps(Linear(tables=itself.tables, units=units(condition("b"))))


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
