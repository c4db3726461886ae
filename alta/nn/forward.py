"""The forward pass: a Universal Transformer with clipped ReLU, as pure functions in JAX."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike, DTypeLike
from jaxtyping import Array, Bool, Float, Int

from alta.nn.weights import HeadWeights, MLPWeights, Weights

__all__ = ["Architecture", "attend", "embed", "layer", "mlp", "run_until_halt"]

_HIGHEST: Final = lax.Precision.HIGHEST


@final
@dataclass(frozen=True)
class Architecture:
    """Is what the forward pass needs to know beside the weights; hashable, static under jit.

    Attributes:
        masks: for each head in order, its name and the relative positions that it may attend to
            (None: all).
        columns: the coordinates of every variable and head output, in the order of the layout.
        halt: the coordinates of the halt variable and the index of the halt value, or None.
        accumulate: the format in which products are summed and softmax is taken.
    """

    masks: tuple[tuple[str, tuple[int, ...] | None], ...]
    columns: tuple[tuple[int, ...], ...]
    halt: tuple[tuple[int, ...], int] | None
    accumulate: str


def _matmul(a: ArrayLike, b: ArrayLike, accumulate: str) -> Array:
    """Multiplies with sums in the `accumulate` format and no reduced-precision products."""
    product: Array = jnp.matmul(
        a, b, precision=_HIGHEST, preferred_element_type=jnp.dtype(accumulate)
    )
    return product


def _stored(x: Array, dtype: DTypeLike) -> Array:
    """Rounds sums to the format in which they are stored.

    A cast alone would not do: XLA may drop one that is undone again, and then two uses of one
    number differ.
    """
    if x.dtype == jnp.dtype(dtype):
        return x
    limits = jnp.finfo(dtype)  # type: ignore[no-untyped-call]
    rounded: Array = lax.reduce_precision(x, limits.nexp, limits.nmant)
    return rounded.astype(dtype)


def _clip(x: Array) -> Array:
    clipped: Array = jnp.minimum(1, jnp.maximum(0, x))
    return clipped


@jax.jit
def embed(weights: Weights, tokens: Int[Array | np.ndarray, "... n"]) -> Float[Array, "... n D"]:
    """Returns the residual stream before the first layer."""
    x = jnp.asarray(weights.token_embedding)[tokens]
    rows = weights.position_embedding.shape[0]
    if rows:
        # Positions past the table exist only as padding, and are masked wherever they are read.
        positions = jnp.minimum(jnp.arange(tokens.shape[-1]), rows - 1)
        x = x + jnp.asarray(weights.position_embedding)[positions]
    return x


def _head(
    head: HeadWeights,
    mask: tuple[int, ...] | None,
    x: Float[Array, "... n D"],
    valid: Bool[Array, "... n"],
    accumulate: str,
) -> Float[Array, "... n D"]:
    """Returns what one head adds to the residual stream."""
    query = _stored(_matmul(x, head.query, accumulate), x.dtype)
    key = _stored(_matmul(x, head.key, accumulate), x.dtype)
    scores = _matmul(query, jnp.swapaxes(key, -1, -2), accumulate)
    allowed = jnp.broadcast_to(valid[..., None, :], scores.shape)
    if mask is not None:
        positions = jnp.arange(x.shape[-2])
        offsets = positions[None, :] - positions[:, None]
        allowed = allowed & jnp.isin(offsets, jnp.array(mask))
    # Masked positions are left out with `where`: adding a large negative number would round the
    # scores, and a row with nothing left would attend to what is masked.
    top = jnp.max(jnp.where(allowed, scores, -jnp.inf), axis=-1, keepdims=True)
    top = jnp.where(jnp.isfinite(top), top, 0)
    powers = jnp.where(allowed, jnp.exp(jnp.where(allowed, scores - top, 0)), 0)
    total = jnp.sum(powers, axis=-1, keepdims=True)
    attention = powers / jnp.where(total == 0, 1, total)
    # Padding may hold any numbers, even infinite ones, and a weight of 0 does not silence those.
    value = _stored(_matmul(x, head.value, accumulate), x.dtype)
    value = jnp.where(valid[..., None], value, 0)
    read = _stored(_matmul(_stored(attention, x.dtype), value, accumulate), x.dtype)
    return _matmul(read, head.output, accumulate)


def attend(
    architecture: Architecture,
    weights: Weights,
    x: Float[Array, "... n D"],
    valid: Bool[Array, "... n"],
) -> Float[Array, "... n D"]:
    """Returns the residual stream with what every head read added; heads are parallel."""
    total = x.astype(architecture.accumulate)
    for name, mask in architecture.masks:
        total = total + _head(weights.heads[name], mask, x, valid, architecture.accumulate)
    return _stored(total, x.dtype)


def mlp(
    architecture: Architecture, weights: MLPWeights, x: Float[Array, "... n D"]
) -> Float[Array, "... n D"]:
    """Returns the residual stream with the feed-forward block's output added."""
    accumulate = architecture.accumulate

    def affine(x: Array, matrix: ArrayLike, bias: ArrayLike) -> Array:
        return _matmul(x, matrix, accumulate) + jnp.asarray(bias)

    hidden = _stored(_clip(affine(x, weights.expand_in, weights.expand_in_bias)), x.dtype)
    expanded = _stored(affine(hidden, weights.expand_out, weights.expand_out_bias), x.dtype)
    fired = _stored(_clip(affine(expanded, weights.lookup_in, weights.lookup_in_bias)), x.dtype)
    return _stored(x + affine(fired, weights.lookup_out, weights.lookup_out_bias), x.dtype)


