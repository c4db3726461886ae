"""Device weights: the numbers of a model, arranged for the forward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import jax
import numpy as np

from alta.nn.block import Block
from alta.nn.products import sliced
from alta.nn.sparse import Matrix, SparseMatrix, interleaved, stacked
from alta.nn.weights import HeadWeights, MLPWeights, Weights

__all__ = ["DeviceWeights", "Group", "device_weights"]

Mask = tuple[int, ...] | None


@final
@dataclass(frozen=True)
class Group:
    """The heads that have one mask, which attend together.

    Attributes:
        mask: the offsets that they may attend to; None for all.
        heads: their names.
        key_width: the width of their queries and keys; narrower ones are filled up with zeros.
        value_width: the width of their values.
    """

    mask: Mask
    heads: tuple[str, ...]
    key_width: int
    value_width: int


@final
@partial(
    jax.tree_util.register_dataclass,
    data_fields=["token_embedding", "position_embedding", "read", "write", "mlp"],
    meta_fields=["groups"],
)
@dataclass(frozen=True)
class DeviceWeights:
    """The weights of a model with the matrices of all heads side by side.

    Attributes:
        token_embedding: a row a token.
        position_embedding: a row a position, or no rows.
        read: queries, keys and values of all groups, one group after the other: (D, …). In a group
            the first columns of all its heads come first, then their second ones, and so on.
        write: the outputs of all groups, in the order of their values: (…, D).
        mlp: the feed-forward block, or what stands in its place.
        groups: the heads by their masks.
    """

    token_embedding: Any
    position_embedding: Any
    read: Any
    write: Any
    mlp: MLPWeights | Block
    groups: tuple[Group, ...]


def device_weights(weights: Weights, masks: Mapping[str, Mask]) -> DeviceWeights:
    """Arranges weights for the forward pass; every number stays as it is, bit for bit."""
    # One product reads for all heads, and one writes: wide products keep a device busy.
    groups = _groups(weights.heads, masks)
    width, dtype = weights.token_embedding.shape[1], weights.token_embedding.dtype
    read: list[Matrix] = [np.zeros((width, 0), dtype)]
    write: list[Matrix] = [np.zeros((0, width), dtype)]
    for group in groups:
        heads = [weights.heads[name] for name in group.heads]
        # Interleaved, the columns of several heads become further sequences by a reshape alone.
        read.append(interleaved([head.query for head in heads], group.key_width, 1))
        read.append(interleaved([head.key for head in heads], group.key_width, 1))
        read.append(interleaved([head.value for head in heads], group.value_width, 1))
        write.append(interleaved([head.output for head in heads], group.value_width, 0))
    return DeviceWeights(
        token_embedding=_placed(weights.token_embedding),
        position_embedding=_placed(weights.position_embedding),
        read=_placed(stacked(read, 1)),
        write=_placed(stacked(write, 0)),
        mlp=jax.tree.map(_placed, weights.mlp, is_leaf=lambda node: isinstance(node, SparseMatrix)),
        groups=groups,
    )


def _groups(heads: Mapping[str, HeadWeights], masks: Mapping[str, Mask]) -> tuple[Group, ...]:
    # Heads of one mask look at the same positions: one softmax is taken for all of them.
    by_mask: dict[Mask, list[str]] = {}
    for name in heads:
        by_mask.setdefault(masks[name], []).append(name)
    return tuple(
        Group(
            mask,
            tuple(names),
            max(heads[name].query.shape[1] for name in names),
            max(heads[name].value.shape[1] for name in names),
        )
        for mask, names in by_mask.items()
    )


def _placed(matrix: Matrix) -> Any:
    arranged = sliced(matrix) if isinstance(matrix, SparseMatrix) else matrix
    # Not `jnp.asarray`, which compiles a function for each shape of an array.
    return jax.tree.map(jax.device_put, arranged)
