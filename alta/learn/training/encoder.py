"""Encoders: small Transformers of the usual kind, for comparison with compiled ones.

Blocks have layer normalisation before attention and before the feed-forward block, softmax
attention over all positions, and GELU. A standard encoder has weights for each layer, a universal
one the same for all. Positions are told apart by a learned embedding of their number, or by a
learned bias of attention for each offset, the same beyond a greatest one.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

__all__ = ["Encoder", "Kind", "Positions"]

Kind = Literal["standard", "universal"]
Positions = Literal["absolute", "relative"]

# Offsets beyond this share a bias.
_FARTHEST: Final = 16


class Block(eqx.Module):
    """One layer of an encoder."""

    before_attention: eqx.nn.LayerNorm
    before_mlp: eqx.nn.LayerNorm
    qkv: eqx.nn.Linear
    mixed: eqx.nn.Linear
    inward: eqx.nn.Linear
    outward: eqx.nn.Linear
    bias: Array | None
    heads: int = eqx.field(static=True)

    def __init__(self, width: int, heads: int, *, relative: bool, key: Array) -> None:
        keys = jax.random.split(key, 4)
        self.before_attention = eqx.nn.LayerNorm(width)
        self.before_mlp = eqx.nn.LayerNorm(width)
        self.qkv = eqx.nn.Linear(width, 3 * width, key=keys[0])
        self.mixed = eqx.nn.Linear(width, width, key=keys[1])
        self.inward = eqx.nn.Linear(width, 4 * width, key=keys[2])
        self.outward = eqx.nn.Linear(4 * width, width, key=keys[3])
        self.bias = jnp.zeros((heads, 2 * _FARTHEST + 1)) if relative else None
        self.heads = heads

    def __call__(self, x: Array, valid: Array) -> Array:
        """Returns the next residual stream, as `x` of shape (length, width), of one sequence."""
        # Pre-norm residual blocks (Xiong et al., 2020): normalise, transform, add.
        x = x + jax.vmap(self.mixed)(self._read(jax.vmap(self.before_attention)(x), valid))
        hidden = jax.nn.gelu(jax.vmap(self.inward)(jax.vmap(self.before_mlp)(x)))
        return x + jax.vmap(self.outward)(hidden)

    def _read(self, x: Array, valid: Array) -> Array:
        length, width = x.shape
        parts = jax.vmap(self.qkv)(x).reshape(length, 3, self.heads, width // self.heads)
        query, key, value = parts[:, 0], parts[:, 1], parts[:, 2]
        # Divided by the root of the width, so that scores of random vectors have variance 1
        # (Vaswani et al., 2017).
        scores = jnp.einsum("ihd,jhd->hij", query, key) / jnp.sqrt(query.shape[-1])
        if self.bias is not None:
            # A learned bias for each offset, clipped to a greatest distance as in Shaw et al.
            # (2018).
            places = jnp.arange(length)
            offsets = jnp.clip(places[None, :] - places[:, None], -_FARTHEST, _FARTHEST)
            scores = scores + self.bias[:, offsets + _FARTHEST]
        # Padding has a score so low that its weight is 0 in float32.
        weights = jax.nn.softmax(jnp.where(valid[None, None, :], scores, -1e9), axis=-1)
        return jnp.einsum("hij,jhd->ihd", weights, value).reshape(length, width)


class Encoder(eqx.Module):
    """Reads a sequence, and says something of its last position."""

    tokens: Array
    positions: Array | None
    blocks: tuple[Block, ...]
    last: eqx.nn.LayerNorm
    answer: eqx.nn.Linear
    layers: int = eqx.field(static=True)

    def __init__(
        self,
        kind: Kind,
        positions: Positions,
        *,
        n_tokens: int,
        n_answers: int,
        longest: int,
        width: int,
        heads: int,
        layers: int,
        key: Any,
    ) -> None:
        keys = jax.random.split(key, layers + 3)
        relative = positions == "relative"
        self.tokens = jax.random.normal(keys[0], (n_tokens, width))
        self.positions = None if relative else jax.random.normal(keys[1], (longest, width))
        self.blocks = tuple(
            Block(width, heads, relative=relative, key=keys[3 + index])
            for index in range(layers if kind == "standard" else 1)
        )
        self.last = eqx.nn.LayerNorm(width)
        self.answer = eqx.nn.Linear(width, n_answers, key=keys[2])
        self.layers = layers

    def __call__(self, tokens: Array, length: Array) -> Array:
        """Returns the logits of the answers to one padded sequence, of a length of at least 1."""
        valid = jnp.arange(len(tokens)) < length
        x = self.tokens[tokens]
        if self.positions is not None:
            x = x + self.positions[: len(tokens)]
        # A universal encoder has one block, which serves all layers.
        for index in range(self.layers):
            x = self.blocks[index % len(self.blocks)](x, valid)
        return self.answer(self.last(x[length - 1]))
