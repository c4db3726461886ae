"""Rules are data: what is kept of them, in which order, and when they fire."""

import pytest

import alta
from alta.lang.values import UNDEFINED


def test_a_rule_reads_as_condition_and_assignment():
    assert str(alta.rule({"y": 1, "x": 0}, "y", 2)) == "x=0 & y=1 -> y := 2"
    assert str(alta.rule({}, "y", 2)) == "always -> y := 2"


RULE = alta.rule({"x": 1, "y": 2}, "y", 0)


@pytest.mark.parametrize(
    ("local", "fires", "undefined"),
    [
        pytest.param({"x": 1, "y": 2}, True, None, id="all atoms hold"),
        pytest.param({"x": 1, "y": 1}, False, None, id="an atom does not hold"),
        pytest.param({"x": 1, "y": UNDEFINED}, False, "y", id="an atom is on UNDEFINED"),
        pytest.param({"x": 0, "y": UNDEFINED}, False, None, id="UNDEFINED and a failing atom"),
        pytest.param({"x": UNDEFINED, "y": UNDEFINED}, False, "x", id="all are UNDEFINED"),
    ],
)
def test_a_rule_fires_where_all_its_atoms_hold(local, fires, undefined):
    assert RULE.fires(local) is fires
    assert RULE.undefined_read(local) == undefined


def test_a_rule_without_atoms_always_fires():
    assert alta.rule({}, "y", 1).fires({"y": UNDEFINED})


@pytest.mark.parametrize(
    ("condition", "excluded"),
    [
        pytest.param({"x": 2}, True, id="another value of a variable"),
        pytest.param({"x": 1}, False, id="the same value"),
        pytest.param({"z": 1}, False, id="another variable"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_rules_exclude_one_another_by_testing_a_variable_for_different_values(condition, excluded):
    assert RULE.excludes(alta.rule(condition, "y", 1)) is excluded
    assert alta.rule(condition, "y", 1).excludes(RULE) is excluded


@pytest.mark.parametrize("where", ["x", [1], 3])
def test_what_is_no_condition_is_refused(where):
    with pytest.raises(alta.ProgramError, match=r"expected a condition such as \{'x': 1\}, got "):
        alta.rule(where, "y", 1)
