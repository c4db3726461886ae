"""Numbers are rounded once, to the nearest number of a format, and of two to the even one."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from alta.nn.rounding import nearest
from tests.judge.formats import FORMATS, rounded


@pytest.mark.parametrize("dtype", FORMATS)
def test_numbers_of_every_size_are_rounded_as_by_one_cast(dtype):
    rng = random.Random(0)
    drawn = [
        rng.choice([1, -1]) * rng.uniform(1, 2) * 2.0 ** rng.randint(-160, 140) for _ in range(2000)
    ]
    # Halfway between two numbers of a format, and a little beyond.
    ties = [1 + k * 2.0**-9 for k in range(8)] + [1 + 2.0**-12, 1 + 2.0**-25, 1 + 2.0**-24 * 3]
    for number in (*drawn, *ties, 0.0, 1 / 3, 0.1, 65519.9, 65520.0, 5e-324, 1e308):
        assert nearest(number, dtype) == float(rounded(number, dtype)), number


def test_a_number_is_not_rounded_twice():
    # By way of float32 the last part is lost, and the tie goes to the even number below.
    number = 1 + 2.0**-8 + 2.0**-30
    assert float(np.float32(number)) == 1 + 2.0**-8
    assert nearest(number, "bfloat16") == 1 + 2.0**-7
    assert nearest(1 + 2.0**-8, "bfloat16") == 1


def test_zero_has_no_sign_and_what_is_no_number_stays():
    assert math.copysign(1, nearest(-0.0, "float32")) == 1
    assert math.copysign(1, nearest(-1e-60, "float16")) == 1
    assert nearest(-1e60, "float32") == -math.inf
    assert math.isnan(nearest(math.nan, "float16"))
