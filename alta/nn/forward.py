"""The forward pass: a Universal Transformer with clipped ReLU, as pure functions in JAX.

A residual stream has a row of coordinates for each position: shape (…, n, D). But for `embed` and
`layer` it is turned to be feature-major, (D, batch, n), which is what makes products fast.
Universal Transformers: Dehghani et al. 2019, arXiv 1807.03819.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from alta.nn.attention import Mixed, attention
from alta.nn.block import Block, applied
from alta.nn.decoding import Halt
from alta.nn.device import DeviceWeights
from alta.nn.products import clip, product, stored
from alta.nn.weights import MLPWeights

__all__ = [
    "Architecture",
    "Change",
    "Inside",
    "Places",
    "Progress",
    "Reads",
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
class Architecture:
    """What the forward pass needs to know beside the weights; hashable, static under jit.

    Products are summed, and softmax is taken, in the format `accumulate`.
    """

    output: tuple[int, ...]
    halt: Halt | None
    accumulate: str


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Reads:
    """What the heads of a group compute; row h · batch + b of the second axis is head h's."""

    query: Float[Any, "K c n"]
    key: Float[Any, "K c n"]
    value: Float[Any, "V c n"]
    mixed: Mixed


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Inside:
    """What one layer computes on the way: by group of heads, and the MLP's units by layer."""

    reads: tuple[Reads, ...]
    units: dict[str, Any]


Change: TypeAlias = Callable[[str, Array], Array]
"""What is put in the place of an activation: of queries, keys, values or units, by their name."""


def unchanged(_: str, activation: Array) -> Array:
    """Returns an activation as it is."""
    return activation


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
        x = x + jnp.broadcast_to(weights.position_embedding[positions], x.shape)
    return x


@partial(jax.jit, static_argnums=0)
def layer(
    architecture: Architecture,
    weights: DeviceWeights,
    x: Float[Array | np.ndarray, "... n D"],
    valid: Bool[Array | np.ndarray, "... n"],
) -> tuple[Float[Array, "... n D"], Float[Array, "... n D"]]:
    """Returns the residual stream after attention and after the MLP, all in rows."""
    columns = jnp.moveaxis(x, -1, 0).reshape(x.shape[-1], -1, x.shape[-2])
    keep = jnp.asarray(valid).reshape(-1, x.shape[-2])
    attended, _ = attend(architecture, weights, columns, keep)
    after, _ = mlp(architecture, weights.mlp, attended)

    def rows(stream: Array) -> Array:
        return jnp.moveaxis(stream.reshape(-1, *x.shape[:-1]), 0, -1)

    return rows(attended), rows(after)


def attend(
    architecture: Architecture,
    weights: DeviceWeights,
    x: Float[Array, "D b n"],
    valid: Bool[Array, "b n"],
    change: Change = unchanged,
) -> tuple[Float[Array, "D b n"], tuple[Reads, ...]]:
    """Returns the residual stream with what every head read added, and all reads, by group.

    Heads are parallel. What nobody looks at of the reads is never stored. What all heads read,
    before it is split, may be changed as ``read``.
    """
    # A program without heads has nothing to read, and no columns to split.
    if not weights.groups:
        return x, ()
    accumulate, positions = architecture.accumulate, x.shape[1:]
    # Queries, keys and values are rounded to the format, as the theorem has them.
    read = change("read", stored(product(weights.read, x, accumulate), x.dtype))
    # Of each group come all queries, then all keys, then all values.
    sizes = [width * len(group.heads) for group in weights.groups for width in group.widths]
    parts = iter(jnp.split(read, np.cumsum(sizes)[:-1]))
    reads = []
    for group in weights.groups:
        # The heads of a group are further sequences of the batch.
        count, n = len(group.heads), positions[-1]
        query, key, value = (
            next(parts).reshape(width, count * positions[0], n) for width in group.widths
        )
        # The reshape puts head h of sequence b into row h · batch + b.
        all_valid = jnp.tile(valid, (count, 1))
        mixed = attention(query, key, value, group.mask, all_valid, accumulate)
        reads.append(Reads(query, key, value, mixed))
    values = jnp.concatenate([group.mixed.value.reshape(-1, *positions) for group in reads])
    added = product(weights.write, values, accumulate)
    # What all heads add is summed with the stream in the wide format, and stored once.
    return stored(x.astype(accumulate) + added, x.dtype), tuple(reads)


