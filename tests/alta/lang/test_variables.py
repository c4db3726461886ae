"""Variables are declared with what they can hold, and refused where that makes no sense."""

import numpy as np
import pytest

import alta
from alta.errors import ProgramError
from tests.alta.lang.toys import SUBSETS, case, refuses, toy

VARIABLES = [
    case(
        "of range 0",
        lambda: alta.var(0),
        "range of a variable: expected at least 1, got 0",
    ),
    case(
        "whose range is no int",
        lambda: alta.input_var(2.0),
        "range of a variable: expected an int, got 2.0 (float)",
    ),
    case(
        "whose default is out of range",
        lambda: toy(variables={"v": alta.var(2, default=2)}),
        "initial value of variable 'v' by default: expected 0 … 1, got 2",
        "widen the variable's range",
    ),
    case(
        "whose default is no int",
        lambda: toy(variables={"v": alta.var(2, default="0")}),
        "initial value of variable 'v' by default: expected an int, got '0' (str)",
    ),
    case(
        "whose default is null",
        lambda: toy(variables={"v": alta.var(2, default=None)}),
        "initial value of variable 'v' by default: expected 0 … 1, got None; let one of the values",
    ),
    case(
        "without a range",
        lambda: alta.input_var(init_fn=abs),
        "input_var: expected range or var_range, got neither",
    ),
    case(
        "with two ranges",
        lambda: alta.var(2, var_range=3),
        "var: expected range or var_range, got both",
    ),
    case(
        "whose first value is out of range for some token",
        lambda: toy(variables={"v": alta.input_var(5, init_fn=lambda token: 3 * token)}),
        "initial value of variable 'v' at token 2: expected 0 … 4, got 6",
        "widen the variable's range or change its first value",
    ),
    case(
        "whose first value is negative at some position",
        lambda: toy(variables={"v": alta.position_var(9, lambda p: 3 - p)}, position_range=6),
        "initial value of variable 'v' at position 4: expected 0 … 8, got -1",
    ),
    case(
        "that takes the token and has too few values for it",
        lambda: toy(variables={"v": alta.input_var(2)}),
        "initial value of variable 'v' at token 2: expected 0 … 1, got 2",
    ),
    case(
        "whose first value is no int",
        lambda: toy(variables={"v": alta.input_var(2, init_fn=lambda token: token / 2)}),
        "initial value of variable 'v' at token 0: expected an int, got 0.0 (float)",
    ),
    case(
        "that is no variable",
        lambda: toy(variables={"v": 2}),
        "variable 'v': expected the result of alta.var, alta.input_var, alta.position_var, "
        "alta.numeric_var or alta.set_var, got 2",
    ),
    case(
        "without a name",
        lambda: toy(variables={"": alta.var(2)}),
        "variable name: expected a non-empty str, got ''",
    ),
    case(
        "whose name is no str",
        lambda: toy(variables={7: alta.var(2)}),
        "variable name: expected a non-empty str, got 7",
    ),
]


@pytest.mark.parametrize(("build", "fragments"), VARIABLES)
def test_a_variable_is_refused(build, fragments):
    refuses(build, fragments)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda: 0, "at token 0: its function raised TypeError"),
        (lambda token: {0: 1}[token], "at token 1: its function raised KeyError: 1"),
        (lambda token: None, "at token 0: expected 0 … 1, got None; does its function lack"),
        (5, "at token 0: expected a function of the token, got 5"),
    ],
)
def test_a_first_value_that_cannot_be_had_is_refused(function, text):
    with pytest.raises(alta.ProgramError) as caught:
        toy(variables={"v": alta.input_var(2, init_fn=function)})
    assert str(caught.value).startswith("initial value of variable 'v' ")
    assert text in str(caught.value)


def test_values_are_sorted_and_distinct_whatever_their_order():
    assert alta.numeric_var([3, 1, 2.0, True, 1]).values == (1.0, 2.0, 3.0)
    assert alta.numeric_var(np.array([2, 1], dtype=np.int32)).values == (1.0, 2.0)


