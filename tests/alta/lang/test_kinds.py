"""Numerical and set variables: what they hold, and how they are declared, tested and written."""

from fractions import Fraction

import numpy as np
import pytest

import alta
from alta.errors import ProgramError
from alta.lang.parsing import parse_program
from alta.lang.program import program_text
from tests.alta.lang.toys import toy, toy_function

SUBSETS = [{1, 2}, {0}, frozenset(), {0}]


def number(values=None, **options):
    return alta.numeric_var(values, **options)


# --- buckets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "index"),
    [(-9.0, 0), (0.0, 0), (0.5, 0), (0.5000001, 1), (1.0, 1), (1.5, 1), (1.6, 2), (99.0, 2)],
)
def test_a_number_lies_in_the_bucket_of_the_nearest_value_the_lower_of_two(value, index):
    assert number([0, 1, 2]).index_of(value) == index


def test_edges_are_exact_midpoints():
    variable = number([1 / 3, 1 / 5])
    (edge,) = variable.edges
    assert edge == (Fraction(1 / 3) + Fraction(1 / 5)) / 2
    below = float(edge) if float(edge) <= edge else np.nextafter(float(edge), -1)
    assert variable.index_of(below) == 0
    assert variable.index_of(float(np.nextafter(below, 1))) == 1


def test_edges_between_neighbouring_floats_are_told_apart():
    low = 1.0
    high = float(np.nextafter(low, 2))
    variable = number([low, high])
    assert (variable.index_of(low), variable.index_of(high)) == (0, 1)


def test_values_are_sorted_and_distinct_whatever_their_order():
    assert number([3, 1, 2.0, True, 1]).values == (1.0, 2.0, 3.0)
    assert number(np.array([2, 1], dtype=np.int32)).values == (1.0, 2.0)


def test_a_variable_with_one_value_has_one_bucket():
    variable = number([5])
    assert [variable.index_of(value) for value in (-1e300, 5.0, 1e300)] == [0, 0, 0]


def test_subsets_are_sorted_and_distinct():
    assert alta.set_var(3, SUBSETS).values == (frozenset(), frozenset({0}), frozenset({1, 2}))


# --- normalised values ----------------------------------------------------------------------------


@pytest.mark.parametrize("spell", [int, float, np.int8, np.float32, np.bool_, bool])
def test_numbers_become_floats(spell):
    program = toy(variables={"n": number(input_init_fn=lambda token: spell(token > 1))})
    assert program.variables["n"].initial.table == (0.0, 0.0, 1.0)
    assert all(type(value) is float for value in program.variables["n"].initial.table)


def test_zero_has_no_sign():
    program = toy([alta.rule({}, "n", -0.0)], variables={"n": number([0, -0.0], default=-0.0)})
    assert "-0.0" not in program_text(program)


@pytest.mark.parametrize("spell", [set, frozenset, lambda members: {np.int64(m) for m in members}])
def test_sets_become_frozensets_of_ints(spell):
    variables = {"s": alta.set_var(3, SUBSETS, input_init_fn=lambda _: spell([1, 2]))}
    table = toy(variables=variables).variables["s"].initial.table
    assert table == (frozenset({1, 2}),) * 3
    assert all(type(member) is int for value in table for member in value)


# --- refusals -------------------------------------------------------------------------------------

REFUSED = {
    "a number that is text": (
        lambda: toy(variables={"n": number(default="1")}),
        "initial value of variable 'n' by default: expected a number, got '1' (str)",
    ),
    "an infinite number": (
        lambda: toy(variables={"n": number(input_init_fn=lambda t: float("inf"))}),
        "initial value of variable 'n' at token 0: expected a finite number, got inf",
    ),
    "a number too large for a float": (
        lambda: number([10**400]),
        "values of a numerical variable: expected a finite number",
    ),
    "no values": (lambda: number([]), "values of a numerical variable: expected at least one"),
    "values that are none": (lambda: number(3), "expected numbers such as [0, 0.5, 1], got 3"),
    "a value that is not a number": (lambda: number([None]), "expected a number, got None"),
    "both functions": (
        lambda: number(input_init_fn=float, position_init_fn=float),
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
        lambda: toy([alta.rule({"n": 0}, "y", 1)], variables={"n": number()}),
        "the numerical variable 'n' was declared without values, so rules cannot test it",
    ),
    "a rule that tests a bucket too many": (
        lambda: toy([alta.rule({"n": 2}, "y", 1)], variables={"n": number([0, 1])}),
        "'n' has the buckets 0 … 1, so the test 'n=2' can never hold",
    ),
    "a set written to a number": (
        lambda: toy([alta.rule({}, "n", {1})], variables={"n": number()}),
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


NUMBERS = {"n": number([0, 1]), "s": alta.set_var(3, SUBSETS)}


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (alta.qkv("n", "y", "x"), "expected a categorical or set query, got the numerical"),
        (alta.qkv("y", "n", "x"), "expected a categorical key, got the numerical variable 'n'"),
        (alta.qkv("y", "s", "x"), "expected a categorical key, got the set variable 's'"),
        (alta.v_relative("s", -1), "expected a categorical or numerical value, got the set"),
        (
            alta.qkv("s", "wide", "x"),
            "query 's' has range 3 and key 'wide' has range 4; they must be equal",
        ),
        (
            alta.qkv("y", "x", "n", output_spec=alta.var(2)),
            "output_spec: expected the result of alta.numeric_var",
        ),
        (
            alta.qkv("y", "x", "y", output_spec=number([0])),
            "output_spec: expected the result of alta.var",
        ),
    ],
)
def test_a_head_that_takes_another_kind_is_refused(head, message):
    with pytest.raises(ProgramError) as caught:
        toy(variables={**NUMBERS, "wide": alta.var(4)}, heads={"h": head})
    assert message in str(caught.value)


