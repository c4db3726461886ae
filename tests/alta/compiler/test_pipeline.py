"""What the compiler makes of a program, and what it refuses."""

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.nn.weights import named
from tests.alta.lang.toys import copied, toy

PARITY = alta.programs.parity_sequential_relative()


# --- the feed-forward block -----------------------------------------------------------------------


# --- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_every_weight_is_a_small_power_of_two_or_zero(dtype):
    program = alta.programs.parity_sequential_absolute(max_length=30)
    model = alta.compile(program, dtype=dtype)
    assert model.dtype == dtype
    for _, array in named(model.weights):
        values = np.unique(np.abs(array.astype(np.float64)))
        # Biases 3/2 - 2k of conjunctions of k coordinates are the exception.
        assert set(values) <= {0, 0.5, 1, 2, 16, 32} | {2 * k - 1.5 for k in range(2, 6)}


def test_compiling_twice_gives_the_same_bits():
    first, second = (named(alta.compile(PARITY).weights) for _ in range(2))
    assert [(name, array.tobytes()) for name, array in first] == [
        (name, array.tobytes()) for name, array in second
    ]


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype",
    [
        pytest.param("float16", id="a name"),
        pytest.param(np.float16, id="a NumPy type"),
        pytest.param(jnp.float16, id="a JAX type"),
        pytest.param(np.dtype("float16"), id="a NumPy dtype"),
    ],
)
def test_a_format_may_be_given_as(dtype):
    assert alta.compile(PARITY, dtype=dtype).dtype == "float16"


@pytest.mark.parametrize("dtype", ["float33", "int32", np.int8, "float8_e4m3fn"], ids=str)
def test_another_format_is_refused_with_the_nearest_ones(dtype):
    with pytest.raises(ModelError, match=r"dtype: no format '.*(did you mean|known names)"):
        alta.compile(PARITY, dtype=dtype)


@pytest.mark.parametrize("max_len", [0, -3, 2.5, "4", True], ids=repr)
def test_a_max_len_that_is_no_positive_int_is_refused(max_len):
    with pytest.raises(ModelError, match="max_len: expected an int of at least 1, got"):
        alta.compile(PARITY, max_len=max_len)


def test_programs_without_heads_or_rules_or_both_are_compiled():
    for program in (
        toy(),
        toy(copied("x")),
        toy(heads={"h": alta.v_relative("x", -1)}),
    ):
        model = alta.compile(program)
        assert model.run([2, 1]) == alta.run(program, [2, 1])
