"""Rules have one canonical form; those that are malformed are refused."""

import pytest

import alta
from tests.alta.lang.toys import NUMBERS, case, refuses, toy

RULES = [
    case(
        "that assigns a head output",
        lambda: toy([alta.rule({}, "h", 1)], heads={"h": alta.v_relative("x", 1)}),
        "rule 'always -> h := 1' assigns: 'h' is a head output, which only attention writes",
        "use a variable and copy the head output into it",
    ),
    case(
        "that assigns an unknown variable",
        lambda: toy([alta.rule({}, "partiy", 1)], variables={"parity": alta.var(2)}),
        "rule 'always -> partiy := 1' assigns: no variable 'partiy'",
        "did you mean 'parity'?",
    ),
    case(
        "that tests an unknown name",
        lambda: toy([alta.rule({"lefd": 1}, "y", 1)], heads={"left": alta.v_relative("x", 1)}),
        "rule 'lefd=1 -> y := 1': no variable or head 'lefd'",
        "did you mean 'left'?",
    ),
    case(
        "that tests for a value out of range",
        lambda: toy([alta.rule({"x": 3}, "y", 1)]),
        "rule 'x=3 -> y := 1': 'x' has the values 0 … 2, so the test 'x=3' can never hold",
    ),
    case(
        "that tests for a negative value",
        lambda: toy([alta.rule({"x": -1}, "y", 1)]),
        "the test 'x=-1' can never hold",
    ),
    case(
        "that tests for something else than an int",
        lambda: alta.rule({"x": 1.0}, "y", 1),
        "value of 'x' in a rule for 'y': expected an int, got 1.0 (float)",
    ),
    case(
        "that assigns something else than an int",
        lambda: alta.rule({"x": 1}, "y", "1"),
        "value for 'y': expected an int, got '1' (str)",
    ),
    case(
        "made by hand that assigns something else than an int",
        lambda: toy([alta.Rule((), "y", 1.0)]),
        "value that rule 'always -> y := 1.0' assigns: expected an int, got 1.0 (float)",
    ),
    case(
        "made by hand that tests for something else than an int",
        lambda: toy([alta.Rule((alta.Atom("x", "1"),), "y", 1)]),
        "rule 'x=1 -> y := 1': value of 'x': expected an int, got '1' (str)",
    ),
    case(
        "that is no rule",
        lambda: toy([("x", 1, "y", 1)]),
        "rules: expected the result of alta.rule or MLPBuilder.rules, got ('x', 1, 'y', 1)",
    ),
]


@pytest.mark.parametrize(("build", "fragments"), RULES)
def test_a_rule_is_refused(build, fragments):
    refuses(build, fragments)


def kept(*rules, **options):
    return [str(rule) for rule in toy(rules, **options).rules]


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


def test_rules_are_kept_in_one_order_whatever_the_order_given():
    rules = [
        alta.rule({"x": 1}, "y", 1),
        alta.rule({"x": 0}, "y", 2),
        alta.rule({}, "x", 0),
        alta.rule({"y": 1}, "y", 0),
    ]
    expected = ["always -> x := 0", "x=0 -> y := 2", "x=1 -> y := 1", "y=1 -> y := 0"]
    assert kept(*rules) == kept(*reversed(rules)) == expected


def test_a_rule_that_says_a_number_is_in_its_bucket_already_is_kept():
    rules = [alta.rule({"n": 0}, "n", 0.0), alta.rule({"s": 1}, "s", {0}), alta.rule({}, "y", 0)]
    program = toy(rules, variables=NUMBERS)
    assert list(map(str, program.rules)) == ["always -> y := 0", "n=0 -> n := 0.0"]
