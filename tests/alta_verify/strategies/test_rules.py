"""Loose rules may be traps where that is asked for; decision trees are none and do not conflict."""

from __future__ import annotations

from itertools import combinations

from hypothesis import Phase, given, settings

import alta
from alta_verify.strategies.declaration import AMOUNTS
from alta_verify.strategies.rules import assignable, decision_trees, loose_rules

FEW = settings(max_examples=30)

VARIABLES = {
    "few": alta.var(2, default=0),
    "number": alta.numeric_var([0.0, 1.0], default=7.0),
    "set": alta.set_var(3, [{0}, {1, 2}], default={0}),
}


def is_trap(rule) -> bool:
    variable = VARIABLES[rule.variable]
    return rule.variable != "number" and not variable.holds(rule.value)


def test_numbers_are_assigned_beside_the_points_of_a_variable():
    assert set(assignable(VARIABLES["number"])) >= set(AMOUNTS)
    assert list(assignable(VARIABLES["few"])) == [0, 1]


def test_loose_rules_are_traps_only_where_traps_are_wanted():
    @FEW
    @given(loose_rules(VARIABLES, VARIABLES, max_rules=5, min_rules=1, traps=False))
    def check(rules):
        assert 1 <= len(rules) <= 5
        assert not any(map(is_trap, rules))

    check()
    trapping = set()

    @settings(FEW, phases=[Phase.generate])
    @given(loose_rules(VARIABLES, VARIABLES, max_rules=5))
    def draw(rules):
        trapping.update(map(is_trap, rules))

    draw()
    assert trapping == {False, True}


@FEW
@given(decision_trees(VARIABLES, VARIABLES))
def test_rules_of_a_tree_exclude_one_another_and_are_no_traps(rules):
    assert not any(map(is_trap, rules))
    for rule, later in combinations(rules, 2):
        assert rule.variable != later.variable or rule.excludes(later)
