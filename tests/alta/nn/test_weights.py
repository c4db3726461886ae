"""Weights are one pytree of named arrays, dense or sparse."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.nn.block import DenseBlock
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import dense_weights, matrices, named, sparse_weights

PARITY = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PARITY)


def test_weights_are_one_pytree_of_arrays():
    weights = MODEL.weights
    leaves, structure = jax.tree.flatten(weights)
    assert {type(leaf) for leaf in leaves} == {np.ndarray}
    assert jax.tree.structure(jax.tree.unflatten(structure, leaves)) == structure
    assert jax.tree.map(lambda array: array.size, weights).mlp.lookup_out_bias == 8
    assert len(list(named(weights))) == len(leaves) == 2 + 2 * 4 + 8


def test_the_arrays_have_their_names_in_the_tree():
    weights = MODEL.weights
    assert [name for name, _ in named(weights)] == [
        "token_embedding",
        "position_embedding",
        *(
            f"heads.{head}.{matrix}"
            for head in ("done_left", "parity_left")
            for matrix in ("query", "key", "value", "output")
        ),
        *(
            f"mlp.{half}_{side}"
            for half in ("expand", "lookup")
            for side in ("in", "in_bias", "out", "out_bias")
        ),
    ]


def test_every_leaf_of_sparse_weights_is_an_array_of_floats_that_has_a_name():
    weights = alta.compile(PARITY, sparse=True).weights
    leaves = jax.tree.leaves(weights)
    assert {leaf.dtype.name for leaf in leaves} == {"float32"}
    names = [name for name, _ in named(weights)]
    assert len(names) == len(leaves)
    assert "mlp.lookup_in.data" in names
    assert "heads.done_left.output.data" in names


def test_weights_are_a_pytree_of_arrays():
    doubled = jax.tree.map(lambda array: array * 2, MODEL.weights)
    assert jax.tree.structure(doubled) == jax.tree.structure(MODEL.weights)
    together = jax.tree.map(np.add, MODEL.weights, doubled)
    assert (together.token_embedding == 3 * MODEL.weights.token_embedding).all()
    gradient = jax.grad(lambda w: jnp.sum(w.heads["done_left"].key * 1.0))(MODEL.weights)
    assert (np.asarray(gradient.heads["done_left"].key) == 1).all()
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree.leaves_with_path(MODEL.weights)]
    assert ".heads['done_left'].query" in paths


def test_heads_may_come_in_any_mapping_in_any_order():
    heads = dict(reversed([*MODEL.weights.heads.items()]))
    model = MODEL.with_weights(dataclasses.replace(MODEL.weights, heads=heads))
    assert model.run("START 1 1") == alta.run(PARITY, "START 1 1")


def test_biases_and_embeddings_are_never_sparse():
    weights = sparse_weights(MODEL.weights)
    dense = {name for name, matrix in matrices(weights) if not isinstance(matrix, SparseMatrix)}
    biases = {name for name, _ in named(MODEL.weights) if name.endswith("bias")}
    assert dense == {"token_embedding", "position_embedding"} | biases
    assert jax.tree.map(np.array_equal, dense_weights(weights), MODEL.weights)


def test_a_learned_block_is_not_taken_for_a_compiled_one():
    assert MODEL.weights.compiled_mlp is MODEL.weights.mlp
    zeros = np.zeros((MODEL.layout.width,) * 2, np.float32)
    learned = MODEL.with_mlp(DenseBlock((zeros,), (zeros[0],))).weights
    with pytest.raises(ModelError, match="expected a compiled feed-forward block, got a learned"):
        _ = learned.compiled_mlp
