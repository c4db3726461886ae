"""Codes of numbers are the nearest of the format, on a grid on which sums are exact or one-hot."""

import random
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.compiler.numbers import WeightFormat, numbers_of, power_of_two, rounded
from alta.errors import ModelError
from tests.alta.compiler.agreement import check_codes
from tests.alta.lang.toys import toy
from tests.judge.formats import rounded as rounded_to

FORMATS = ["float32", "float64", "bfloat16", "float16"]


def holding(values, assigned):
    variables = {
        "n": alta.numeric_var(input_init_fn=lambda token: values[token % len(values)]),
    }
    rules = [alta.rule({"x": i % 3, "y": 0}, "n", float(v)) for i, v in enumerate(assigned)]
    return toy(rules, variables=variables, input_range=max(3, len(values)))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("values", "assigned"),
    [
        pytest.param([0, 1, 2], [5, -3], id="integers"),
        pytest.param([0.5, -0.25, 8], [1.75], id="binary fractions"),
        pytest.param([0.1, 0.2, 0.3], [0.7, -1e-3], id="decimal fractions"),
    ],
)
def test_partial_sums_of_codes_in_one_coordinate_are_exact_in_any_order(name, values, assigned):
    format_ = WeightFormat(name)
    program = holding(values, assigned)
    (numbers,) = numbers_of(program, format_).values()
    wide = np.dtype(format_.accumulate).type
    codes = numbers.codes
    rng = random.Random(0)
    inexact = 0
    for _ in range(200):
        old, new = rng.choice(codes), rng.choice(codes)
        terms = [old, -old, new, *(0 * code for code in codes)]
        rng.shuffle(terms)
        total = wide(0)
        for term in terms:
            total = wide(total + wide(float(term)))
        inexact += Fraction(float(total)) != new
    # Where sums would not be exact each number has a coordinate.
    assert numbers.one_hot is (inexact > 0)
    for value, code in zip(numbers.values, codes, strict=True):
        assert code == Fraction(float(rounded_to(float(value), name)))
        assert abs(value - code) <= numbers.error


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_no_number_added_to_one_makes_it_a_third(name):
    dtype = np.dtype(name).type
    one, third = dtype(1), dtype(1 / 3)
    near = difference = dtype(third - one)
    sums = {one + difference}
    for _ in range(100):
        near, difference = np.nextafter(near, dtype(-1)), np.nextafter(difference, dtype(1))
        sums |= {one + near, one + difference}
    assert min(sums) < third < max(sums)
    assert third not in sums
    # So a variable that rules write from one to the other has a coordinate for each.
    (numbers,) = numbers_of(holding([1], [1 / 3]), WeightFormat(name)).values()
    assert numbers.one_hot
    (held,) = numbers_of(holding([1, 1 / 3], []), WeightFormat(name)).values()
    assert not held.one_hot


def test_a_rule_that_assigns_the_only_number_of_a_variable_writes_nothing():
    program = holding([1 / 3], [1 / 3])
    assert alta.compile(program).layout.columns["n"] == (program.variables["x"].size * 2,)
    check_codes(program, [[0, 1], [2]])


def test_numbers_that_are_one_in_the_format_and_tested_apart_are_refused():
    near = 0.1 + 2.0**-50
    number = alta.numeric_var([0.1, near], input_init_fn=lambda token: 0.1 if token == 0 else near)
    for written in ([], [alta.rule({"x": 0}, "n", 1 / 3)]):
        rules = [alta.rule({"n": 0}, "y", 1), *written]
        program = toy(rules, variables={"n": number})
        with pytest.raises(ModelError, match=r"'n'.* have to be told apart, a gap of 0 .*float32"):
            alta.compile(program)
        alta.compile(program, dtype="float64")


def test_it_is_known_which_numbers_are_rounded_and_how_far():
    assert rounded(holding([0, 0.5], [0.25]), WeightFormat("bfloat16")) == {}
    offsets = rounded(holding([0, 0.1], [0.25]), WeightFormat("float32"))
    assert offsets == {"n": abs(Fraction(float(np.float32(0.1))) - Fraction(0.1))}
    assert rounded(holding([0, 0.1], [0.25]), WeightFormat("float64")) == {}


def test_numbers_for_which_a_format_has_subnormal_ones_only_are_refused():
    with pytest.raises(ModelError, match=r"'n' holds 1e-06, for which float16 has a subnormal"):
        alta.compile(holding([1e-6], []), dtype="float16")
    alta.compile(holding([1e-6], []), dtype="bfloat16")
    (numbers,) = numbers_of(holding([0, 1e-60], []), WeightFormat("float32")).values()
    assert set(numbers.codes) == {Fraction(0)}


def test_numbers_that_a_format_cannot_hold_are_refused():
    with pytest.raises(ModelError, match=r"'n' holds 50000; float16 holds numbers up to 65504"):
        alta.compile(holding([50000], []), dtype="float16")
    alta.compile(holding([50000], []), dtype="bfloat16")


def test_a_halt_value_that_codes_do_not_tell_from_another_is_refused():
    near = toy(
        variables={"n": alta.numeric_var(input_init_fn=lambda token: 0.1 + token / 2**50)},
        halt=alta.halt_spec("n", 0.1),
    )
    with pytest.raises(ModelError, match=r"the halt value 0\.1 of 'n': float32 holds"):
        alta.compile(near)
    check_codes(near, [[0], [1]], dtype="float64")


@pytest.mark.parametrize("name", FORMATS)
def test_the_nearest_number_of_a_format_is_the_one_that_jax_rounds_to(name):
    rng = random.Random(0)
    for _ in range(300):
        number = rng.choice([1, -1]) * rng.random() * 2.0 ** rng.randint(-8, 8)
        wanted = float(np.asarray(number).astype(jnp.dtype(name)))
        assert float(WeightFormat(name).nearest(Fraction(number))) == wanted


@pytest.mark.parametrize("name", FORMATS)
def test_no_code_is_subnormal(name):
    format_ = WeightFormat(name)
    assert format_.nearest(format_.smallest / 3) == 0
    assert format_.nearest(-format_.smallest * 2 / 3) == -format_.smallest
    assert format_.nearest(Fraction(0)) == 0


def test_powers_of_two_are_rounded_up():
    for number, power in ((1, 1), (3, 4), (4, 4), (Fraction(3, 8), Fraction(1, 2))):
        assert power_of_two(Fraction(number)) == power


@pytest.mark.parametrize("name", FORMATS)
def test_units_are_half_of_the_last_digit(name):
    format_ = WeightFormat(name)
    assert 1 + format_.unit * 2 == format_.nearest(1 + format_.unit * 2)
    assert format_.nearest(1 + format_.unit) == 1
    assert format_.sum_unit == (2**-53 if name == "float64" else 2**-24)
