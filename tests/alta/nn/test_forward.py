"""The forward pass: masks, softmax, decoding and the halt, on streams of every kind."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.nn import forward
from alta.nn.batching import pad
from tests.alta.lang.toys import toy

HUGE = 1e30


def attended(heads, stream, valid=None):
    """Returns what attention adds to a residual stream, and the layout of its coordinates."""
    model = alta.compile(toy(heads=heads))
    x = np.asarray(stream, dtype=np.float32)
    keep = jnp.ones(x.shape[:-1], dtype=bool) if valid is None else jnp.asarray(valid)
    after, _ = forward.layer(model.architecture, model.device_weights, jnp.asarray(x), keep)
    return np.asarray(after), x, model.layout


def streams(rows, seed=0):
    """Draws a residual stream of toys with one head: x, y and the head output, which is 0."""
    x = np.random.default_rng(seed).normal(size=(rows, 9)).astype(np.float32)
    x[:, 6:] = 0
    return x


LEFT = {"h": alta.v_relative("x", -1)}
NEAR = {"h": alta.qkv("x", "y", "x", relative_position_mask=[-1, 1])}


def one_hot(*values):
    stream = np.zeros((len(values), 9), dtype=np.float32)
    for row, (x, y) in zip(stream, values, strict=True):
        row[x] = row[3 + y] = 1
    return stream


def test_a_row_that_attends_to_nothing_adds_exactly_0():
    after, before, layout = attended(LEFT, streams(4))
    assert after[0].tobytes() == before[0].tobytes()
    assert after[0, list(layout.columns["h"])].tolist() == [0, 0, 0]
    # The other rows hold what they read, bit for bit.
    assert after[1:, 6:].tobytes() == before[:-1, :3].tobytes()


def test_a_row_whose_every_key_is_masked_adds_exactly_0():
    # A single position, whose own key equals its query but is not in the mask.
    after, before, _ = attended(NEAR, one_hot((1, 1)))
    assert after.tobytes() == before.tobytes()


def test_a_masked_position_has_weight_exactly_0():
    # Position 1 may read 0 and 2; what lies at 1 and 3 would show in any weight but 0.
    stream = one_hot((0, 1), (1, 1), (2, 1), (1, 1))
    stream[[1, 3], 0] = HUGE
    stream[[1, 3], 1] = 1
    after, before, _ = attended(
        {"h": alta.qkv("y", "y", "x", relative_position_mask=[-1, 1])}, stream
    )
    assert after[1, 6:].tolist() == [0.5, 0, 0.5]
    assert after[:, :6].tobytes() == before[:, :6].tobytes()


def test_a_masked_key_is_not_attended_to_where_no_other_key_matches():
    # The only matching key is masked; the two that are allowed share the weight instead.
    stream = one_hot((0, 1), (2, 2), (1, 0))
    after, _, _ = attended(NEAR, stream)
    assert after[1, 6:].tolist() == [0.5, 0.5, 0]


def test_a_key_that_is_not_selected_has_weight_exactly_0():
    # What lies at 0 would show in any weight but 0.
    stream = one_hot((0, 0), (0, 1), (2, 2))
    stream[0, 0] = HUGE
    after, _, _ = attended({"h": alta.qkv("y", "y", "x")}, stream)
    assert after[1, 6:].tolist() == [1, 0, 0]
    assert after[2, 6:].tolist() == [0, 0, 1]


def test_padding_is_never_read():
    stream = np.stack([streams(6, seed=1), streams(6, seed=2)])
    stream[:, 4:] = HUGE
    valid = np.array([[True] * 4 + [False] * 2] * 2)
    for heads in (LEFT, NEAR, {"h": alta.qkv("x", "y", "x")}):
        after, _, _ = attended(heads, stream, valid)
        alone, _, _ = attended(heads, stream[:, :4])
        assert after[:, :4].tobytes() == alone.tobytes()


def test_heads_are_added_to_the_same_stream():
    two = {"g": alta.v_relative("y", 1), **LEFT}
    stream = np.concatenate([streams(4), np.zeros((4, 3), dtype=np.float32)], axis=1)
    after, before, layout = attended(two, stream)
    assert after[1:, list(layout.columns["h"])].tobytes() == before[:-1, :3].tobytes()
    assert after[:-1, list(layout.columns["g"])].tobytes() == before[1:, 3:6].tobytes()
    assert after[:, :6].tobytes() == before[:, :6].tobytes()


def test_a_halt_needs_the_halt_value_at_every_valid_position():
    model = alta.compile(toy(halt=alta.halt_spec("y", 1)))
    stream = np.stack([one_hot((0, 1), (0, 1), (0, 0)), one_hot((0, 1), (0, 2), (0, 1))])
    stream = stream[..., : model.layout.width]

    def halted(valid):
        keep = jnp.array([valid, valid])
        return forward.halted(model.architecture, jnp.moveaxis(stream, -1, 0), keep).tolist()

    assert halted([True, True, True]) == [False, False]
    assert halted([True, True, False]) == [True, False]
    assert halted([True, False, True]) == [False, True]
    assert halted([False, False, False]) == [True, True]


def test_a_position_that_holds_several_values_does_not_halt():
    model = alta.compile(toy(halt=alta.halt_spec("y", 1)))
    stream = one_hot((0, 1))[None, :, : model.layout.width]
    stream[0, 0, 3] = 1
    valid = jnp.ones((1, 1), dtype=bool)
    assert not forward.halted(model.architecture, jnp.moveaxis(stream, -1, 0), valid)[0]


# --- recompilation --------------------------------------------------------------------------------


def compilations(*functions: Any):
    """Counts the shapes that each jitted function has been compiled for."""
    return [function._cache_size() for function in functions]


def test_a_second_run_of_the_same_shape_traces_and_compiles_nothing():
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program)
    model.run("START 1 1").states  # noqa: B018 - the states are computed here
    before = compilations(forward.advance, forward.layer)
    model.run("START 0 1").states  # noqa: B018
    model.run("START 0 1 1 1 0", max_layers=2).states  # noqa: B018
    alta.compile(program).run("START 1").states  # noqa: B018
    halved = jax.tree.map(lambda array: array / 2, model.weights)
    model.with_weights(halved).run("START 1 0", max_layers=3).states  # noqa: B018
    assert compilations(forward.advance, forward.layer) == before


def test_another_shape_would_be_compiled():
    # A width that no other test has, so that none has compiled it before.
    model = alta.compile(toy(variables={"only_here": alta.var(11)}))
    model.run([0])
    [before] = compilations(forward.advance)
    model.run([0] * 9)
    model.run_batch([[0]] * 3)
    assert compilations(forward.advance) == [before + 2]


@pytest.mark.parametrize("length", [1, 7, 8], ids=str)
def test_lengths_are_padded_to_the_same_shape(length):
    tokens, valid = pad([(1,) * length])
    assert tokens.shape == valid.shape == (1, 8)
    assert valid.sum() == length
