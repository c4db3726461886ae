"""The reference of the forward pass: the same network in NumPy and float64, to be looked into.

Rows are positions. It is what `alta.nn.forward` computes, but for rounding, and is never what runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.lang.masks import Mask
from alta.nn.sparse import Matrix, SparseMatrix
from alta.nn.weights import HeadWeights, MLPWeights

__all__ = ["MLPPass", "attention_weights", "mlp"]

Array = npt.NDArray[np.float64]


def attention_weights(head: HeadWeights, mask: Mask, stream: npt.NDArray[Any]) -> Array:
    """Returns how much each position (row) attends to each other one (column).

    Softmax runs over the positions that the mask leaves; where it leaves none, the row is 0.
    """
    x = _wide(stream)
    scores = _times(x, head.query) @ _times(x, head.key).T
    distances = np.arange(len(x))[None, :] - np.arange(len(x))[:, None]
    allowed = np.isin(distances, mask.offsets(len(x)))
    # exp(s - max) keeps the largest power at 1, so that none overflows.
    top = np.where(allowed, scores, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    shifted = scores - np.where(np.isfinite(top), top, 0)
    powers = np.exp(np.where(allowed, shifted, -np.inf))
    total = powers.sum(axis=1, keepdims=True)
    return powers / np.where(total == 0, 1, total)


@final
@dataclass(frozen=True)
class MLPPass:
    """Every vector of the compiled block: both layers of units, sums between, stream after it."""

    hidden: Array
    expanded: Array
    fired: Array
    after: Array


def mlp(weights: MLPWeights, stream: npt.NDArray[Any]) -> MLPPass:
    """Returns what the compiled feed-forward block computes."""
    x = _wide(stream)
    hidden = np.clip(_times(x, weights.expand_in) + _wide(weights.expand_in_bias), 0, 1)
    expanded = _times(hidden, weights.expand_out) + _wide(weights.expand_out_bias)
    fired = np.clip(_times(expanded, weights.lookup_in) + _wide(weights.lookup_in_bias), 0, 1)
    added = _times(fired, weights.lookup_out) + _wide(weights.lookup_out_bias)
    return MLPPass(hidden, expanded, fired, x + added)


def _wide(array: Any) -> Array:
    # Exact: float64 holds every number of the four formats.
    return np.asarray(array, dtype=np.float64)


def _times(x: Array, matrix: Matrix) -> Array:
    """Returns the product of rows and a matrix, dense or sparse."""
    if not isinstance(matrix, SparseMatrix):
        return x @ _wide(matrix)
    product = np.zeros((*x.shape[:-1], matrix.shape[1]))
    terms = x[..., matrix.pattern.rows] * _wide(matrix.data)
    # `add.at` adds up the terms of one column, of which plain indexing would keep the last.
    np.add.at(product.T, matrix.pattern.columns, terms.T)
    return product