@partial(jax.jit, static_argnums=0)
def layer(
    architecture: Architecture,
    weights: Weights,
    x: Float[Array, "... n D"],
    valid: Bool[Array, "... n"],
) -> tuple[Float[Array, "... n D"], Float[Array, "... n D"]]:
    """Returns the residual stream after attention and after the MLP."""
    attended = attend(architecture, weights, x, valid)
    return attended, mlp(architecture, weights.mlp, attended)


def halted(
    architecture: Architecture, x: Float[Array, "... n D"], valid: Bool[Array, "... n"]
) -> Bool[Array, ...]:
    """Says whether all valid positions decode to the halt value."""
    if architecture.halt is None:
        return jnp.zeros(x.shape[:-2], dtype=bool)
    coordinates, value = architecture.halt
    high = x[..., jnp.array(coordinates)] > 0.5
    holds = high[..., value] & (high.sum(-1) == 1)
    return jnp.all(holds | ~valid, axis=-1)


@partial(jax.jit, static_argnums=0)
def run_until_halt(
    architecture: Architecture,
    weights: Weights,
    tokens: Int[Array, "batch n"],
    valid: Bool[Array, "batch n"],
    max_layers: Int[Array, " batch"],
) -> tuple[Float[Array, "batch n D"], Int[Array, " batch"], Bool[Array, " batch"]]:
    """Runs a batch; each sequence stops at its own halt, or after its own `max_layers`.

    Returns:
        The last residual stream, the layers taken and whether the halt ended each sequence.
    """
    Carry = tuple[Array, Array, Array]

    def active(carry: Carry) -> Array:
        _, n_layers, stopped = carry
        return ~stopped & (n_layers < max_layers)

    def step(carry: Carry) -> Carry:
        x, n_layers, stopped = carry
        moving = active(carry)
        _, after = layer(architecture, weights, x, valid)
        x = jnp.where(moving[:, None, None], after, x)
        return x, n_layers + moving, stopped | (moving & halted(architecture, x, valid))

    x = embed(weights, tokens)
    start = (x, jnp.zeros(tokens.shape[0], dtype=jnp.int32), halted(architecture, x, valid))
    return lax.while_loop(lambda carry: active(carry).any(), step, start)
