"""The forward pass: a Universal Transformer with clipped ReLU, as pure functions in JAX.

A residual stream has a row of coordinates for each position: shape (…, n, D).
Inside it is turned to be feature-major, (D, batch, n), which is what makes products fast.
Universal Transformers: Dehghani et al. 2019, arXiv 1807.03819.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from alta.nn.attention import attention
from alta.nn.block import Block, applied
from alta.nn.device import DeviceWeights
from alta.nn.products import clip, product, stored
from alta.nn.weights import MLPWeights

__all__ = [
    "Architecture",
    "Halt",
    "Progress",
    "advance",
    "attend",
    "embed",
    "halted",
    "layer",
    "mlp",
    "step",
]


@final
@dataclass(frozen=True)
class Halt:
    """The coordinates that tell whether a position holds the halt value.

    Attributes:
        columns: the coordinates of the halt variable.
        code: those of the halt value.
        exact: whether coordinates have to be equal to the code, as those of a number; otherwise
            they have to lie on the same side of 1/2.
    """

    columns: tuple[int, ...]
    code: tuple[float, ...]
    exact: bool


@final
@dataclass(frozen=True)
class Architecture:
    """What the forward pass needs to know beside the weights; hashable, static under jit.

    Attributes:
        output: the coordinates of the output variable.
        halt: what ends a run, or None.
        accumulate: the format in which products are summed and softmax is taken.
    """

    output: tuple[int, ...]
    halt: Halt | None
    accumulate: str


# --- on rows --------------------------------------------------------------------------------------


@jax.jit
def embed(
    weights: DeviceWeights, tokens: Int[Array | np.ndarray, "... n"]
) -> Float[Array, "... n D"]:
    """Returns the residual stream before the first layer."""
    # Of compiled weights each coordinate is in one of the two tables, so that the sum is exact.
    x: Array = weights.token_embedding[tokens]
    rows = weights.position_embedding.shape[0]
    if rows:
        # Positions past the table exist only as padding, and are masked wherever they are read.
        positions = jnp.minimum(jnp.arange(tokens.shape[-1]), rows - 1)
        x = x + weights.position_embedding[positions]
    return x


def attend(
    architecture: Architecture,
    weights: DeviceWeights,
    x: Float[Array | np.ndarray, "... n D"],
    valid: Bool[Array | np.ndarray, "... n"],
) -> Float[Array, "... n D"]:
    """Returns the residual stream with what every head read added; heads are parallel."""
    return _on_columns(partial(_attend, architecture, weights), x, valid)


def mlp(
    architecture: Architecture,
    weights: MLPWeights | Block,
    x: Float[Array | np.ndarray, "... D"],
) -> Float[Array, "... D"]:
    """Returns the residual stream with the feed-forward block's output added."""
    return jnp.moveaxis(_mlp(architecture, weights, jnp.moveaxis(x, -1, 0)), 0, -1)


@partial(jax.jit, static_argnums=0)
def layer(
    architecture: Architecture,
    weights: DeviceWeights,
    x: Float[Array | np.ndarray, "... n D"],
    valid: Bool[Array | np.ndarray, "... n"],
) -> tuple[Float[Array, "... n D"], Float[Array, "... n D"]]:
    """Returns the residual stream after attention and after the MLP."""
    attended = attend(architecture, weights, x, valid)
    return attended, mlp(architecture, weights.mlp, attended)


def halted(
    architecture: Architecture,
    x: Float[Array | np.ndarray, "... n D"],
    valid: Bool[Array | np.ndarray, "... n"],
) -> Bool[Array, ...]:
    """Says whether all valid positions decode to the halt value."""
    return _halted(architecture, jnp.moveaxis(x, -1, 0), jnp.asarray(valid))


def _on_columns(function: Callable[[Array, Array], Array], x: Any, valid: Any) -> Array:
    """Applies a function of (D, batch, n) to a residual stream with any batch dimensions."""
    columns = jnp.moveaxis(x, -1, 0).reshape(x.shape[-1], -1, x.shape[-2])
    after = function(columns, jnp.asarray(valid).reshape(-1, x.shape[-2]))
    return jnp.moveaxis(after.reshape(-1, *x.shape[:-1]), 0, -1)


# --- on columns -----------------------------------------------------------------------------------


