"""Steps: what is drawn, how noise is added, and that calls may be cut anywhere."""

import dataclasses
from itertools import pairwise, product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.errors import AltaError
from alta.learn import configuration, train
from alta.learn.tracing.extraction import traces
from alta.learn.tracing.vectors import vectors
from alta.learn.training import steps
from alta.learn.training.steps import (
    Data,
    accuracy,
    advance,
    first_state,
    leaving,
    placed,
    unscaled,
)
from alta.nn.block import DenseBlock
from tests.alta.learn.programs import RELATIVE, TINY, bits, shown, words


def right_block(program):
    """The MLP of parity by hand, as a block of other dimensions would do it: by a table."""
    made = vectors(traces(program, words(program, 6, 5)))
    inputs, added = made.inputs, made.outputs - made.inputs
    tested = inputs @ inputs.T
    # One unit for each transition: 1 where the input is this one, 0 at all the others.
    bias = -np.array([np.max(np.delete(row, n)) for n, row in enumerate(tested)])
    gain = 1 / (np.diag(tested) + bias)
    matrix, bias = inputs.T * gain, bias * gain
    return DenseBlock((matrix, added), (bias, np.zeros(added.shape[1], "f")))


def test_accuracy_is_one_for_a_block_that_is_right():
    program = alta.programs.parity_sequential_absolute(max_length=6)
    found = traces(program, words(program, 6, 5))
    config = dataclasses.replace(TINY, undefined="zeros")
    own = placed(vectors(found), config)
    assert accuracy(config, right_block(program), own, 0) == 1
    wrong = right_block(program)
    wrong.matrices[1][0] += 1
    share = found.counts[0] / found.total
    assert accuracy(config, wrong, own, 0) == pytest.approx(1 - share)


@pytest.mark.campaign
def test_noise_stands_where_head_outputs_are_undefined_and_nowhere_else():
    block = DenseBlock((np.zeros((8, 8), "f"),), (np.zeros(8, "f"),))
    own = placed(vectors(shown()), TINY)
    loss = {}
    for undefined in ("noise", "zeros"):
        config = dataclasses.replace(TINY, hidden=(), undefined=undefined, noise=0.0, batch=4096)
        state = dataclasses.replace(first_state(config, 8, 0), block=block)
        loss[undefined] = float(advance(config, state, own, 1, 0)[1][0])
    share = (np.asarray(own.undefined) * shown().counts[:, None]).sum() / shown().total / 8
    # The variance of the noise is 100/3.
    assert loss["noise"] - loss["zeros"] == pytest.approx(share * 100 / 3, rel=0.1)


@pytest.mark.campaign
def test_noise_of_the_given_size_is_put_on_inputs():
    block = DenseBlock((np.zeros((8, 8), "f"),), (np.zeros(8, "f"),))
    own, loss = placed(vectors(shown()), TINY), {}
    for noise in (0.0, 2.0):
        config = dataclasses.replace(TINY, hidden=(), undefined="zeros", noise=noise, batch=4096)
        state = dataclasses.replace(first_state(config, 8, 0), block=block)
        loss[noise] = float(advance(config, state, own, 1, 0)[1][0])
    assert loss[2.0] - loss[0.0] == pytest.approx(4, rel=0.05)


@pytest.mark.campaign
def test_it_does_not_matter_how_steps_are_put_together():
    own = placed(vectors(shown()), TINY)
    found = {}
    for counts in ((4,), (2, 2)):
        state, losses = first_state(TINY, 8, 0), []
        for count in counts:
            state, more = advance(TINY, state, own, count, 5)
            losses += more.tolist()
        found[counts] = (bits(state), losses)
    first = found.pop((4,))
    assert all(other == first for other in found.values())
    assert len(set(first[1])) == 4


@pytest.mark.campaign
def test_few_coordinates_are_drawn_together(monkeypatch):
    whole = advance(TINY, first_state(TINY, 8, 0), placed(vectors(shown()), TINY), 12, 5)
    # Another limit makes another program, which jit would not see.
    monkeypatch.setattr(steps, "_DRAWN", 4 * TINY.batch * 8 + 1)
    jax.clear_caches()
    parts = advance(TINY, first_state(TINY, 8, 0), placed(vectors(shown()), TINY), 12, 5)
    jax.clear_caches()
    assert bits(parts) == bits(whole)