def test_subsets_are_sorted_and_distinct():
    assert alta.set_var(3, SUBSETS).values == (frozenset(), frozenset({0}), frozenset({1, 2}))


REFUSED = {
    "a number that is text": (
        lambda: toy(variables={"n": alta.numeric_var(default="1")}),
        "initial value of variable 'n' by default: expected a number, got '1' (str)",
    ),
    "an infinite number": (
        lambda: toy(variables={"n": alta.numeric_var(input_init_fn=lambda t: float("inf"))}),
        "initial value of variable 'n' at token 0: expected a finite number, got inf",
    ),
    "a number too large for a float": (
        lambda: alta.numeric_var([10**400]),
        "values of a numerical variable: expected a finite number",
    ),
    "no values": (
        lambda: alta.numeric_var([]),
        "values of a numerical variable: expected at least one",
    ),
    "values that are none": (
        lambda: alta.numeric_var(3),
        "expected numbers such as [0, 0.5, 1], got 3",
    ),
    "a value that is not a number": (
        lambda: alta.numeric_var([None]),
        "expected a number, got None",
    ),
    "both functions of a categorical variable": (
        lambda: alta.var(2, input_init_fn=int, position_init_fn=int),
        "var: expected input_init_fn or position_init_fn, got both",
    ),
    "a set without values": (
        lambda: alta.set_var(3, default={1}),
        "set_var: expected values=, the subsets that the variable can hold, got None; list the",
    ),
    "both functions": (
        lambda: alta.numeric_var(input_init_fn=float, position_init_fn=float),
        "numeric_var: expected input_init_fn or position_init_fn, got both",
    ),
    "both functions of a set": (
        lambda: alta.set_var(3, SUBSETS, input_init_fn=set, position_init_fn=set),
        "set_var: expected input_init_fn or position_init_fn, got both",
    ),
    "no subsets": (lambda: alta.set_var(3, []), "expected at least one subset, got none"),
    "a subset out of range": (
        lambda: alta.set_var(3, [{0, 3}]),
        "values of a set variable: expected members 0 … 2, got 3",
    ),
    "a subset that is a list": (
        lambda: alta.set_var(3, [[0]]),
        "values of a set variable: expected a set of ints, got [0] (list)",
    ),
    "a subset that was not declared": (
        lambda: toy(variables={"s": alta.set_var(3, [{0}, {1}, {2}, {0, 1}], default={0, 2})}),
        "variable 's' by default: expected {0}, {0,1}, {1}, … (4 subsets), got {0,2}",
    ),
    "a rule that tests a number without values": (
        lambda: toy([alta.rule({"n": 0}, "y", 1)], variables={"n": alta.numeric_var()}),
        "the numerical variable 'n' was declared without values, so rules cannot test it",
    ),
    "a rule that tests a bucket too many": (
        lambda: toy([alta.rule({"n": 2}, "y", 1)], variables={"n": alta.numeric_var([0, 1])}),
        "'n' has the buckets 0 … 1, so the test 'n=2' can never hold",
    ),
    "a set written to a number": (
        lambda: toy([alta.rule({}, "n", {1})], variables={"n": alta.numeric_var()}),
        "value that rule 'always -> n := {1}' assigns: expected a number, got frozenset({1})",
    ),
    "a fraction written to a category": (
        lambda: toy([alta.rule({}, "y", 0.5)]),
        "value that rule 'always -> y := 0.5' assigns: expected an int, got 0.5 (float)",
    ),
    "a halt value that was not declared": (
        lambda: toy(
            variables={"s": alta.set_var(3, SUBSETS)}, halt=alta.halt_spec("s", frozenset({2}))
        ),
        "halt_value: variable 's' has the values {}, {0}, {1,2}, got {2}",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    build, message = REFUSED[name]
    with pytest.raises(ProgramError) as caught:
        build()
    assert message in str(caught.value)
