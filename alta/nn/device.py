"""Device weights: the numbers of a model, arranged for the forward pass."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np

from alta.nn.products import sliced
from alta.nn.sparse import Matrix, SparseMatrix, stacked
from alta.nn.weights import MLPWeights, Weights

__all__ = ["DeviceWeights", "device_weights"]


@final
@partial(
    jax.tree_util.register_dataclass,
    data_fields=["token_embedding", "position_embedding", "read", "write", "mlp"],
    meta_fields=["heads"],
)
@dataclass(frozen=True)
class DeviceWeights:
    """Are the weights of a model with the matrices of all heads side by side.

    Attributes:
        token_embedding: a row a token.
        position_embedding: a row a position, or no rows.
        read: queries, keys and values of all heads, one head after the other: (D, …).
        write: the outputs of all heads: (…, D).
        mlp: the feed-forward block.
        heads: for each head in the same order its name, the width of its queries and keys, and
            that of its values.
    """

    token_embedding: Any
    position_embedding: Any
    read: Any
    write: Any
    mlp: MLPWeights
    heads: tuple[tuple[str, int, int], ...]


def device_weights(weights: Weights) -> DeviceWeights:
    """Arranges weights for the forward pass; every number stays as it is, bit for bit."""
    heads = weights.heads
    width = weights.token_embedding.shape[1]
    dtype = weights.token_embedding.dtype
    read = [each for head in heads.values() for each in (head.query, head.key, head.value)]
    write = [head.output for head in heads.values()]
    return DeviceWeights(
        token_embedding=jnp.asarray(weights.token_embedding),
        position_embedding=jnp.asarray(weights.position_embedding),
        read=_placed(stacked(read, 1) if read else np.zeros((width, 0), dtype)),
        write=_placed(stacked(write, 0) if write else np.zeros((0, width), dtype)),
        mlp=MLPWeights(
            **{f.name: _placed(getattr(weights.mlp, f.name)) for f in fields(MLPWeights)}
        ),
        heads=tuple(
            (name, head.query.shape[1], head.value.shape[1]) for name, head in heads.items()
        ),
    )


def _placed(matrix: Matrix) -> Any:
    arranged = sliced(matrix) if isinstance(matrix, SparseMatrix) else matrix
    return jax.tree.map(jnp.asarray, arranged)
