"""Variables are of the kinds that were asked for, and heads read variables of those."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import alta
from alta import Categorical, Numerical, SetVariable
from alta_verify.strategies.declaration import head_sets, variable_sets

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