@pytest.mark.campaign
def test_transitions_are_drawn_as_often_as_they_came_up():
    config = dataclasses.replace(TINY, hidden=(), noise=0.0, undefined="zeros", batch=1 << 14)
    block = DenseBlock((np.zeros((8, 8), "f"),), (np.zeros(8, "f"),))
    made = vectors(shown())
    own = np.square(made.inputs - made.outputs).mean(axis=1)
    for sampling, weights in (("counts", made.counts), ("distinct", np.ones(len(own)))):
        drawn = dataclasses.replace(config, sampling=sampling)
        state = dataclasses.replace(first_state(config, 8, 0), block=block)
        loss = float(advance(drawn, state, placed(made, drawn), 1, 0)[1][0])
        assert loss == pytest.approx(np.average(own, weights=weights), rel=0.02)


def test_a_scaled_block_is_scaled_back():
    program = alta.programs.parity_sum_mod_2_intermediate(max_length=5)
    config = configuration("sum_modulo_cpu", hidden=(8,), steps=500, batch=32)
    made = vectors(traces(program, words(program, 4)))
    own = placed(made, config)
    assert float(np.asarray(own.scale).max()) == 32
    block = first_state(config, made.inputs.shape[1], 0).block
    scaled = np.asarray(block.added((own.inputs / own.scale).T, "float32").T * own.scale)
    assert np.allclose(
        unscaled(block, own).added(made.inputs.T, "float32").T, scaled, rtol=1e-4, atol=1e-3
    )
    single = DenseBlock((np.eye(3, dtype="f"),), (np.ones(3, "f"),))
    other = dataclasses.replace(own, scale=np.array([2.0, 4, 8]))
    assert unscaled(single, other).added(np.ones((3, 1)), "float32")[:, 0].tolist() == [3, 5, 9]


def test_the_data_are_as_said():
    assert isinstance(placed(vectors(shown()), TINY), Data)
    with pytest.raises(AltaError, match="at least one transition"):
        train(RELATIVE, [], TINY)
    with pytest.raises(AltaError, match="expected every of 500"):
        train(RELATIVE, shown(), TINY, every=700)
    with pytest.raises(AltaError, match="expected every of 500"):
        train(RELATIVE, shown(), TINY, stop=700)


# --- bounds on boxes, as a loss: 0 where every corner comes out near ------------------------------

WIDTH = 3


def block_of(seed: int) -> DenseBlock:
    rng = np.random.default_rng(seed)
    sizes = (WIDTH, 4, 4, WIDTH)
    matrices = [rng.normal(size=pair).astype("f") for pair in pairwise(sizes)]
    return DenseBlock(tuple(matrices), tuple(rng.normal(size=n).astype("f") for n in sizes[1:]))


def corners(inputs: np.ndarray, radius: np.ndarray) -> jax.Array:
    signs = jnp.array(list(product((-1, 1), repeat=WIDTH)), dtype="f")
    return inputs[:, None] + signs * radius[:, None]


@pytest.mark.campaign
@given(st.integers(0, 2**32 - 1))
def test_where_nothing_leaves_no_corner_comes_out_far(seed):
    rng = np.random.default_rng(seed)
    block = block_of(seed)
    inputs = rng.normal(size=(2, WIDTH)).astype("f")
    radius = rng.choice([0, 0.01, 0.3], size=(2, WIDTH)).astype("f")
    right = inputs + np.asarray(block.added(inputs.T, "float32")).T
    ends = corners(inputs, radius)
    after = ends + jnp.moveaxis(block.added(jnp.moveaxis(ends, -1, 0), "float32"), 0, -1)
    far = jnp.abs(after - right[:, None]).max(axis=(0, 1))
    # As near as the furthest corner there is nothing to be asked of the bounds; below, there is.
    assert leaving(block, inputs, right, radius, 0.98 * far) > 0 or not far.any()
    assert leaving(block, inputs, right, radius, jnp.full(WIDTH, 1e6)) == 0


def test_what_is_added_to_the_input_cancels_with_it():
    block = DenseBlock((-np.eye(WIDTH, dtype="f"),), (np.zeros(WIDTH, "f"),))
    boxes = jnp.ones((1, WIDTH)), jnp.zeros((1, WIDTH)), jnp.ones((1, WIDTH)), 1e-6
    assert leaving(block, *boxes) == 0
    assert leaving(DenseBlock((np.zeros((WIDTH, WIDTH), "f"),), block.biases), *boxes) > 1