def mlp(
    architecture: Architecture,
    weights: MLPWeights | Block,
    x: Float[Array, "D ..."],
    change: Change = unchanged,
) -> tuple[Float[Array, "D ..."], dict[str, Array]]:
    """Returns the residual stream with the feed-forward block's output added, and its units.

    Those of a compiled block may be changed, by the names of their layers.
    """
    if not isinstance(weights, MLPWeights):
        return applied(weights, x, architecture.accumulate)

    # Widening is exact, and written out: surroundings may allow no conversion that is not.
    wide, shape = jnp.dtype(architecture.accumulate), (-1, *[1] * (x.ndim - 1))

    def affine(x: Array, matrix: Any, bias: Any) -> Array:
        rows = jnp.asarray(bias).astype(wide).reshape(shape)
        return product(matrix, x, architecture.accumulate) + rows

    # Every intermediate is rounded to the format of the weights, as the encodings assume.
    hidden = stored(clip(affine(x, weights.expand_in, weights.expand_in_bias)), x.dtype)
    hidden = change("hidden", hidden)
    expanded = stored(affine(hidden, weights.expand_out, weights.expand_out_bias), x.dtype)
    expanded = change("expanded", expanded)
    fired = stored(clip(affine(expanded, weights.lookup_in, weights.lookup_in_bias)), x.dtype)
    fired = change("fired", fired)
    added = affine(fired, weights.lookup_out, weights.lookup_out_bias)
    units = {"hidden": hidden, "expanded": expanded, "fired": fired}
    return stored(x.astype(wide) + added, x.dtype), units


def halted(
    architecture: Architecture, x: Float[Array, "D ..."], valid: Bool[Array, ...]
) -> Bool[Array, ...]:
    """Says whether all valid positions decode to the halt value."""
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


@final
@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class Progress:
    """Where the sequences of a batch have got to: streams, feature-major, and who has stopped."""

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


@final
@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class Places:
    """What lies in the places of a batch: those that begin now, tokens, no padding, bounds."""

    fresh: Bool[Any, " b"]
    tokens: Int[Any, "b n"]
    valid: Bool[Any, "b n"]
    max_layers: Int[Any, " b"]


def _begun(
    architecture: Architecture, weights: DeviceWeights, progress: Progress, places: Places
) -> Progress:
    # A place that begins takes its embedding; the others keep what they have.
    first = jnp.moveaxis(embed(weights, places.tokens), -1, 0)
    return Progress(
        jnp.where(places.fresh[None, :, None], first, progress.x),
        jnp.where(places.fresh, 0, progress.n_layers),
        jnp.where(places.fresh, halted(architecture, first, places.valid), progress.stopped),
    )


def _active(now: Progress, places: Places) -> Array:
    return jnp.asarray(~now.stopped & (now.n_layers < places.max_layers))


def _stepped(
    architecture: Architecture, weights: DeviceWeights, now: Progress, places: Places
) -> tuple[Progress, Array, Inside]:
    # A sequence that has ended is computed on and thrown away: a shape has to stay as it is.
    moving = _active(now, places)
    attended, reads = attend(architecture, weights, jnp.asarray(now.x), places.valid)
    after, units = mlp(architecture, weights.mlp, attended)
    x = jnp.where(moving[None, :, None], after, now.x)
    # Who has stopped stays so: its stream is kept, and the halt is not asked again.
    stopped = now.stopped | (moving & halted(architecture, x, places.valid))
    now = Progress(x, now.n_layers + moving.astype(jnp.int32), stopped)
    return now, attended, Inside(reads, units)


@partial(jax.jit, static_argnums=(0, 4))
def step(
    architecture: Architecture,
    weights: DeviceWeights,
    progress: Progress,
    places: Places,
    everything: bool = False,
) -> tuple[Progress, Float[Array, "D b n"], Progress, Inside | None]:
    """Runs each sequence of a batch by a layer, to be looked at; it is what `advance` repeats.

    Returns where the sequences were before it, those that begin now included; the residual stream
    after attention; where they are now; and, if `everything` is to be kept, all between.
    """
    # Places that begin now are embedded first; all others are where they were left.
    start = _begun(architecture, weights, progress, places)
    after, attended, inside = _stepped(architecture, weights, start, places)
    return start, attended, after, inside if everything else None


@partial(jax.jit, static_argnums=(0, 4))
def advance(
    architecture: Architecture,
    weights: DeviceWeights,
    progress: Progress,
    places: Places,
    rounds: int,
) -> tuple[Progress, Float[Array, "C b n"]]:
    """Runs each sequence of a batch up to its own halt or bound, but at most `rounds` layers.

    Returns where the sequences are now, and the coordinates of the output variable.
    """
    start = _begun(architecture, weights, progress, places)

    def goes_on(carry: tuple[Array, Progress]) -> Array:
        taken, now = carry
        # Between two calls places are given away, so that a call must not go on for too long.
        return (taken < rounds) & _active(now, places).any()

    def stepped(carry: tuple[Array, Progress]) -> tuple[Array, Progress]:
        taken, now = carry
        after, _, _ = _stepped(architecture, weights, now, places)
        return taken + 1, after

    # One compiled loop, so that no layer waits for Python.
    _, now = lax.while_loop(goes_on, stepped, (jnp.zeros((), dtype=jnp.int32), start))
    return now, _rows(jnp.asarray(now.x), architecture.output)
