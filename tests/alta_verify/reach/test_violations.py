"""What value sets do not exclude may happen, and names its rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest

from alta import inputs
from alta.lang.build import program_spec_from_rules
from alta.lang.heads import qkv
from alta.lang.program import Program
from alta.lang.rules import rule
from alta.lang.variables import input_var, position_var, var
from alta_verify.abstraction import Abstraction
from alta_verify.reach.answer import Pattern
from alta_verify.reach.sets.value_sets import value_sets
from alta_verify.reach.violations import Violation, joined, patterns_of, possible_violations

CELLS = 3


def pointing(*, length: str, addresses=lambda position: position) -> Program:
    """Every cell points to a cell, which is fetched by its address."""
    return program_spec_from_rules(
        name="pointing",
        variables={
            "pointer": input_var(CELLS),
            "address": position_var(CELLS, init_fn=addresses),
            "result": var(CELLS),
        },
        heads={"fetched": qkv("pointer", "address", "pointer")},
        rules=[rule({"fetched": value}, "result", value) for value in range(CELLS)],
        output_name="result",
        input_range=CELLS,
        position_range=CELLS,
        layers=1,
        inputs=inputs.regex(f"[0-{CELLS - 1}]{{{length}}}"),
    )


def suspects(program: Program) -> set[str]:
    lengths = [n for n in program.inputs.lengths(CELLS) if n]
    live = [frozenset(range(CELLS))] * max(lengths)
    abstraction = Abstraction.of(program)
    sets = value_sets(abstraction, live, lengths)
    return {violation.kind for violation, _ in possible_violations(abstraction.finite, sets)}


def test_a_head_that_finds_one_position_for_every_query_is_never_undefined():
    assert suspects(pointing(length="3")) == set()


BROKEN = {
    "inputs may be too short to have the position": pointing(length="2,3"),
    "two positions have the key": pointing(length="3", addresses=lambda p: max(p, 1)),
    "no position has the key": pointing(length="3", addresses=lambda p: (0, 1, 1)[p]),
}


@pytest.mark.parametrize("why", list(BROKEN))
def test_a_head_may_be_undefined_where(why):
    assert suspects(BROKEN[why]) == {"undefined"}


def test_a_violation_names_its_rules():
    first, second = rule({"a": 0}, "b", 1), rule({"a": 1}, "b", 0)
    assert str(Violation("range", (first,))) == f"range: '{first}'"
    assert str(Violation("conflict", (first, second))) == f"conflict: '{first}' and '{second}'"


def test_a_read_of_undefined_happens_where_nothing_else_keeps_the_rule_from_firing():
    violation = Violation("undefined", (rule({"fetched": 1, "pointer": 2}, "result", 0),))
    assert list(patterns_of(violation)) == [
        {"fetched": frozenset({-1}), "pointer": frozenset({2, -1})},
        {"fetched": frozenset({1, -1}), "pointer": frozenset({-1})},
    ]


def test_a_conflict_happens_where_both_rules_fire():
    violation = Violation("conflict", (rule({"pointer": 2}, "result", 0), rule({}, "result", 1)))
    assert list(patterns_of(violation)) == [{"pointer": frozenset({2})}]


def trap(atoms: dict[str, int]) -> tuple[Violation, Pattern]:
    violation = Violation("range", (rule(atoms, "result", CELLS),))
    (pattern,) = patterns_of(violation)
    return violation, pattern


def test_traps_of_a_table_are_asked_for_row_by_row():
    places = list(product(range(CELLS), repeat=3))
    # Where a sum is too large, whatever a third name is.
    ways = [trap(dict(zip("abc", place, strict=True))) for place in places if sum(place[:2]) > 2]
    assert [pattern for _, pattern in joined(ways)] == [
        {"a": frozenset({1, 2}), "b": frozenset({2}), "c": frozenset({0, 1, 2})},
        {"a": frozenset({2}), "b": frozenset({1}), "c": frozenset({0, 1, 2})},
    ]


@pytest.mark.parametrize("seed", range(5))
def test_joined_patterns_have_the_same_local_states_and_no_others(seed):
    draw = Random(seed)
    ways = []
    for _ in range(12):
        names = draw.sample("abc", draw.choice((1, 2, 3, 3, 3)))
        ways.append(trap({name: draw.randrange(CELLS) for name in sorted(names)}))
    states = [dict(zip("abc", place, strict=True)) for place in product(range(CELLS), repeat=3)]

    def having(patterns: list[tuple[Violation, Pattern]]) -> list[dict[str, int]]:
        return [
            state
            for state in states
            if any(all(state[n] in values for n, values in p.items()) for _, p in patterns)
        ]

    fewer = joined(ways)
    assert len(fewer) < len(ways)
    assert having(fewer) == having(ways)
    assert {id(violation) for violation, _ in fewer} <= {id(violation) for violation, _ in ways}


def test_nothing_is_joined_to_nothing():
    assert joined([]) == []


CONFLICTS = {
    "nothing tells the rules apart": ([{"pointer": 1}, {"address": 0}], {"conflict"}),
    "a value tells the rules apart": ([{"pointer": 1}, {"pointer": 2}], set()),
    "a second variable tells them apart": (
        [{"pointer": 1, "address": 0}, {"pointer": 1, "address": 1}],
        set(),
    ),
    "one never fires": ([{"pointer": 1}, {"result": 2}], set()),
}


@pytest.mark.parametrize("why", list(CONFLICTS))
def test_rules_conflict_where_some_values_fire_both(why):
    tests, kinds = CONFLICTS[why]
    program = replace(
        pointing(length="3"),
        mlp=tuple(rule(atoms, "result", value) for value, atoms in enumerate(tests)),
    )
    assert suspects(program) == kinds
