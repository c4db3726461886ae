"""Models run, and are verified, where JAX refuses all that is not said outright."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.lang.masks import Mask
from alta.nn.attention import attention
from alta.nn.block import ACTIVATIONS, DenseBlock, applied
from alta_verify import Verdict, verify
from tests.alta.nn.strict import STRICT, strict
from tests.cases import CASES

REFUSED = {
    "ranks": lambda: jnp.zeros(2) + jnp.zeros((3, 2)),
    "formats": lambda: jnp.zeros(2, "bfloat16") + jnp.zeros(2, "float32"),
    "transfers": lambda: jax.jit(jnp.negative)(np.zeros(2)),
    "numbers": lambda: jnp.zeros(2) / jnp.zeros(2),
}


@pytest.mark.parametrize("name", STRICT)
def test_each_setting_refuses_what_it_is_about(name):
    setting, error = STRICT[name]
    REFUSED[name]()
    with setting(), pytest.raises(error):
        REFUSED[name]()


# A head by offsets; one by query and key, with positions; one that takes means.
MODELS = {
    "offsets": (alta.programs.parity_sequential_relative, "bfloat16", True, ["START", 1, 0, 1]),
    "keys": (
        lambda: alta.programs.parity_sequential_absolute(max_length=4),
        "float32",
        True,
        [1, 0, 1, 1],
    ),
    "means": (CASES["smoothing"].build, "float64", False, [0, 1, 1, 2, 0]),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_runs_under_strict_settings(name, tmp_path):
    build, dtype, wide, tokens = MODELS[name]
    program = build()
    expected = alta.run(program, tokens)
    with strict(wide=wide):
        alta.compile(program, max_len=6, dtype=dtype, sparse=name == "offsets").save(tmp_path / "m")
        model = alta.load(tmp_path / "m")
        (run,) = model.run_batch([tokens])
        assert (run.outputs, run.n_layers) == (expected.outputs, expected.n_layers)
        # Runs that are observed, and layers alone, are functions of their own.
        assert run.trace == expected.trace
        assert model.trace(tokens, 1).layers[0] == expected.trace.layers[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_learned_block_is_applied_under_strict_settings(activation):
    stream, inward, outward, bias = jax.device_put(
        [np.ones(shape, "float16") for shape in ((2, 3, 4), (2, 5), (5, 2), 5)]
    )
    block = DenseBlock((inward, outward), (bias, bias[:2]), activation)
    with strict(wide=True):
        after, _ = jax.jit(applied, static_argnums=2)(block, stream, "float32")
    assert (after.shape, after.dtype) == (stream.shape, stream.dtype)


@pytest.mark.parametrize("mask", [Mask(tuple(range(9))), Mask(last=0)], ids=["listed", "causal"])
def test_heads_of_many_offsets_run_under_strict_settings(mask):
    ones, valid = jax.device_put((np.ones((2, 3, 16), "float16"), np.ones((3, 16), bool)))
    attend = jax.jit(partial(attention, mask=mask, accumulate="float32"))
    expected = attend(ones, ones, ones, valid=valid).value
    with strict(wide=False):
        read = attend(ones, ones, ones, valid=valid).value
    assert (np.asarray(read) == np.asarray(expected)).all()


def test_a_proof_is_made_under_strict_settings(tmp_path):
    with strict(wide=True):
        program = alta.programs.parity_sequential_relative()
        assert verify(program, max_len=3, cache=tmp_path / "cache").verdict is Verdict.PROVED
