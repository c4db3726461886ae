"""What does not fit is refused before it runs, with what was expected and what came."""

from dataclasses import replace

import jax
import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.nn.block import DenseBlock
from alta.nn.sparse import Pattern, SparseMatrix
from alta.nn.wellformed import check_numbers, check_wellformed
from alta_verify import verify
from tests.alta.lang.toys import toy
from tests.alta.nn.changed import changed

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)


def of(name, change):
    return lambda: changed(MODEL.weights, name, change)


REFUSED = {
    "of another structure": (
        lambda: jax.tree.leaves(MODEL.weights),
        "weights: expected the tree structure",
    ),
    "without a head": (
        lambda: replace(MODEL.weights, heads={"done_left": MODEL.weights.heads["done_left"]}),
        "weights: expected the tree structure",
    ),
    "None": (lambda: None, "weights: expected the tree structure"),
    "of ints": (
        lambda: jax.tree.map(lambda array: array.astype(int), MODEL.weights),
        "weights: expected one of float64, float32, bfloat16, float16, got int64",
    ),
    "of two formats": (
        of("mlp.lookup_in", lambda array: array.astype(np.float16)),
        "weights: mlp.lookup_in is float16, the arrays before it are float32",
    ),
    "with one axis too many": (
        of("mlp.expand_in_bias", lambda array: array[None]),
        "weights: mlp.expand_in_bias: expected 1 axes, got shape (1, 12)",
    ),
    "with a number for an array": (
        of("mlp.expand_in_bias", lambda array: 0.5),
        "weights: mlp.expand_in_bias: expected 1 axes, got shape ()",
    ),
    "whose hidden dimensions differ": (
        of("mlp.lookup_out", lambda array: array[:-1]),
        "weights: mlp.lookup_out has shape (10, 8), but mlp.lookup_in asks for 11 instead of 10",
    ),
    "of another width": (
        lambda: alta.compile(toy(heads=PROGRAM.heads, variables=PROGRAM.variables)).weights,
        "the layout ask for (3, 8)",
    ),
    "for fewer tokens": (
        of("token_embedding", lambda array: array[:2]),
        "weights: token_embedding has shape (2, 8); program 'parity_sequential_relative'",
    ),
    "for more tokens": (
        of("token_embedding", lambda array: np.concatenate([array, array])),
        "weights: token_embedding has shape (6, 8)",
    ),
    "with positions where there are none": (
        of("position_embedding", lambda array: np.zeros((4, 8), dtype=np.float32)),
        "weights: position_embedding has 4 rows",
    ),
}


@pytest.mark.parametrize(("weights", "message"), REFUSED.values(), ids=REFUSED)
def test_weights_are_refused(weights, message):
    with pytest.raises(ModelError) as caught:
        MODEL.with_weights(weights())
    assert message in str(caught.value)


def test_a_position_table_that_is_too_short_is_refused():
    model = alta.compile(alta.programs.parity_sequential_absolute(max_length=4))
    short = changed(model.weights, "position_embedding", lambda table: table[:3])
    with pytest.raises(ModelError, match=r"position_embedding has 3 rows; program .* takes 4"):
        model.with_weights(short)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("token_embedding", (2, 3)),
        ("heads.done_left.value", (1, 0)),
        ("mlp.lookup_out", (4, 1)),
        ("mlp.expand_in_bias", (5,)),
    ],
    ids=["embedding", "head", "matrix", "bias"],
)
def test_weights_that_are_no_numbers_are_refused_by_the_verifier(name, index, value):
    def poison(array):
        poisoned = array.copy()
        poisoned[index] = value
        return poisoned

    model = MODEL.with_weights(changed(MODEL.weights, name, poison))
    with pytest.raises(ModelError) as caught:
        verify(PROGRAM, model, max_len=3)
    assert str(caught.value) == (
        f"weights: {name}{list(index)} is {np.float32(value)}; expected finite numbers"
    )


def test_a_model_whose_parts_are_of_other_types_is_refused_where_it_is_checked():
    for part in ("program", "weights", "layout"):
        with pytest.raises(ModelError, match=f"{part} of a model: expected alta"):
            replace(MODEL, **{part: 3}).check()


def test_a_sparse_matrix_whose_places_are_wrong_is_refused():
    model = alta.compile(PROGRAM, sparse=True)
    old = model.weights.mlp.lookup_out
    pattern = Pattern(old.pattern.rows, old.pattern.columns + 8, old.shape)
    wrong = jax.tree.map(
        lambda node: SparseMatrix(node.data, pattern) if node is old else node,
        model.weights,
        is_leaf=lambda node: isinstance(node, SparseMatrix),
    )
    with pytest.raises(ModelError, match=r"weights: mlp.lookup_out: entry \d+ has column"):
        model.with_weights(wrong)


def test_a_model_fits_its_own_program_and_no_other():
    check_wellformed(PROGRAM, MODEL.weights, MODEL.layout)
    with pytest.raises(ModelError, match="layout: expected exactly the variables and heads of"):
        check_wellformed(toy(), MODEL.weights, MODEL.layout)


@pytest.mark.parametrize(
    ("dtype", "block_dtype", "fits"),
    [("float32", "bfloat16", True), ("float32", "float64", False), ("float64", "float64", True)],
)
def test_numbers_of_a_block_have_a_format_in_which_sums_hold_them(dtype, block_dtype, fits):
    matrix = np.zeros((MODEL.layout.width,) * 2, jax.numpy.dtype(block_dtype))
    model = alta.compile(PROGRAM, dtype=dtype).with_mlp(DenseBlock((matrix,), (matrix[0],)))
    if fits:
        check_numbers(model.weights)
    else:
        with pytest.raises(ModelError, match=r"block: array 0 is float64; .* sums in float32"):
            check_numbers(model.weights)


def test_weights_of_other_heads_than_the_program_s_are_refused():
    fewer = {"done_left": MODEL.weights.heads["done_left"]}
    with pytest.raises(ModelError, match=r"they have the heads \['done_left'\]; program 'parity"):
        check_wellformed(PROGRAM, replace(MODEL.weights, heads=fewer), MODEL.layout)
