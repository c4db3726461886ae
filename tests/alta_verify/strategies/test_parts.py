"""Parts are of the kinds that were asked for: variables, heads that read them, and rules."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import alta
from alta import Categorical, Numerical, SetVariable
from alta_verify.strategies.parts import (
    AMOUNTS,
    assignable,
    decision_trees,
    head_sets,
    lists,
    loose_rules,
    named,
    variable_sets,
)

FEW = settings(max_examples=30)

COUNTS = {"tokens": (2, 3), "max_variables": 3, "max_range": 4}

KINDS = {"categorical": Categorical, "numerical": Numerical, "set": SetVariable}

VARIABLES = {
    "few": alta.var(2, default=0),
    "many": alta.var(3, default=0),
    "number": alta.numeric_var([0.0, 1.0], default=0.0),
    "set": alta.set_var(3, [{0}, {1, 2}], default={0}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_variables_are_of_the_kind_and_have_numbered_names(kind):
    @FEW
    @given(variable_sets(kinds=[kind], positions=(2, 4), **COUNTS))
    def check(variables):
        assert list(variables) == ["x0", "x1", "x2"][: len(variables)] != []
        assert {type(variable) for variable in variables.values()} == {KINDS[kind]}

    check()


def test_without_positions_nothing_starts_by_position():
    @FEW
    @given(variable_sets(positions=None, **COUNTS))
    def check(variables):
        sources = {variable.initial.source for variable in variables.values()}
        assert sources <= {"token", "default"}

    check()


def test_heads_read_what_heads_can_read_and_compare_what_can_be_compared():
    @FEW
    @given(head_sets(VARIABLES, max_heads=3))
    def check(heads):
        assert len(heads) <= 3
        for head in heads.values():
            assert head.value in {"few", "many", "number"}
            asked = (head.query, head.key)
            assert asked in {(None, None), ("few", "few"), ("many", "many"), ("set", "many")}
            # Only means are discretised.
            assert head.output is None or head.value == "number"

    check()


def test_where_nothing_can_be_read_there_are_no_heads():
    @FEW
    @given(head_sets({"set": VARIABLES["set"]}, max_heads=3))
    def check(heads):
        assert heads == {}

    check()


# --- rules ----------------------------------------------------------------------------------------

TARGETS = {
    "few": alta.var(2, default=0),
    "number": alta.numeric_var([0.0, 1.0], default=7.0),
    "set": alta.set_var(3, [{0}, {1, 2}], default={0}),
}


def is_trap(rule) -> bool:
    variable = TARGETS[rule.variable]
    return rule.variable != "number" and not variable.holds(rule.value)


def test_numbers_are_assigned_beside_the_points_of_a_variable():
    assert set(assignable(TARGETS["number"])) >= set(AMOUNTS)
    assert list(assignable(TARGETS["few"])) == [0, 1]


def test_loose_rules_are_traps_only_where_traps_are_wanted():
    @FEW
    @given(loose_rules(TARGETS, TARGETS, max_rules=5, min_rules=1, traps=False))
    def check(rules):
        assert 1 <= len(rules) <= 5
        assert not any(map(is_trap, rules))

    check()
    trapping = set()

    @settings(FEW, phases=[Phase.generate])
    @given(loose_rules(TARGETS, TARGETS, max_rules=5))
    def draw(rules):
        trapping.update(map(is_trap, rules))

    draw()
    assert trapping == {False, True}


@FEW
@given(decision_trees(TARGETS, TARGETS))
def test_rules_of_a_tree_exclude_one_another_and_are_no_traps(rules):
    assert not any(map(is_trap, rules))
    for rule, later in combinations(rules, 2):
        assert rule.variable != later.variable or rule.excludes(later)


@FEW
@given(lists(st.integers(), shortest=1, longest=3))
def test_lists_are_no_shorter_and_no_longer(drawn):
    assert 1 <= len(drawn) <= 3


def test_lists_are_long_more_often_than_not_and_shrink_to_the_shortest():
    lengths = []

    @settings(FEW, max_examples=100, phases=[Phase.generate])
    @given(lists(st.booleans(), shortest=0, longest=6, ending=16))
    def draw(drawn):
        lengths.append(len(drawn))

    draw()
    assert sum(length >= 3 for length in lengths) > len(lengths) / 2
    shrunk = find(lists(st.integers(0, 9), shortest=0, longest=6), lambda drawn: 5 in drawn)
    assert shrunk == [5]


@FEW
@given(named("x", st.booleans(), shortest=1, longest=3))
def test_names_are_numbered(drawn):
    assert list(drawn) == [f"x{index}" for index in range(len(drawn))]


@FEW
@given(loose_rules({"mean": alta.numeric_var(None)}, {"mean": alta.numeric_var(None)}, max_rules=2))
def test_rules_test_nothing_where_nothing_can_be_tested(rules):
    assert not any(rule.atoms for rule in rules)
