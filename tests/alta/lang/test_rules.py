"""Rules are data: what is kept of them, in which order, and when they fire."""

import copy
import pickle

import pytest

import alta
from alta.lang.values import UNDEFINED
from tests.alta.lang.toys import toy


def kept(*rules, **options):
    return [str(rule) for rule in toy(rules, **options).rules]


def test_a_rule_reads_as_condition_and_assignment():
    assert str(alta.rule({"y": 1, "x": 0}, "y", 2)) == "x=0 & y=1 -> y := 2"
    assert str(alta.rule({}, "y", 2)) == "always -> y := 2"


def test_a_rule_that_assigns_what_its_atoms_say_is_there_is_dropped():
    assert kept(alta.rule({"x": 1, "y": 2}, "y", 2), alta.rule({"y": 1}, "y", 2)) == [
        "y=1 -> y := 2"
    ]


def test_a_rule_that_may_change_nothing_but_does_not_say_so_is_kept():
    assert kept(alta.rule({"x": 1}, "y", 0)) == ["x=1 -> y := 0"]


def test_identical_rules_are_merged_however_they_are_written():
    assert kept(
        alta.rule({"x": 1, "y": 0}, "y", 2),
        alta.rule({"y": 0, "x": 1}, "y", 2),
        alta.rule([("x", 1), ("y", 0), ("x", 1)], "y", 2),
        alta.Rule((alta.Atom("y", 0), alta.Atom("x", 1), alta.Atom("y", 0)), "y", 2),
    ) == ["x=1 & y=0 -> y := 2"]


def test_rules_that_agree_under_different_conditions_are_not_merged():
    assert len(kept(alta.rule({"x": 1}, "y", 2), alta.rule({"x": 1, "y": 0}, "y", 2))) == 2


def test_a_rule_that_contradicts_itself_is_dropped():
    assert kept(alta.rule([("x", 1), ("x", 2)], "y", 1)) == []


def test_a_trap_is_kept():
    program = toy([alta.rule({"x": 1}, "y", 3), alta.rule({"x": 2}, "y", -1)])
    assert [program.is_trap(rule) for rule in program.rules] == [True, True]
    assert not program.is_trap(alta.rule({}, "y", 2))


def test_rules_are_kept_in_one_order_whatever_the_order_given():
    rules = [
        alta.rule({"x": 1}, "y", 1),
        alta.rule({"x": 0}, "y", 2),
        alta.rule({}, "x", 0),
        alta.rule({"y": 1}, "y", 0),
    ]
    expected = ["always -> x := 0", "x=0 -> y := 2", "x=1 -> y := 1", "y=1 -> y := 0"]
    assert kept(*rules) == kept(*reversed(rules)) == expected


def test_the_rules_of_a_program_are_grouped_by_what_they_assign():
    program = toy([alta.rule({}, "y", 1)], variables={"z": alta.var(2)})
    assert {name: len(rules) for name, rules in program.rules_by_variable.items()} == {
        "x": 0,
        "y": 1,
        "z": 0,
    }


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
    ("other", "excluded"),
    [
        pytest.param({"x": 2}, True, id="another value of a variable"),
        pytest.param({"x": 1}, False, id="the same value"),
        pytest.param({"z": 1}, False, id="another variable"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_rules_exclude_one_another_by_testing_a_variable_for_different_values(other, excluded):
    assert RULE.excludes(alta.rule(other, "y", 1)) is excluded
    assert alta.rule(other, "y", 1).excludes(RULE) is excluded


def test_undefined_is_one_value_that_survives_copying():
    assert copy.deepcopy(UNDEFINED) is UNDEFINED
    assert pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED
    assert repr(UNDEFINED) == "UNDEFINED"


@pytest.mark.parametrize("where", ["x", [1], 3])
def test_what_is_no_condition_is_refused(where):
    with pytest.raises(alta.ProgramError, match=r"expected a condition such as \{'x': 1\}, got "):
        alta.rule(where, "y", 1)
