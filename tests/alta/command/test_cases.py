"""Cases say of every state what the rules say, and are fewer."""

from __future__ import annotations

import random
from itertools import product

import pytest

import alta
from alta.command.cases import Case, cases_of
from alta.lang.values import UNDEFINED


def said(case: Case, state) -> object:
    return case.value if case.source is None else case.value + state[case.source]


def holds(case: Case, state) -> bool:
    return all(state[name] in indices for name, indices in case.tested.items())


def agree(rules, sizes) -> None:
    cases = cases_of(rules)
    for indices in product(*((*range(size), UNDEFINED) for size in sizes.values())):
        state = dict(zip(sizes, indices, strict=True))
        fired = [(type(r.value), r.value) for r in rules if r.fires(state)]
        told = [(type(v), v) for v in (said(c, state) for c in cases if holds(c, state))]
        assert set(fired) == set(told), (state, cases)


@pytest.mark.parametrize("seed", range(20))
def test_cases_say_what_the_rules_say_in_every_state(seed):
    rng = random.Random(seed)
    sizes = {"a": 3, "b": 4, "c": 2}
    rules = [
        alta.rule(
            {name: rng.randrange(size) for name, size in sizes.items() if rng.random() < 0.7},
            "y",
            rng.choice([0, 1, 2, 3, None, frozenset({1}), 1.0]),
        )
        for _ in range(40)
    ]
    agree(rules, sizes)


def test_what_is_copied_or_counted_is_one_case():
    copying = [alta.rule({"x": value, "on": 1}, "y", value) for value in range(5)]
    assert cases_of(copying) == [Case(0, {"x": (0, 1, 2, 3, 4), "on": (1,)}, "x")]
    counting = [alta.rule({"y": value}, "y", value + 1) for value in range(3)]
    assert cases_of(counting) == [Case(1, {"y": (0, 1, 2)}, "y")]


def test_two_rules_that_copy_by_chance_are_told_as_they_are():
    rules = [alta.rule({"x": value}, "y", value) for value in range(2)]
    assert cases_of(rules) == [Case(0, {"x": (0,)}), Case(1, {"x": (1,)})]


def test_a_rule_without_a_test_is_not_one_that_tests_every_value():
    rules = [alta.rule({"x": 0}, "y", 1), alta.rule({"x": 1}, "y", 1), alta.rule({}, "y", 1)]
    assert cases_of(rules) == [Case(1, {"x": (0, 1)}), Case(1, {})]
