"""Thresholds are exact on either side, and refused where the format is too coarse."""

import random
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.compiler.numbers import WeightFormat, numbers_of
from alta.compiler.thresholds import Edges, Step, step
from alta.errors import ModelError
from alta.nn.layout import Layout
from tests.alta.compiler.agreement import check_agreement, check_codes
from tests.alta.lang.toys import toy

FORMATS = ["float32", "float64", "bfloat16", "float16"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_0_on_the_low_side_and_1_on_the_high_side_as_computed(name, seed):
    rng = random.Random(seed)
    format_ = WeightFormat(name)
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
    step(0, unit, unit + tiny, Fraction(2), WeightFormat("float32"), place="x")
    message = (
        r"x: 1.000244140625 and 1.00048828125 have to be told apart, a gap of 0.000244 .*; "
        r"bfloat16 has a precision of 0.00391 .* Compile to a finer format"
    )
    with pytest.raises(ModelError, match=message):
        step(0, unit, unit + tiny, Fraction(2), WeightFormat("bfloat16"), place="x")
    with pytest.raises(ModelError, match="have to be told apart, a gap of 0"):
        step(0, unit, unit, Fraction(2), WeightFormat("float64"), place="x")
    with pytest.raises(ModelError, match=r"numbers up to 6\.55e"):
        step(0, unit, unit + tiny, Fraction(2**12), WeightFormat("float16"), place="x")


SEQUENCES = [[0], [1], [2], [0, 1], [1, 1], [2, 0, 1]]


def counting(points, **options):
    """The mean of the ones among all tokens up to here decides y."""
    points = list(points)
    return alta.program_spec(
        name="counting",
        variables={
            "one": alta.numeric_var(input_init_fn=float),
            "same": alta.var(1),
            "y": alta.var(len(points)),
        },
        heads={
            "share": alta.qkv("same", "same", "one", output_spec=alta.numeric_var(points)),
        },
        ffn_fn=lambda z: z.__setitem__("y", sorted(points).index(z["share"])),
        output_name="y",
        input_range=2,
        layers=1,
        **options,
    )


def shares(count):
    return [1 / k for k in range(1, count + 1)]


def edges_of(program, longest=None):
    format_ = WeightFormat("float32")
    layout, numbers = Layout.of(program), numbers_of(program, format_)
    return Edges(program, layout, numbers, format_, longest)


def test_an_edge_that_no_number_is_above_needs_no_unit():
    number = alta.numeric_var([0, 1, 2, 9], input_init_fn=float)
    edges = edges_of(toy(variables={"n": number}))
    assert [edges.above("n", index) for index in (-1, 2, 3)] == [True, False, False]
    low, high = edges.above("n", 0), edges.above("n", 1)
    assert isinstance(low, Step)
    assert isinstance(high, Step)
    # 0 and 1, and 1 and 2, are told apart.
    assert [float(n) for n in (low.factor, low.bias, high.bias)] == [2, -0.5, -2.5]


@pytest.mark.parametrize(
    ("dtype", "longest"), [("bfloat16", 40), ("float16", 110), ("float32", 700)]
)
def test_shares_that_are_too_near_are_refused(dtype, longest):
    program = counting(shares(20), position_range=longest)
    with pytest.raises(ModelError, match=f"'share', edge .* told apart, a gap of .*; {dtype} has"):
        alta.compile(program, dtype=dtype)


def test_means_of_any_number_of_numbers_need_a_max_len():
    program = counting([0, 1])
    with pytest.raises(ModelError, match=r"'share' is the mean of up to as many .* pass max_len"):
        alta.compile(program)
    model = alta.compile(program, max_len=5)
    assert model.max_len == 5
    check_agreement(program, [[0], [1, 0], [0, 1, 1, 0, 1]], model=model)


def test_the_longest_sequence_of_the_language_bounds_the_means_and_the_model():
    program = counting([0, 1], inputs=alta.inputs.regex("1 0{0,5}"))
    model = alta.compile(program)
    assert model.max_len == 6
    check_agreement(program, [[1], [1, 0, 0]], model=model)
    with pytest.raises(alta.TokenError, match="compiled for at most 6 tokens"):
        model.run([0] * 7)


def test_a_head_output_too_small_for_the_format_is_refused():
    program = toy(
        variables={"n": alta.numeric_var(input_init_fn=lambda token: [-3, 0, 3.5][token])},
        heads={"mean": alta.qkv("y", "y", "n")},
    )
    with pytest.raises(ModelError, match="float16 cannot divide them by 4 exactly"):
        alta.compile(program, dtype="float16")
    check_codes(program, SEQUENCES, dtype="bfloat16")
