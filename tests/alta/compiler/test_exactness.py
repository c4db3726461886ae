"""At every layer boundary the residual stream is the code of the state, bit for bit."""

import random

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.lang.masks import Mask
from tests.alta.compiler.agreement import code, tables
from tests.alta.lang.toys import toy

PROGRAMS = {
    "relative": alta.programs.parity_sequential_relative(),
    "absolute": alta.programs.parity_sequential_absolute(max_length=24),
}
RNG = random.Random(0)
INPUTS = {
    "relative": [[2], [2, 1], *([2, *RNG.choices([0, 1], k=n)] for n in (7, 23))],
    "absolute": [[0], [1, 1], *(RNG.choices([0, 1], k=n) for n in (7, 24))],
}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("relative", "float32"),
        ("relative", "bfloat16"),
        ("absolute", "float32"),
        ("absolute", "float64"),
        ("absolute", "float16"),
    ],
)
def test_the_residual_stream_is_the_code_of_the_state_bit_for_bit(name, dtype):
    program = PROGRAMS[name]
    model = alta.compile(program, dtype=dtype)
    for tokens in INPUTS[name]:
        run = alta.run(program, tokens)
        streams = model.residual_streams(tokens, run.n_layers)
        meant = tables(run)
        assert len(streams) == len(meant) == 1 + 2 * run.n_layers
        for stream, table in zip(streams, meant, strict=True):
            assert str(stream.dtype) == dtype
            assert stream.tobytes() == code(model, table).tobytes()


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_runs_agree_with_the_interpreter(dtype):
    program = PROGRAMS["relative"]
    model = alta.compile(program, dtype=dtype)
    assert model.run_batch(INPUTS["relative"]) == alta.run_batch(program, INPUTS["relative"])


def test_one_wrong_bit_would_be_seen():
    model = alta.compile(PROGRAMS["relative"])
    run = alta.run(PROGRAMS["relative"], [2, 1])
    stream = model.residual_streams([2, 1], 1)[-1]
    right = code(model, run.states[-1].after_mlp)
    assert stream.tobytes() == right.tobytes()
    right[0, 0] = np.nextafter(np.float32(right[0, 0]), np.float32(2))
    assert stream.tobytes() != right.tobytes()
    right[0, 0] = -0.0 if stream[0, 0] == 0 else -1
    assert stream.tobytes() != right.tobytes()


def test_codes_stay_exact_for_hundreds_of_layers():
    program = toy([alta.rule({"y": y}, "y", (y + 1) % 3) for y in range(3)], layers=300)
    model = alta.compile(program)
    last = model.residual_streams([0, 1], 300)[-1]
    assert last.tobytes() == code(model, alta.run(program, [0, 1]).states[-1].after_mlp).tobytes()


def test_float64_stays_float64_without_the_global_switch():
    assert jnp.zeros(1).dtype == "float32"
    model = alta.compile(PROGRAMS["relative"], dtype="float64")
    assert {array.dtype.name for array in jax.tree.leaves(model.weights)} == {"float64"}
    assert {array.dtype.name for array in jax.tree.leaves(model.device_weights)} == {"float64"}
    assert [stream.dtype.name for stream in model.residual_streams([2, 1], 1)] == ["float64"] * 3
    assert jnp.zeros(1).dtype == "float32"


def test_float64_weights_reach_the_device_bit_for_bit():
    model = alta.compile(PROGRAMS["relative"], dtype="float64")
    third = jax.tree.map(lambda array: array / 3, model.weights)
    placed = model.with_weights(third).device_weights
    # Both heads have the mask (-1,) and no queries: their columns and rows alternate.
    (group,) = placed.groups
    assert (group.mask, group.key_width, group.value_width) == (Mask((-1,)), 0, 2)
    first, second = (third.heads[name] for name in group.heads)
    wanted = [
        third.token_embedding,
        third.position_embedding,
        np.stack([first.value, second.value], axis=2).reshape(8, 4),
        np.stack([first.output, second.output], axis=1).reshape(4, 8),
        *jax.tree.leaves(third.mlp),
    ]
    for want, have in zip(wanted, jax.tree.leaves(placed), strict=True):
        assert want.tobytes() == np.asarray(have).tobytes()
