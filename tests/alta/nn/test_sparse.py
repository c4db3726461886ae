"""Sparse matrices: the same numbers as dense ones, and the same products."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.errors import ModelError
from alta.nn.sparse import Pattern, SparseMatrix, as_dense, as_sparse, stacked
from alta.nn.weights import matrices, named

PROGRAMS = {
    "scan": alta.programs.get("scan"),
    "relative": alta.programs.parity_sequential_relative(),
    "absolute": alta.programs.parity_sequential_absolute(max_length=12),
}


@st.composite
def drawn_matrices(draw):
    """Integers, mostly 0; some columns are full."""
    shape = draw(st.tuples(st.integers(0, 40), st.integers(0, 12)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kept = rng.random(shape) < rng.choice([0, 0.1, 0.5, 1], size=shape[1])
    return (rng.integers(-4, 5, shape) * kept).astype(np.float32)


@given(drawn_matrices())
def test_a_matrix_is_the_same_dense_and_sparse(matrix):
    sparse = as_sparse(matrix)
    sparse.check("m")
    assert sparse.shape == matrix.shape
    assert (sparse.ndim, sparse.size, sparse.dtype) == (2, matrix.size, matrix.dtype)
    assert len(sparse.data) == (matrix != 0).sum()
    assert (sparse.dense() == matrix).all()
    assert (sparse.transposed().dense() == matrix.T).all()
    assert as_dense(matrix) is matrix
    assert as_sparse(sparse) is sparse


@given(st.lists(st.tuples(drawn_matrices(), st.booleans()), min_size=1, max_size=4))
def test_matrices_beside_one_another_are_the_same_dense_and_sparse(drawn):
    rows = min(len(matrix) for matrix, _ in drawn)
    parts = [matrix[:rows] for matrix, _ in drawn]
    mixed = [as_sparse(p) if thin else p for p, (_, thin) in zip(parts, drawn, strict=True)]
    assert (as_dense(stacked(mixed, 1)) == np.concatenate(parts, axis=1)).all()
    turned = [as_sparse(p.T) if thin else p.T for p, (_, thin) in zip(parts, drawn, strict=True)]
    assert (as_dense(stacked(turned, 0)) == np.concatenate(parts, axis=1).T).all()


def test_entries_may_be_given_in_any_order():
    matrix = SparseMatrix.of([1, 0, 0], [0, 2, 1], np.array([3.0, 2, 1]), (2, 3))
    assert matrix.dense().tolist() == [[0, 1, 2], [3, 0, 0]]
    assert matrix.data.tolist() == [1, 2, 3]


def test_patterns_are_equal_where_their_places_are():
    def pattern(columns, shape=(2, 3)):
        return SparseMatrix.of([0, 1], columns, np.ones(2), shape).pattern

    assert pattern([0, 1]) == pattern([0, 1])
    assert hash(pattern([0, 1])) == hash(pattern([0, 1]))
    assert pattern([0, 1]) != pattern([0, 2])
    assert pattern([0, 1]) != pattern([0, 1], (2, 4))
    assert pattern([0, 1]) != "pattern"
    assert str(pattern([0, 1])) == "<2 entries of 2 × 3>"


BROKEN = {
    "a row too far": ([0, 2], [0, 1], 2, "m: entry 1 has row 2; expected 0 … 1"),
    "a negative row": ([-1, 1], [0, 1], 2, "m: entry 0 has row -1"),
    "a column too far": ([0, 1], [0, 3], 2, "m: entry 1 has column 3; expected 0 … 2"),
    "two entries in one place": ([1, 1], [2, 2], 2, "m: entries 0 and 1 are out of order or in"),
    "entries out of order": ([1, 0], [0, 0], 2, "m: entries 0 and 1 are out of order or in"),
    "fewer entries than places": ([0, 1], [0, 1], 1, "m: 2 places and entries of shape (1,)"),
    "fewer columns than rows": ([0, 1], [0], 2, "m: 2 rows and 1 columns of entries"),
}


@pytest.mark.parametrize(("rows", "columns", "entries", "message"), BROKEN.values(), ids=BROKEN)
def test_places_are_checked(rows, columns, entries, message):
    pattern = Pattern(np.array(rows), np.array(columns), (2, 3))
    with pytest.raises(ModelError) as caught:
        SparseMatrix(np.ones(entries), pattern).check("m")
    assert message in str(caught.value)


# --- models ---------------------------------------------------------------------------------------


def words_of(program):
    words = program.inputs.enumerate(6)
    return [word for _, word in zip(range(40), words, strict=False)]


@pytest.mark.parametrize(
    ("name", "dtype"), [("scan", "float32"), ("absolute", "float32"), ("relative", "bfloat16")]
)
def test_dense_and_sparse_models_are_equal_bit_for_bit(name, dtype):
    program = PROGRAMS[name]
    dense = alta.compile(program, dtype=dtype, sparse=False)
    sparse = alta.compile(program, dtype=dtype, sparse=True)
    for word in words_of(program)[-1:]:
        layers = min(4, alta.run(program, word).n_layers)
        for dense_array, expected in zip(
            dense.residual_streams(word, layers),
            sparse.residual_streams(word, layers),
            strict=True,
        ):
            assert dense_array.tobytes() == expected.tobytes()
    words = words_of(program)
    assert sparse.run_batch(words) == alta.run_batch(program, words)


def kinds(model):
    return {type(matrix) for name, matrix in matrices(model.weights) if not name.endswith("bias")}


def test_compiling_keeps_small_models_dense_and_large_ones_sparse():
    assert kinds(alta.compile(PROGRAMS["relative"])) == {np.ndarray}
    assert SparseMatrix in kinds(alta.compile(PROGRAMS["scan"]))


def test_conversion_changes_no_weight():
    dense = alta.compile(PROGRAMS["absolute"], sparse=False)
    sparse_model = dense.sparse()
    back = sparse_model.dense()
    assert kinds(sparse_model) == {np.ndarray, SparseMatrix}
    assert isinstance(sparse_model.weights.token_embedding, np.ndarray)
    for (name, dense_array), (_, expected) in zip(
        named(dense.weights), named(back.weights), strict=True
    ):
        assert dense_array.tobytes() == expected.tobytes(), name
    compiled = alta.compile(PROGRAMS["absolute"], sparse=True)
    assert jax.tree.structure(compiled.weights) == jax.tree.structure(sparse_model.weights)


def test_other_weights_may_be_dense_sparse_or_both():
    dense = alta.compile(PROGRAMS["relative"], sparse=False)
    sparse = dense.sparse()
    words = [[2, 1, 0, 1], [2]]
    for model in (dense, sparse):
        for weights in (dense.weights, sparse.weights):
            changed = model.with_weights(weights)
            assert kinds(changed) == kinds(dense if weights is dense.weights else sparse)
            assert changed.run_batch(words) == dense.run_batch(words)
    halves = sparse.with_weights(jax.tree.map(lambda array: array / 2, sparse.weights))
    assert halves.dense().weights.mlp.lookup_out.min() == -1


def test_sparse_weights_cannot_be_changed_in_place():
    model = alta.compile(PROGRAMS["relative"], sparse=True)
    matrix = model.weights.mlp.lookup_out
    for array in (matrix.data, matrix.pattern.rows, matrix.pattern.columns):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_weights_of_a_large_program_are_a_few_megabytes():
    model = alta.compile(PROGRAMS["scan"])
    stored = sum(matrix.nbytes for _, matrix in matrices(model.weights))
    assert stored < 2**20 < sum(matrix.size for _, matrix in matrices(model.weights)) * 4