# --- rules ----------------------------------------------------------------------------------------


def test_functions_and_builders_see_numbers_and_sets():
    def function(z):
        if z["n"] == 0.5 and 2 in z["s"]:
            z["n"] = 3
            z["s"] = {0}

    variables = {"n": number([0, 0.5]), "s": alta.set_var(3, SUBSETS)}
    program = toy_function(function, variables=variables)
    builder = alta.MLPBuilder(program.variables, {})
    for n, s in builder.get("n", "s"):
        if n == 0.5 and 2 in s:
            builder.set("n", 3)
            builder.set("s", {0})
    assert list(map(str, program.rules)) == ["n=1 & s=2 -> n := 3.0", "n=1 & s=2 -> s := {0}"]
    assert alta.replace(program, rules=builder.rules) == program


def test_a_builder_does_not_loop_over_a_number_without_values():
    builder = alta.MLPBuilder({"n": number()}, {})
    with pytest.raises(ProgramError, match="was declared without values"):
        builder.get("n")


def test_a_rule_that_says_a_number_is_in_its_bucket_already_is_kept():
    rules = [alta.rule({"n": 0}, "n", 0.0), alta.rule({"s": 1}, "s", {0}), alta.rule({}, "y", 0)]
    program = toy(rules, variables=NUMBERS)
    assert list(map(str, program.rules)) == ["always -> y := 0", "n=0 -> n := 0.0"]


def test_a_subset_that_was_not_declared_makes_a_trap():
    program = toy([alta.rule({"x": 1}, "s", {2})], variables=NUMBERS)
    assert [program.is_trap(rule) for rule in program.rules] == [True]
    alta.run(program, [0])
    with pytest.raises(alta.RangeError, match=r"'s' has the values \{\}, \{0\}, \{1,2\}"):
        alta.run(program, [1])


def test_points_of_a_mean_have_one_order():
    points = alta.Numerical((1.0, 0.0, 0.5, 0.5), alta.numeric_var().initial)
    program = toy(variables=NUMBERS, heads={"h": alta.qkv("x", "y", "n", output_spec=points)})
    assert program.domains["h"].contents == (0.0, 0.5, 1.0)


# --- text -----------------------------------------------------------------------------------------


def everything():
    return alta.program_spec_from_rules(
        variables={
            "n": number([0.1, -3, 1e-7], default=2.5),
            "free": number(position_init_fn=lambda p: p / 7),
            "s": alta.set_var(3, SUBSETS, input_init_fn=lambda t: {0} if t else {1, 2}),
            "k": alta.input_var(3),
        },
        heads={
            "mean": alta.qkv("s", "k", "free", [0, -1], output_spec=number([0.25, 0.75])),
            "raw": alta.v_relative("free", -1),
            "left": alta.v_relative("k", -1),
        },
        rules=[
            alta.rule({"mean": 1}, "n", 1e300),
            alta.rule({"n": 2, "s": 0}, "s", {1, 2}),
            alta.rule({"s": 1}, "s", {0, 2}),
        ],
        output_name="n",
        input_range=3,
        position_range=4,
        layers=2,
        halt=alta.halt_spec("n", -3),
    )


def test_the_text_of_a_program_with_all_kinds_parses_back_to_an_equal_program():
    program = everything()
    text = program_text(program)
    again = parse_program(text)
    assert again == program
    assert program_text(again) == text
    assert again.domains["mean"].contents == (0.25, 0.75)
    assert again.domains["raw"].contents == ()
    assert alta.replace(program, layers=2) == program


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("values [-3.0,1e-07,0.1]", "values [-3.0,1e-07,0.2]"),
        ("output n", "output free"),
        ("values [0.25,0.75]", "values [0.25,0.7]"),
        ("n := 1e+300", "n := 1e+299"),
        ("s := {1,2}", "s := {0}"),
        ("halt n=-3.0", "halt n=-2.0"),
        ("token [[1,2],[0],[0]]", "token [[1,2],[0],[]]"),
    ],
)
def test_a_change_of_the_text_is_a_change_of_the_program(old, new):
    text = program_text(everything())
    assert text.count(old) == 1
    assert parse_program(text.replace(old, new)) != everything()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("s := {1,2}", "s := {1,2"),
        ("s := {1,2}", "s := [1,2]"),
        ("n := 1e+300", "n := Infinity"),
        ("values [-3.0,1e-07,0.1]", "values [-3,1e-07,0.1]"),
        ("token [[1,2],[0],[0]]", "token [[1,2],[0],[0.0]]"),
    ],
)
def test_a_malformed_text_is_refused(old, new):
    text = program_text(everything())
    assert text.count(old) == 1
    with pytest.raises(ProgramError):
        parse_program(text.replace(old, new))
