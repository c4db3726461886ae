"""Thresholds and codes: exact on either side, and refused where the format is too coarse."""

import random
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.compiler.formats import WeightFormat, power_of_two
from alta.compiler.numbers import numbers_of, rounded
from alta.compiler.thresholds import step
from alta.errors import ModelError
from tests.alta.lang.toys import toy

FORMATS = ["float32", "float64", "bfloat16", "float16"]


@pytest.mark.parametrize("name", FORMATS)
def test_the_nearest_number_of_a_format_is_the_one_that_jax_rounds_to(name):
    rng = random.Random(0)
    for _ in range(300):
        number = rng.choice([1, -1]) * rng.random() * 2.0 ** rng.randint(-8, 8)
        wanted = float(np.asarray(number).astype(jnp.dtype(name)))
        assert float(WeightFormat.of(name).nearest(Fraction(number))) == wanted


@pytest.mark.parametrize("name", FORMATS)
def test_no_code_is_subnormal(name):
    format_ = WeightFormat.of(name)
    assert format_.nearest(format_.smallest / 3) == 0
    assert format_.nearest(-format_.smallest * 2 / 3) == -format_.smallest
    assert format_.nearest(Fraction(0)) == 0


def test_powers_of_two_are_rounded_up():
    for number, power in ((1, 1), (3, 4), (4, 4), (Fraction(3, 8), Fraction(1, 2))):
        assert power_of_two(Fraction(number)) == power


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_0_on_the_low_side_and_1_on_the_high_side_as_computed(name, seed):
    rng = random.Random(seed)
    format_ = WeightFormat.of(name)
    ends = sorted(format_.nearest(Fraction(rng.uniform(-8, 8))) for _ in range(2))
    low, high = ends[0], ends[1] + Fraction(1, 4)
    found = step(0, low, high, Fraction(16), format_, what="x")
    assert found.factor.numerator & (found.factor.numerator - 1) == 0
    dtype, wide = jnp.dtype(name), np.dtype(format_.accumulate)
    for x, wanted in [
        *((low - Fraction(k, 8), 0) for k in range(40)),
        *((high + Fraction(k, 8), 1) for k in range(40)),
    ]:
        stored = np.asarray(float(x)).astype(dtype)
        if (wanted == 0 and Fraction(float(stored)) > low) or (
            wanted == 1 and Fraction(float(stored)) < high
        ):
            continue
        product = stored.astype(wide) * wide.type(float(found.factor))
        assert np.clip(product + wide.type(float(found.bias)), 0, 1) == wanted


def test_a_gap_that_the_format_cannot_see_is_refused():
    tiny = Fraction(1, 2**12)
    one = 1 + tiny
    step(0, one, one + tiny, Fraction(2), WeightFormat.of("float32"), what="x")
    message = (
        r"x: 1.000244140625 and 1.00048828125 have to be told apart, a gap of 0.000244 .*; "
        r"bfloat16 has a precision of 0.00391 .* Compile to a finer format"
    )
    with pytest.raises(ModelError, match=message):
        step(0, one, one + tiny, Fraction(2), WeightFormat.of("bfloat16"), what="x")
    with pytest.raises(ModelError, match="have to be told apart, a gap of 0"):
        step(0, one, one, Fraction(2), WeightFormat.of("float64"), what="x")
    with pytest.raises(ModelError, match=r"numbers up to 6\.55e"):
        step(0, one, one + tiny, Fraction(2**12), WeightFormat.of("float16"), what="x")


# --- codes ----------------------------------------------------------------------------------------


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
    found = rounded(program, WeightFormat.of("float32"))
    assert list(found) == ["n"]
    assert 0 < found["n"] < Fraction(1, 2**22)
    assert rounded(program, WeightFormat.of("float64"))["n"] < Fraction(1, 2**50)
    # Numbers that are never written keep the format's full precision.
    first = rounded(holding([0, 0.1], []), WeightFormat.of("float32"))["n"]
    assert first == abs(Fraction(float(np.float32(0.1))) - Fraction(0.1))


def test_numbers_that_a_format_cannot_hold_are_refused():
    with pytest.raises(ModelError, match=r"'n' holds 50000; float16 holds numbers up to 65504"):
        alta.compile(holding([50000], []), dtype="float16")
    alta.compile(holding([50000], []), dtype="bfloat16")
