"""What the compiler makes of a program, and what it refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.compiler.pipeline import ATTENTION_SCALE, head_weights
from alta.errors import ModelError
from alta.nn.layout import Layout
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


def test_the_position_table_has_a_row_for_each_position_where_a_variable_reads_them():
    absolute = alta.programs.parity_sequential_absolute(max_length=9)
    assert len(alta.compile(absolute).weights.position_embedding) == 9
    assert len(alta.compile(toy(position_range=9)).weights.position_embedding) == 0


def test_a_program_whose_positions_never_end_is_not_compiled():
    program = toy(variables={"here": alta.position_var(4)})
    assert alta.run(program, [0]).n_layers == 1
    message = "'here' starts with a value read from the position, so position_range must say"
    with pytest.raises(ModelError, match=message):
        alta.compile(program)


def test_what_depends_on_nothing_is_in_every_row_of_the_tokens():
    program = toy(
        variables={
            "p": alta.position_var(2),
            "s": alta.set_var(2, values=[{0}, {0, 1}], default={0, 1}),
            "n": alta.numeric_var([0, 1], input_init_fn=lambda token: token / 4),
        },
        position_range=2,
    )
    model = alta.compile(program)
    tokens, positions = model.weights.token_embedding, model.weights.position_embedding
    columns = {name: list(places) for name, places in model.layout.columns.items()}
    assert tokens[:, columns["s"]].tolist() == [[1, 1]] * 3
    assert tokens[:, columns["n"]].tolist() == [[0], [0.25], [0.5]]
    assert (tokens[:, columns["x"]] == np.eye(3)).all()
    assert (positions[:, columns["p"]] == np.eye(2)).all()
    assert not tokens[:, columns["p"]].any()
    assert not np.delete(positions, columns["p"], axis=1).any()


@pytest.mark.parametrize(("accumulate", "lowest"), [("float32", 103.98), ("float64", 745.14)])
def test_a_score_gap_makes_the_softmax_exactly_one_hot(accumulate, lowest):
    scale = ATTENTION_SCALE[accumulate]
    assert scale**2 > lowest
    assert scale & (scale - 1) == 0
    with jax.enable_x64(accumulate == "float64"):
        assert float(jnp.exp(jnp.asarray(-float(scale**2), dtype=accumulate))) == 0


def test_a_head_scores_the_square_of_the_scale_where_key_and_query_are_equal():
    program = toy(heads={"same": alta.qkv("x", "y", "x")})
    layout, head = Layout.of(program), program.heads["same"]
    weights = head_weights("same", head, layout, scale=16)
    scores = np.eye(layout.width) @ weights.query.dense() @ weights.key.dense().T
    expected = np.zeros((layout.width, layout.width))
    expected[layout.columns["x"], layout.columns["y"]] = 256
    assert (scores == expected).all()
    # The value is copied as it is, to where the layout has the head's output.
    copied = weights.value.dense() @ weights.output.dense()
    assert copied[layout.columns["x"], layout.columns["same"]].tolist() == [1, 1, 1]
    assert np.count_nonzero(copied) == 3


def test_a_head_without_query_scores_nothing():
    program = toy(heads={"left": alta.v_relative("x", -1)})
    weights = head_weights("left", program.heads["left"], Layout.of(program), scale=16)
    assert weights.query.shape == weights.key.shape == (9, 0)
