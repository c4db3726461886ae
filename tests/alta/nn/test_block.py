"""Another block in place of the compiled one: it is what runs, and it must fit."""

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.nn import forward
from alta.nn.block import DenseBlock
from alta.nn.model import FunctionModel

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)
WIDTH = MODEL.layout.width
WORDS = [(2,), (2, 1, 0, 1), (2, 0, 1, 1, 1, 0)]


def compiled(x):
    """What the compiled block adds to a residual stream."""
    columns = jnp.moveaxis(x, -1, 0)
    after, _ = forward.mlp(MODEL.architecture, MODEL.weights.mlp, columns)
    return jnp.moveaxis(after, 0, -1) - x


def test_a_function_that_is_the_compiled_block_makes_the_compiled_model():
    model = MODEL.with_mlp(compiled)
    assert isinstance(model, FunctionModel)
    for own_run, run in zip(model.run_batch(WORDS), MODEL.run_batch(WORDS), strict=True):
        assert (own_run.outputs, own_run.n_layers, own_run.halted) == (
            run.outputs,
            run.n_layers,
            run.halted,
        )
        assert own_run.states == run.states
    assert model.run("START 1").outputs == (0, 1)


def test_a_block_that_adds_nothing_changes_nothing():
    zeros = DenseBlock((np.zeros((WIDTH, 3)), np.zeros((3, WIDTH))), (np.zeros(3), np.zeros(WIDTH)))
    run = MODEL.with_mlp(zeros).run((2, 1, 1), max_layers=4)
    assert (run.outputs, run.n_layers, run.halted) == ((0, 1, 1), 4, False)


def test_a_dense_block_is_matrices_with_an_activation_between():
    rng = np.random.default_rng(0)
    sizes = (WIDTH, 5, 7, WIDTH)
    matrices = tuple(rng.normal(size=pair).astype("f") for pair in pairwise(sizes))
    biases = tuple(rng.normal(size=size).astype("f") for size in sizes[1:])
    block = DenseBlock(matrices, biases, "tanh")
    x = rng.normal(size=(4, WIDTH)).astype("f")
    hidden = np.tanh(np.tanh(x @ matrices[0] + biases[0]) @ matrices[1] + biases[1])
    expected = hidden @ matrices[2] + biases[2]
    assert np.allclose(block.added(x.T, "float32").T, expected, atol=1e-5)
    streams = MODEL.with_mlp(block).residual_streams((2, 1), 1)
    assert np.allclose(streams[2], streams[1] + block.added(streams[1].T, "float32").T, atol=1e-5)


def test_the_verifier_does_not_take_a_learned_model_for_the_compiled_one():
    from alta_verify import verify

    with pytest.raises((TypeError, AttributeError, alta.AltaError)):
        verify(PROGRAM, MODEL.with_mlp(jnp.zeros_like), max_len=3)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (3, "a function, got 3"),
        (DenseBlock((np.zeros((WIDTH, 3)),), (np.zeros(3),)), r"matrix 0 has shape .*expected"),
        (DenseBlock((np.zeros((2, WIDTH)),), (np.zeros(WIDTH),)), "matrix 0 has shape"),
        (DenseBlock((np.zeros((WIDTH, WIDTH)),), (np.zeros(1),)), "bias 0 has shape"),
        (DenseBlock((np.zeros((WIDTH, WIDTH)),), ()), "a bias for each matrix"),
        (DenseBlock((np.zeros((WIDTH, WIDTH)),), (np.zeros(WIDTH),), "rely"), "'rely'; "),
    ],
    ids=["no block", "too narrow", "too few rows", "bias", "no bias", "activation"],
)
def test_a_block_that_does_not_fit_is_refused(block, message):
    with pytest.raises(ModelError, match=message):
        MODEL.with_mlp(block)


def test_a_function_that_returns_another_shape_is_refused():
    with pytest.raises(ModelError, match="expected the same"):
        MODEL.with_mlp(lambda x: x[..., :1]).run((2, 1), max_layers=1)
