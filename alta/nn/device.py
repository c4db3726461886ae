"""The device: the numbers of a model, arranged for the forward pass, and functions compiled for it.

XLA may have to compile a function when it is called, which nothing interrupts. Under a limit on
time a thread compiles, and whoever waits for it gives up when the time is over. The thread is left
to its end: its result is kept by JAX, for the next call, and the interpreter waits for it before
it ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any, Final, TypeVar, final

import jax
import numpy as np

from alta.lang.masks import Mask
from alta.limit import checkpoint, current
from alta.nn.block import Block
from alta.nn.products import sliced
from alta.nn.sparse import Matrix, SparseMatrix, interleaved, stacked
from alta.nn.weights import HeadWeights, MLPWeights, Weights

__all__ = ["DeviceWeights", "Group", "device_weights", "in_time"]

_Result = TypeVar("_Result")

# Functions with what they were compiled for under some limit.
_COMPILED: Final[set[Hashable]] = set()

# Seconds between two looks at the clock.
_LOOK: Final = 0.05


@final
@dataclass(frozen=True)
class Group:
    """The heads of one mask; what is narrower than the widths gets zeros."""

    mask: Mask
    heads: tuple[str, ...]
    key_width: int
    value_width: int

    @property
    def widths(self) -> tuple[int, int, int]:
        """The widths of queries, keys and values."""
        return self.key_width, self.key_width, self.value_width


@final
@partial(
    jax.tree_util.register_dataclass,
    data_fields=["token_embedding", "position_embedding", "read", "write", "mlp"],
    meta_fields=["groups"],
)
@dataclass(frozen=True)
class DeviceWeights:
    """The weights of a model with the matrices of all heads side by side.

    `read`, of shape (D, …), has queries, keys and values of one group after the other. In a group
    the first columns of all its heads come first, then their second ones, and so on. `write`, of
    shape (…, D), has the outputs of all groups, in the order of their values.
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
        for part, width in zip(("query", "key", "value"), group.widths, strict=True):
            read.append(interleaved([getattr(head, part) for head in heads], width, 1))
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


def in_time(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Calls a function that `jax.jit` made; if there is a limit it is compiled first, within it."""
    limit = current()
    if limit is not None and limit.remaining < math.inf:
        checkpoint()
        # JAX compiles a function once for each shape and format of its arguments. The key is
        # coarser than JAX's own; where JAX still compiles, only the limit is heard late.
        key = function, *map(_kind, jax.tree.leaves(arguments))
        if key not in _COMPILED:
            _compile(function, arguments)
            _COMPILED.add(key)
    # NumPy's arrays are moved to the device by the call, which surroundings may forbid where it is
    # not said; `device_put` says it too, and takes a hundred times as long.
    with jax.transfer_guard_host_to_device("allow"):
        return function(*arguments)


def _kind(leaf: Any) -> Hashable:
    """Returns what a function is compiled for, of one of its arguments or a part of it."""
    return (leaf.shape, leaf.dtype) if hasattr(leaf, "shape") else leaf


def _compile(function: Any, arguments: tuple[Any, ...]) -> None:
    # What JAX takes from its surroundings, as the precision, is settled here and not in the thread.
    lowered = function.lower(*arguments)
    # A thread cannot be stopped. It is left to its end, and JAX keeps what it compiles.
    thread = Thread(target=lowered.compile, name="compilation")
    thread.start()
    while thread.is_alive():
        checkpoint()
        thread.join(_LOOK)
