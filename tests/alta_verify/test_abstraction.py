"""The abstraction has the values that a program can come by, and rules over their indices."""

from __future__ import annotations

from fractions import Fraction

import pytest

import alta
from alta.errors import ProgramError
from alta.lang.values import UNDEFINED
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction, Transition, is_categorical

CATEGORICAL = alta.programs.parity_sequential_relative()


def numerical(**options) -> alta.Program:
    return alta.program_spec_from_rules(
        variables={
            "bit": alta.input_var(2),
            "x": alta.numeric_var(values=(0, 1), input_init_fn=lambda token: token / 2, **options),
            "s": alta.set_var(2, [set(), {0, 1}]),
        },
        heads={"mean": alta.qkv("bit", "bit", "x")},
        rules=[
            alta.rule({"x": 0}, "x", 0.75),
            alta.rule({"bit": 1}, "s", {0, 1}),
        ],
        output_name="bit",
        input_range=2,
        layers=2,
    )


ABSTRACTION = Abstraction.of(numerical())


def test_a_categorical_program_is_its_own_abstraction():
    assert is_categorical(CATEGORICAL)
    assert Abstraction.of(CATEGORICAL).finite is CATEGORICAL
    assert not is_categorical(numerical())


def test_numbers_are_those_at_the_start_and_those_that_rules_assign():
    assert ABSTRACTION.values["x"] == (0.0, 0.5, 0.75)
    assert ABSTRACTION.values["s"] == (frozenset(), frozenset({0, 1}))


def test_a_rule_that_tests_a_bucket_becomes_one_for_each_number_in_it():
    rules = [rule for rule in ABSTRACTION.finite.rules if rule.variable == "x"]
    # Both 0 and 1/2 lie in the first bucket; 0.75 does not.
    assert {(rule.atoms[0].value, rule.value) for rule in rules} == {(0, 2), (1, 2)}


def test_indices_are_those_of_values_and_of_buckets():
    assert ABSTRACTION.index_of("x", 0.5) == 1
    assert ABSTRACTION.index_of("mean", 0.9) == ABSTRACTION.bucket("mean", Fraction(9, 10)) == 1
    assert ABSTRACTION.index_of("mean", UNDEFINED) == UNDEFINED_VALUE
    assert ABSTRACTION.averages("mean")
    assert ABSTRACTION.amounts("mean") == tuple(map(Fraction, (0, 0.5, 0.75)))


@pytest.mark.parametrize(
    ("name", "index", "words"),
    [
        ("x", 1, "0.5"),
        ("s", 1, "{0, 1}"),
        ("s", 0, "{}"),
        ("mean", 1, "bucket 1"),
        ("mean", UNDEFINED_VALUE, "UNDEFINED"),
    ],
)
def test_indices_are_shown_as_values(name, index, words):
    assert ABSTRACTION.shown(name, index) == words


def test_a_set_selects_its_members():
    assert ABSTRACTION.keys("s", 1) == {0, 1}
    assert ABSTRACTION.keys("bit", 1) == {1}


def test_numbers_without_an_end_are_refused():
    program = alta.program_spec_from_rules(
        variables={"x": alta.numeric_var(values=(0, 1), position_init_fn=float)},
        heads={},
        rules=[],
        output_name="x",
        input_range=2,
        layers=1,
    )
    with pytest.raises(ProgramError, match="position_range must say how many positions there are"):
        Abstraction.of(program)


STEP = Transition({"a": 0, "b": 2}, {"a": 1})


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({}, True),
        ({"a": {0}}, True),
        ({"a": {0, 1}, "b": {2}}, True),
        ({"a": {0}, "b": {1}}, False),
        ({"a": set()}, False),
    ],
)
def test_every_name_of_the_pattern_counts(pattern, fits):
    assert STEP.is_of(pattern) is fits


def test_a_name_that_it_lacks_is_an_error():
    with pytest.raises(KeyError):
        STEP.is_of({"c": {0}})
