"""Products: a matrix of weights times a block of positions, as the matrix is stored.

Blocks are *feature-major*: the first axis is that of the coordinates, and the others are positions.
A row is then a coordinate at all positions, long and contiguous, and a sparse product is a few sums
of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import DTypeLike

from alta.nn.sparse import SparseMatrix

__all__ = ["Sliced", "clip", "product", "sliced", "stored", "summed"]

# A sum of more rows is taken in several steps: XLA takes long to compile wide ones.
_WIDEST: Final = 4


@final
@partial(
    jax.tree_util.register_dataclass,
    data_fields=["levels", "order"],
    meta_fields=["shape"],
)
@dataclass(frozen=True)
class Sliced:
    """A sparse matrix as the forward pass takes it.

    A *slice* is a number of sums of equally many rows: their indices and weights, both of shape
    (rows a sum, sums), as in the format sliced ELLPACK (Monakov et al. 2010). The slices of the
    first level are sums of rows of the block; those of the next one are sums of these sums. `order`
    says where each output lies among all the sums; None where they are in order.
    """

    levels: tuple[tuple[tuple[Array, Array], ...], ...]
    order: Array | None
    shape: tuple[int, int]


def sliced(matrix: SparseMatrix) -> Sliced:
    """Arranges a sparse matrix for products with it."""
    # A sum of more terms than _WIDEST is cut into pieces, which the next level sums up again.
    pattern = matrix.pattern
    by_column = np.argsort(pattern.columns, kind="stable")
    rows, data = pattern.rows[by_column], matrix.data[by_column]
    counts = np.bincount(pattern.columns, minlength=matrix.shape[1])
    levels, places = [], np.empty(matrix.shape[1], dtype=np.int64)
    # Sums that are not finished yet: their outputs, and where their terms begin.
    targets, n_before = np.arange(matrix.shape[1]), 0
    # Each level divides the number of terms by _WIDEST, so that n terms take log n levels.
    while True:
        starts = np.cumsum(counts) - counts
        # A column without entries is one empty sum, which is 0: every output has its place.
        pieces = np.maximum(1, -(-counts // _WIDEST))
        owner = np.repeat(np.arange(len(counts)), pieces)
        number = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        first = starts[owner] + number * _WIDEST
        width = np.minimum(_WIDEST, counts[owner] - number * _WIDEST)
        # Sums of one width make up a slice, so that none is filled up with zeros.
        by_width = np.argsort(width, kind="stable")
        slices = []
        for size in np.unique(width):
            alike = by_width[width[by_width] == size]
            terms = first[alike][None, :] + np.arange(size)[:, None]
            slices.append((rows[terms].astype(np.int32), data[terms]))
        levels.append(tuple(slices))
        place = np.empty(len(owner), dtype=np.int64)
        place[by_width] = np.arange(len(owner))
        # What was not cut is an output; its place among all sums of all levels is kept.
        done = pieces == 1
        places[targets[done]] = n_before + place[done[owner]]
        if done.all():
            break
        n_before += len(owner)
        # The pieces of all others are the rows of the next level, each with the weight 1.
        rows = place[~done[owner]]
        data = np.ones(len(rows), dtype=matrix.dtype)
        targets, counts = targets[~done], pieces[~done]
    in_order = len(levels) == 1 and (places == np.arange(len(places))).all()
    return Sliced(tuple(levels), None if in_order else places.astype(np.int32), matrix.shape)  # type: ignore[arg-type]


def product(matrix: Any, x: Array, accumulate: str) -> Array:
    """Returns the sums (E, …) of a block (D, …), weighted by a (D, E) array or a `Sliced` one."""
    if not isinstance(matrix, Sliced):
        return summed("de,d...->e...", matrix, x, accumulate)
    parts, rows = [], x
    for level in matrix.levels:
        sums = [_sums(rows, indices, weights, accumulate) for indices, weights in level]
        rows = jnp.concatenate(sums) if sums else jnp.zeros((0, *x.shape[1:]), accumulate)
        parts.append(rows)
    if matrix.order is None:
        return rows
    all_sums = parts[0] if len(parts) == 1 else jnp.concatenate(parts)
    return _taken(all_sums, matrix.order)


def summed(subscripts: str, a: Any, b: Any, accumulate: str) -> Array:
    """Multiplies dense arrays with sums in the `accumulate` format and no reduced precision.

    The factors are widened first, which is exact: not every device takes products of a narrow
    format into a wider one.
    """
    wide = jnp.dtype(accumulate)
    a, b = (jnp.asarray(factor).astype(wide) for factor in (a, b))
    # By default XLA may multiply float32 in TF32 or bfloat16, which rounds the factors.
    return jnp.einsum(subscripts, a, b, precision=lax.Precision.HIGHEST)


def _sums(rows: Array, indices: Array, weights: Array, accumulate: str) -> Array:
    shape = (indices.shape[1], *rows.shape[1:])
    total = jnp.zeros(shape, accumulate)
    # One loop over all of it, as XLA fuses it: the accumulators never leave the registers.
    for index, weight in zip(indices, weights, strict=True):
        factor = weight.astype(accumulate).reshape(-1, *[1] * (rows.ndim - 1))
        total = total + factor * _taken(rows, index).astype(accumulate)
    return total


def _taken(rows: Array, indices: Array) -> Array:
    # The indices were made by `sliced` and are in bounds, so none of them is clamped.
    return jnp.asarray(rows).at[indices].get(mode="promise_in_bounds")


def stored(x: Array, dtype: DTypeLike) -> Array:
    """Rounds sums to the format in which they are stored.

    A cast alone would not do: XLA may drop one that is undone again, and then two uses of one
    number differ.
    """
    if x.dtype == jnp.dtype(dtype):
        return x
    # `reduce_precision` is an operation of its own, which XLA keeps.
    limits = jnp.finfo(dtype)  # type: ignore[no-untyped-call]
    rounded = lax.reduce_precision(x, limits.nexp, limits.nmant)
    return rounded.astype(dtype)


def clip(x: Array) -> Array:
    """Returns min(1, max(0, x))."""
    return jnp.minimum(1, jnp.maximum(0, x))
