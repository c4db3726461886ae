"""Thresholds are exact on either side, and refused where the format is too coarse."""

import random
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

from alta.compiler.formats import WeightFormat
from alta.compiler.thresholds import step
from alta.errors import ModelError

FORMATS = ["float32", "float64", "bfloat16", "float16"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_0_on_the_low_side_and_1_on_the_high_side_as_computed(name, seed):
    rng = random.Random(seed)
    format_ = WeightFormat.of(name)
    ends = sorted(format_.nearest(Fraction(rng.uniform(-8, 8))) for _ in range(2))
    low, high = ends[0], ends[1] + Fraction(1, 4)
    threshold = step(0, low, high, Fraction(16), format_, place="x")
    assert threshold.factor.numerator & (threshold.factor.numerator - 1) == 0
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
        product = stored.astype(wide) * wide.type(float(threshold.factor))
        assert np.clip(product + wide.type(float(threshold.bias)), 0, 1) == wanted


def test_a_gap_that_the_format_cannot_see_is_refused():
    tiny = Fraction(1, 2**12)
    unit = 1 + tiny
    step(0, unit, unit + tiny, Fraction(2), WeightFormat.of("float32"), place="x")
    message = (
        r"x: 1.000244140625 and 1.00048828125 have to be told apart, a gap of 0.000244 .*; "
        r"bfloat16 has a precision of 0.00391 .* Compile to a finer format"
    )
    with pytest.raises(ModelError, match=message):
        step(0, unit, unit + tiny, Fraction(2), WeightFormat.of("bfloat16"), place="x")
    with pytest.raises(ModelError, match="have to be told apart, a gap of 0"):
        step(0, unit, unit, Fraction(2), WeightFormat.of("float64"), place="x")
    with pytest.raises(ModelError, match=r"numbers up to 6\.55e"):
        step(0, unit, unit + tiny, Fraction(2**12), WeightFormat.of("float16"), place="x")
