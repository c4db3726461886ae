"""A layer on sets gives all that a step can give, and says on what that depends."""

from __future__ import annotations

import itertools

import pytest

import alta
from alta.interp.step import attend, mlp
from alta_verify.abstraction import Abstraction
from alta_verify.circuits import layer as layers
from alta_verify.circuits.layer import LayerOnSets, Read, Written
from tests.alta_verify.circuits.toy import toy

ROW = {
    "odd": frozenset({0, 1}),
    "other": frozenset({0, 1}),
    "first": frozenset({0}),
    "spare": frozenset({0}),
    "left_odd": frozenset({0}),
    "left": frozenset({0, 1}),
}


def on(program):
    return LayerOnSets(Abstraction.of(program))


def test_a_name_whose_value_makes_no_difference_is_not_relevant():
    assert on(toy()).write("left_odd", ROW) == Written(
        frozenset({0, 1}), frozenset({"left"}), False
    )


def test_the_twin_in_which_it_makes_a_difference_names_it():
    written = on(toy(other_matters=True)).write("left_odd", ROW)
    assert written.relevant == {"left", "other"}


def test_a_rule_that_may_read_something_undefined_fails_and_what_tells_so_is_relevant():
    row = ROW | {"first": frozenset({0, 1}), "left": frozenset({-1, 1})}
    written = on(toy()).write("left_odd", row)
    assert written.fails
    assert written.relevant == {"first", "left"}


def test_of_rules_that_conflict_or_trap_it_is_said_that_they_fail():
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2, lambda token: token), "y": alta.var(2), "z": alta.var(2)},
        heads={},
        rules=[
            alta.rule({"x": 1}, "y", 1),
            alta.rule({"z": 0}, "y", 0),
            alta.rule({"x": 1}, "z", 2),
        ],
        output_name="y",
        input_range=2,
        position_range=None,
        layers=1,
    )
    row = {"x": frozenset({0, 1}), "y": frozenset({0, 1}), "z": frozenset({0})}
    assert on(program).write("y", row) == Written(frozenset({0}), frozenset({"x"}), True)
    assert on(program).write("z", row) == Written(frozenset({0}), frozenset({"x"}), True)


def test_where_there_are_too_many_combinations_everything_that_is_tested_is_relevant(monkeypatch):
    monkeypatch.setattr(layers, "_COMBINATIONS", 1)
    written = on(toy()).write("left_odd", ROW)
    assert written == Written(frozenset({0, 1}), frozenset({"left", "other"}), True)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([{0}, {1}], Read(frozenset({4}), frozenset())),
        ([{0, 1}, {0}], Read(frozenset({5, -1}), frozenset({("key", 0)}))),
        ([{1}, {0, 1}], Read(frozenset({5, -1}), frozenset({("key", 1)}))),
        ([{1}, {1}], Read(frozenset({-1}), frozenset())),
        ([{0}, {0}], Read(frozenset({-1}), frozenset())),
    ],
    ids=["selected", "perhaps", "the other", "none", "two"],
)
def test_what_a_head_gives_depends_on_keys_that_may_match(keys, expected):
    program = alta.program_spec_from_rules(
        variables={
            "asked": alta.var(2),
            "key": alta.input_var(2, lambda token: token),
            "value": alta.var(6),
        },
        heads={"head": alta.qkv("asked", "key", "value")},
        rules=[],
        output_name="value",
        input_range=2,
        position_range=None,
        layers=1,
    )
    rows = [
        {"asked": frozenset({0}), "key": frozenset(key), "value": frozenset({4 + position})}
        for position, key in enumerate(keys)
    ]
    assert on(program).read("head", 0, rows) == expected


def test_a_step_from_values_in_sets_ends_in_the_sets():
    program = toy()
    sets = [{"odd": {0, 1}, "other": {0, 1}, "first": {1}, "spare": {0, 1}, "left_odd": {0}}]
    sets.append(sets[0] | {"first": {0}})
    layer = on(program)
    rows = [{name: frozenset(values) for name, values in row.items()} for row in sets]
    within = [row | {"left": layer.read("left", i, rows).values} for i, row in enumerate(rows)]
    places = [(i, name) for i, row in enumerate(rows) for name in row]
    for values in itertools.product(*(sorted(rows[i][name]) for i, name in places)):
        state = [dict[str, int]() for _ in rows]
        for (i, name), value in zip(places, values, strict=True):
            state[i][name] = value
        after = mlp(program, attend(program, tuple(state)), layer=1)
        for i, name in places:
            assert after[i][name] in layer.write(name, within[i]).values


def test_a_query_with_two_values_is_relevant_where_they_find_different_things():
    program = alta.program_spec_from_rules(
        variables={
            "asked": alta.input_var(2, lambda token: token),
            "key": alta.position_var(2, lambda position: position),
            "value": alta.var(6),
        },
        heads={"head": alta.qkv("asked", "key", "value")},
        rules=[],
        output_name="value",
        input_range=2,
        position_range=2,
        layers=1,
    )

    def rows(asked, first):
        return [
            {"asked": asked, "key": frozenset({0}), "value": frozenset({first})},
            {"asked": asked, "key": frozenset({1}), "value": frozenset({5})},
        ]

    both, one = frozenset({0, 1}), frozenset({0})
    expected = Read(frozenset({4, 5}), frozenset({("query", 0)}))
    assert on(program).read("head", 0, rows(both, 4)) == expected
    assert on(program).read("head", 0, rows(one, 4)) == Read(frozenset({4}), frozenset())
    assert on(program).read("head", 0, rows(both, 5)) == Read(frozenset({5}), frozenset())
