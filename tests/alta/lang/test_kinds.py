"""Numerical and set variables: what they hold, and how they are declared, tested and written."""

from fractions import Fraction

import numpy as np
import pytest

import alta
from alta.errors import ProgramError
from tests.alta.lang.toys import NUMBERS, SUBSETS, toy, toy_function


@pytest.mark.parametrize(
    ("value", "index"),
    [(-9.0, 0), (0.0, 0), (0.5, 0), (0.5000001, 1), (1.0, 1), (1.5, 1), (1.6, 2), (99.0, 2)],
)
def test_a_number_lies_in_the_bucket_of_the_nearest_value_the_lower_of_two(value, index):
    assert alta.numeric_var([0, 1, 2]).index_of(value) == index


def test_edges_are_exact_midpoints():
    variable = alta.numeric_var([1 / 3, 1 / 5])
    (edge,) = variable.edges
    assert edge == (Fraction(1 / 3) + Fraction(1 / 5)) / 2
    below = float(edge) if float(edge) <= edge else np.nextafter(float(edge), -1)
    assert variable.index_of(below) == 0
    assert variable.index_of(float(np.nextafter(below, 1))) == 1


def test_edges_between_neighbouring_floats_are_told_apart():
    low = 1.0
    high = float(np.nextafter(low, 2))
    variable = alta.numeric_var([low, high])
    assert (variable.index_of(low), variable.index_of(high)) == (0, 1)


def test_a_variable_with_one_value_has_one_bucket():
    variable = alta.numeric_var([5])
    assert [variable.index_of(value) for value in (-1e300, 5.0, 1e300)] == [0, 0, 0]


def test_functions_and_builders_see_numbers_and_sets():
    def function(z):
        if z["n"] == 0.5 and 2 in z["s"]:
            z["n"] = 3
            z["s"] = {0}

    variables = {"n": alta.numeric_var([0, 0.5]), "s": alta.set_var(3, SUBSETS)}
    program = toy_function(function, variables=variables)
    builder = alta.MLPBuilder(program.variables, {})
    for n, s in builder.get("n", "s"):
        if n == 0.5 and 2 in s:
            builder.set("n", 3)
            builder.set("s", {0})
    assert list(map(str, program.rules)) == ["n=1 & s=2 -> n := 3.0", "n=1 & s=2 -> s := {0}"]
    assert alta.replace(program, rules=builder.rules) == program


def test_a_builder_does_not_loop_over_a_number_without_values():
    builder = alta.MLPBuilder({"n": alta.numeric_var()}, {})
    with pytest.raises(ProgramError, match="was declared without values"):
        builder.get("n")


def test_a_subset_that_was_not_declared_makes_a_trap():
    program = toy([alta.rule({"x": 1}, "s", {2})], variables=NUMBERS)
    assert [program.is_trap(rule) for rule in program.rules] == [True]
    alta.run(program, [0])
    with pytest.raises(alta.RangeError, match=r"'s' has the values \{\}, \{0\}, \{1,2\}"):
        alta.run(program, [1])
