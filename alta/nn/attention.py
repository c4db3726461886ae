"""Attention: one head at all positions of a batch, feature-major.

The softmax of a row runs over the positions that its mask leaves and over no others. A head whose
mask has few offsets looks at those alone, one offset after the other; any other head looks at all
pairs of positions. Both take the same softmax of the same scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Bool, Float

from alta.lang.masks import Mask
from alta.nn.products import stored, summed

__all__ = ["Mixed", "attention", "separate_offsets"]

# So many offsets are looked at one by one.
_SEPARATE: Final = 8


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Mixed:
    """The values that each position reads, rounded to their format, and what they are mixed by.

    Scores and their softmax, which is rounded to the format of the values, have for each position
    an entry for each other one, (b, n, n); or, where offsets are looked at one by one, for each
    offset, (offsets, b, n). What the mask leaves out, or is padding, has a score without meaning
    and the weight 0.
    """

    value: Float[Any, "V b n"]
    scores: Any
    weights: Any


def attention(
    query: Float[Array, "K b n"],
    key: Float[Array, "K b n"],
    value: Float[Array, "V b n"],
    mask: Mask,
    valid: Bool[Array, "b n"],
    accumulate: str,
) -> Mixed:
    """Returns what each position reads, with the scores and weights that it is read by.

    Positions that are not valid are padding. Products are summed, and softmax is taken, in the
    format `accumulate`.
    """
    # Padding may hold any numbers, even infinite ones, and a weight of 0 does not silence those.
    value = jnp.where(valid[None], value, 0)
    if (offsets := separate_offsets(mask)) is not None:
        return _by_offset(query, key, value, offsets, valid, accumulate)
    return _by_pair(query, key, value, mask, valid, accumulate)


def separate_offsets(mask: Mask) -> tuple[int, ...] | None:
    """Returns the offsets of a mask with so few that each is looked at alone; None for others."""
    few = mask.listed is not None and len(mask.listed) <= _SEPARATE
    return mask.listed if few else None


def _softmax(scores: Array, allowed: Array, axis: int, dtype: jnp.dtype) -> Array:
    """Returns weights that are exactly 0 where nothing is allowed, stored in the format."""
    # Masked positions are left out with `where`: adding a large negative number would round the
    # scores, and a row with nothing left would attend to what is masked.
    # Softmax is the same for scores less their maximum, of which no power overflows.
    top = jnp.max(jnp.where(allowed, scores, -jnp.inf), axis=axis, keepdims=True)
    top = jnp.where(jnp.isfinite(top), top, 0)
    powers = jnp.where(allowed, jnp.exp(jnp.where(allowed, scores - top, 0)), 0)
    total = jnp.sum(powers, axis=axis, keepdims=True)
    return stored(powers / jnp.where(total == 0, 1, total), dtype)


def _by_offset(
    query: Array,
    key: Array,
    value: Array,
    offsets: tuple[int, ...],
    valid: Array,
    accumulate: str,
) -> Mixed:
    wide = jnp.dtype(accumulate)
    scores = jnp.stack(
        [jnp.sum(query.astype(wide) * _shifted(key, o).astype(wide), axis=0) for o in offsets]
    )
    # Beyond the ends there is nothing to read, and `_shifted` gives False there.
    allowed = jnp.stack([_shifted(valid, offset) for offset in offsets])
    # Weights are rounded to the format of the values before they multiply them.
    weights = _softmax(scores, allowed, 0, value.dtype)
    # One term for each offset, summed in ascending order.
    read = sum(
        weight[None] * _shifted(value, offset).astype(wide)
        for weight, offset in zip(weights.astype(wide), offsets, strict=True)
    )
    return Mixed(stored(jnp.asarray(read), value.dtype), scores, weights)


def _shifted(x: Array, offset: int) -> Array:
    """Returns at position i what x has at position i + offset, and zeros beyond its ends."""
    length = x.shape[-1]
    if abs(offset) >= length:
        return jnp.zeros_like(x)
    kept = lax.slice_in_dim(x, max(offset, 0), length + min(offset, 0), axis=-1)
    beside = [(0, 0)] * (x.ndim - 1)
    return jnp.pad(kept, [*beside, (max(-offset, 0), max(offset, 0))])


def _by_pair(
    query: Array,
    key: Array,
    value: Array,
    mask: Mask,
    valid: Array,
    accumulate: str,
) -> Mixed:
    # Scores are summed and kept in the wide format: a gap of s² between them is then exact.
    scores = summed("kbi,kbj->bij", query, key, accumulate)
    allowed = jnp.broadcast_to(valid[:, None, :], scores.shape)
    if not mask.everywhere:
        allowed &= _within(mask, value.shape[-1])[None]
    weights = _softmax(scores, allowed, -1, value.dtype)
    read = stored(summed("bij,vbj->vbi", weights, value, accumulate), value.dtype)
    return Mixed(read, scores, weights)


def _within(mask: Mask, length: int) -> Array:
    """Says for each position (row) which positions (columns) the mask lets it attend to."""
    positions = jnp.arange(length)
    distances = positions[None, :] - positions[:, None]
    if mask.last is not None:
        return distances <= mask.last
    # Offsets beyond the ends select nothing, and need not fit an int of JAX.
    offsets = jnp.array(mask.offsets(length), dtype=distances.dtype)
    return jnp.isin(distances, offsets)
