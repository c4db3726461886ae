"""A trie leads from values to the rules whose atoms hold or are on UNDEFINED names."""

import numpy as np

import alta
from alta.interp.batch.codes import UNDEFINED_CODE
from alta.interp.batch.trie import Reached, reached, rule_trie
from tests.alta.lang.toys import toy

RULES = toy(
    [
        alta.rule({"x": 1}, "y", 1),
        alta.rule({"x": 1, "y": 2}, "y", 0),
        alta.rule({"left": 0}, "x", 1),
    ],
    heads={"left": alta.v_relative("x", -1)},
).rules


def rules_reached(**columns):
    """Returns the rules that each state leads to, and whether over an UNDEFINED name."""
    arrays = {name: np.array(values) for name, values in columns.items()}
    states = np.arange(len(next(iter(arrays.values()))))
    trie = rule_trie(RULES, range(len(RULES)), ())
    ends = reached([Reached(trie, False, states)], arrays)
    return {
        (state, RULES[rule], end.tainted)
        for end in ends
        for rule in end.trie.rules
        for state in end.states.tolist()
    }


def test_only_rules_whose_atoms_hold_are_reached():
    short, long, _ = sorted(RULES, key=lambda rule: (rule.variable == "x", len(rule.atoms)))
    assert rules_reached(x=[1, 1, 0], y=[2, 0, 2], left=[1, 1, 1]) == {
        (0, short, False),
        (0, long, False),
        (1, short, False),
    }


def test_a_rule_on_an_undefined_name_is_reached_and_tainted():
    (reading,) = [rule for rule in RULES if rule.variable == "x"]
    assert rules_reached(x=[0, 0], y=[0, 0], left=[UNDEFINED_CODE, 0]) == {
        (0, reading, True),
        (1, reading, False),
    }


def test_names_without_a_column_are_not_followed():
    assert {rule.variable for _, rule, _ in rules_reached(left=[0])} == {"x"}