def _attend(
    architecture: Architecture,
    weights: DeviceWeights,
    x: Float[Array, "D b n"],
    valid: Bool[Array, "b n"],
) -> Float[Array, "D b n"]:
    # A program without heads has nothing to read, and no columns to split.
    if not weights.groups:
        return x
    accumulate, positions = architecture.accumulate, x.shape[1:]
    # Queries, keys and values are rounded to the format, as the theorem has them.
    read = stored(product(weights.read, x, accumulate), x.dtype)
    # Of each group come all queries, then all keys, then all values.
    sizes = [
        width * len(group.heads)
        for group in weights.groups
        for width in (group.key_width, group.key_width, group.value_width)
    ]
    parts = jnp.split(read, np.cumsum(sizes)[:-1])
    values = []
    for index, group in enumerate(weights.groups):
        # The heads of a group are further sequences of the batch.
        count, n = len(group.heads), positions[-1]
        query, key, value = (
            part.reshape(width, count * positions[0], n)
            for part, width in zip(
                parts[3 * index : 3 * index + 3],
                (group.key_width, group.key_width, group.value_width),
                strict=True,
            )
        )
        # The reshape puts head h of sequence b into row h · batch + b.
        all_valid = jnp.tile(valid, (count, 1))
        mixed = attention(query, key, value, group.mask, all_valid, accumulate)
        values.append(mixed.reshape(-1, *positions))
    added = product(weights.write, jnp.concatenate(values), accumulate)
    # What all heads add is summed with the stream in the wide format, and stored once.
    return stored(x.astype(accumulate) + added, x.dtype)


def _mlp(
    architecture: Architecture, weights: MLPWeights | Block, x: Float[Array, "D ..."]
) -> Float[Array, "D ..."]:
    if not isinstance(weights, MLPWeights):
        return applied(weights, x, architecture.accumulate)

    def affine(x: Array, matrix: Any, bias: Any) -> Array:
        shape = (-1, *[1] * (x.ndim - 1))
        return product(matrix, x, architecture.accumulate) + jnp.asarray(bias).reshape(shape)

    # Every intermediate is rounded to the format of the weights, as the encodings assume.
    hidden = stored(clip(affine(x, weights.expand_in, weights.expand_in_bias)), x.dtype)
    expanded = stored(affine(hidden, weights.expand_out, weights.expand_out_bias), x.dtype)
    fired = stored(clip(affine(expanded, weights.lookup_in, weights.lookup_in_bias)), x.dtype)
    return stored(x + affine(fired, weights.lookup_out, weights.lookup_out_bias), x.dtype)


def _halted(
    architecture: Architecture, x: Float[Array, "D ..."], valid: Bool[Array, ...]
) -> Bool[Array, ...]:
    if architecture.halt is None:
        return jnp.zeros(valid.shape[:-1], dtype=bool)
    halt = architecture.halt
    # A number has to be that of the format nearest to the halt value; codes are told at 1/2, where
    # `decode` tells them, so that the model halts where its decoded state does.
    held = _rows(x, halt.columns)
    code = np.array(halt.code).reshape(-1, *[1] * valid.ndim)
    equal = held == jnp.asarray(code, held.dtype) if halt.exact else (held > 0.5) == (code > 0.5)
    # Padding holds no values, so it is taken to have halted.
    return jnp.all(equal.all(axis=0) | ~valid, axis=-1)


def _rows(x: Array, columns: tuple[int, ...]) -> Array:
    """Returns some coordinates; those side by side are a slice, which compiles faster."""
    first, last = columns[0], columns[-1] + 1
    if columns == tuple(range(first, last)):
        return x[first:last]
    return x[jnp.array(columns)]


# --- runs -----------------------------------------------------------------------------------------


@final
@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class Progress:
    """Where the sequences of a batch have got to.

    Attributes:
        x: the residual stream, feature-major.
        n_layers: the layers that each has taken.
        stopped: which have halted.
    """

    # Any array: where a function of it is compiled beforehand, JAX puts shapes in their places.
    x: Float[Any, "D b n"]
    n_layers: Int[Any, " b"]
    stopped: Bool[Any, " b"]

    @classmethod
    def nowhere(cls, weights: DeviceWeights, shape: tuple[int, int]) -> Progress:
        """Returns what a batch of sequences and a padded length starts from."""
        embedding = weights.token_embedding
        # NumPy's zeros, for which nothing is compiled.
        return cls(
            np.zeros((embedding.shape[1], *shape), embedding.dtype),
            np.zeros(shape[0], np.int32),
            np.zeros(shape[0], bool),
        )


