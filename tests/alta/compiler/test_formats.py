"""The compiler rounds as the formats do."""

import random
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

from alta.compiler.formats import WeightFormat, power_of_two

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
def test_units_are_half_of_the_last_digit(name):
    format_ = WeightFormat.of(name)
    assert 1 + format_.unit * 2 == format_.nearest(1 + format_.unit * 2)
    assert format_.nearest(1 + format_.unit) == 1
    assert format_.sum_unit == (2**-53 if name == "float64" else 2**-24)
