"""Encoders: padding and order matter exactly where they should."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from alta.learn.training.encoder import Encoder


def encoder(kind="standard", positions="relative", layers=2):
    return Encoder(
        kind,
        positions,
        n_tokens=3,
        n_answers=2,
        longest=9,
        width=8,
        heads=2,
        layers=layers,
        key=jax.random.key(0),
    )


def parameters(one):
    return sum(leaf.size for leaf in jax.tree.leaves(one))


@pytest.mark.campaign
def test_a_universal_encoder_has_the_same_weights_in_all_layers():
    assert parameters(encoder("universal", layers=2)) == parameters(encoder("universal", layers=5))
    assert parameters(encoder("standard", layers=2)) < parameters(encoder("standard", layers=5))


@pytest.mark.campaign
@pytest.mark.parametrize("positions", ["absolute", "relative"])
def test_padding_makes_no_difference(positions):
    one = encoder(positions=positions)
    word = jnp.array([2, 1, 0, 1])
    padded = jnp.array([2, 1, 0, 1, 2, 2, 0])
    assert np.allclose(one(word, jnp.array(4)), one(padded, jnp.array(4)), atol=1e-5)
    assert not np.allclose(one(padded, jnp.array(5)), one(padded, jnp.array(4)), atol=1e-5)


def test_without_positions_order_makes_no_difference():
    one = encoder(positions="relative")
    # The biases start as zeros.
    words = [jnp.array([2, 1, 0, 1]), jnp.array([1, 0, 2, 1])]
    first, second = [one(word, jnp.array(4)) for word in words]
    assert np.allclose(first, second, atol=1e-5)
    other = encoder(positions="absolute")
    first, second = [other(word, jnp.array(4)) for word in words]
    assert not np.allclose(first, second, atol=1e-5)