def _begun(
    architecture: Architecture,
    weights: DeviceWeights,
    progress: Progress,
    fresh: Array,
    tokens: Array,
    valid: Array,
) -> Progress:
    # A place that begins takes its embedding; the others keep what they have.
    first = jnp.moveaxis(embed(weights, tokens), -1, 0)
    return Progress(
        jnp.where(fresh[:, None], first, progress.x),
        jnp.where(fresh, 0, progress.n_layers),
        jnp.where(fresh, _halted(architecture, first, valid), progress.stopped),
    )


def _active(now: Progress, max_layers: Array) -> Array:
    return jnp.asarray(~now.stopped & (now.n_layers < max_layers))


def _stepped(
    architecture: Architecture,
    weights: DeviceWeights,
    now: Progress,
    valid: Array,
    max_layers: Array,
) -> tuple[Progress, Array]:
    # A sequence that has ended is computed on and thrown away: a shape has to stay as it is.
    moving = _active(now, max_layers)
    attended = _attend(architecture, weights, jnp.asarray(now.x), valid)
    x = jnp.where(moving[:, None], _mlp(architecture, weights.mlp, attended), now.x)
    # Who has stopped stays so: its stream is kept, and the halt is not asked again.
    stopped = now.stopped | (moving & _halted(architecture, x, valid))
    return Progress(x, now.n_layers + moving, stopped), attended


@partial(jax.jit, static_argnums=0)
def step(
    architecture: Architecture,
    weights: DeviceWeights,
    progress: Progress,
    fresh: Bool[Array | np.ndarray, " b"],
    tokens: Int[Array | np.ndarray, "b n"],
    valid: Bool[Array | np.ndarray, "b n"],
    max_layers: Int[Array | np.ndarray, " b"],
) -> tuple[Progress, Float[Array, "D b n"], Progress]:
    """Runs each sequence of a batch by a layer, to be looked at; arguments as for `advance`.

    It is what `advance` repeats.

    Returns:
        Where the sequences were before it, those that begin now included; the residual stream after
        attention; and where they are now.
    """
    # Places that begin now are embedded first; all others are where they were left.
    start = _begun(architecture, weights, progress, fresh, tokens, valid)  # type: ignore[arg-type]
    after, attended = _stepped(architecture, weights, start, valid, max_layers)  # type: ignore[arg-type]
    return start, attended, after


@partial(jax.jit, static_argnums=(0, 7))
def advance(
    architecture: Architecture,
    weights: DeviceWeights,
    progress: Progress,
    fresh: Bool[Array, " b"],
    tokens: Int[Array, "b n"],
    valid: Bool[Array, "b n"],
    max_layers: Int[Array, " b"],
    rounds: int,
) -> tuple[Progress, Float[Array, "C b n"]]:
    """Runs each sequence of a batch up to its own halt or bound, but at most `rounds` layers.

    Args:
        architecture: of the model.
        weights: of the model.
        progress: where the sequences are.
        fresh: which begin now.
        tokens: the sequences, padded.
        valid: which positions are no padding.
        max_layers: the most layers that each may take.
        rounds: the most layers to take now.

    Returns:
        Where the sequences are now, and the coordinates of the output variable.
    """
    start = _begun(architecture, weights, progress, fresh, tokens, valid)

    def goes_on(carry: tuple[Array, Progress]) -> Array:
        taken, now = carry
        # Between two calls places are given away, so that a call must not go on for too long.
        return (taken < rounds) & _active(now, max_layers).any()

    def stepped(carry: tuple[Array, Progress]) -> tuple[Array, Progress]:
        taken, now = carry
        after, _ = _stepped(architecture, weights, now, valid, max_layers)
        return taken + 1, after

    # One compiled loop, so that no layer waits for Python.
    _, now = lax.while_loop(goes_on, stepped, (jnp.zeros((), dtype=jnp.int32), start))
    return now, _rows(jnp.asarray(now.x), architecture.output)
