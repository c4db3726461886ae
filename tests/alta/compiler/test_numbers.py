"""Codes of numbers are on a grid on which sums are exact, or are refused."""

import random
from fractions import Fraction

import numpy as np
import pytest

import alta
from alta.compiler.formats import WeightFormat
from alta.compiler.numbers import numbers_of, rounded
from alta.errors import ModelError
from tests.alta.compiler.agreement import check_codes
from tests.alta.lang.toys import toy

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
def test_partial_sums_of_codes_are_exact_in_any_order(name, values, assigned):
    format_ = WeightFormat.of(name)
    program = holding(values, assigned)
    (numbers,) = numbers_of(program, format_).values()
    wide = np.dtype(format_.accumulate).type
    codes = numbers.codes
    rng = random.Random(0)
    for _ in range(200):
        old, new = rng.choice(codes), rng.choice(codes)
        terms = [old, -old, new, *(0 * code for code in codes)]
        rng.shuffle(terms)
        total = wide(0)
        for term in terms:
            total = wide(total + wide(float(term)))
        assert Fraction(float(total)) == new
    for value, code in zip(numbers.values, codes, strict=True):
        assert abs(value - code) <= numbers.error
        assert format_.nearest(code) == code


def test_it_is_known_which_numbers_are_rounded_and_how_far():
    program = holding([0, 0.1], [0.25])
    assert rounded(holding([0, 0.5], [0.25]), WeightFormat.of("bfloat16")) == {}
    offsets = rounded(program, WeightFormat.of("float32"))
    assert list(offsets) == ["n"]
    assert 0 < offsets["n"] < Fraction(1, 2**22)
    assert rounded(program, WeightFormat.of("float64"))["n"] < Fraction(1, 2**50)
    # Numbers that are never written keep the format's full precision.
    first = rounded(holding([0, 0.1], []), WeightFormat.of("float32"))["n"]
    assert first == abs(Fraction(float(np.float32(0.1))) - Fraction(0.1))


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
