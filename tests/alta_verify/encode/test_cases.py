"""Cases have all local states between them, and in each of them what matters there."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.lang.rules import rule
from alta_verify.arithmetic.interval import ONE, ZERO
from alta_verify.encode import cases
from alta_verify.encode.cases import Case, split
from alta_verify.encode.linear import Linear, evaluate
from tests.alta_verify.encode.test_gates import NAMES, condition, sums, table, units
from tests.alta_verify.encode.test_restriction import ranges

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
