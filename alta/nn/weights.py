"""Weights: one pytree of arrays, named as in the paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, final

import jax
import numpy as np
from jaxtyping import Float

from alta.errors import ModelError

__all__ = [
    "Array",
    "HeadWeights",
    "MLPWeights",
    "Weights",
    "check_finite",
    "check_shapes",
    "named",
    "read_only",
]

Array = np.ndarray[Any, Any]
"""Weights are NumPy arrays: their bits are what a proof is about and what is handed to JAX."""


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class HeadWeights:
    """Are the four matrices of a head; K is 0 for a head without query and key.

    The score of positions i, j is ``(x[i] @ query) @ (x[j] @ key)``; the head adds
    ``sum_j weight[i, j] * (x[j] @ value) @ output`` to the residual stream.
    """

    query: Float[Array, "D K"]
    key: Float[Array, "D K"]
    value: Float[Array, "D V"]
    output: Float[Array, "V D"]


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MLPWeights:
    """Are the four matrices of the feed-forward block and their biases.

    With ``clip(x) = min(1, max(0, x))`` the block adds, to the residual stream x::

        e = clip(x @ expand_in + expand_in_bias) @ expand_out + expand_out_bias
        clip(e @ lookup_in + lookup_in_bias) @ lookup_out + lookup_out_bias
    """

    expand_in: Float[Array, "D E"]
    expand_in_bias: Float[Array, " E"]
    expand_out: Float[Array, "E F"]
    expand_out_bias: Float[Array, " F"]
    lookup_in: Float[Array, "F N"]
    lookup_in_bias: Float[Array, " N"]
    lookup_out: Float[Array, "N D"]
    lookup_out_bias: Float[Array, " D"]


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Weights:
    """Are all the weights of a model; every layer uses the same ones.

    Attributes:
        token_embedding: a row a token.
        position_embedding: a row a position; no rows for a program without position variables.
        heads: the attention heads by name.
        mlp: the feed-forward block.
    """

    token_embedding: Float[Array, "T D"]
    position_embedding: Float[Array, "P D"]
    heads: Mapping[str, HeadWeights]
    mlp: MLPWeights


def named(weights: Any, prefix: str = "") -> Iterator[tuple[str, Array]]:
    """Yields every array of a weights pytree with its dotted name."""
    if is_dataclass(weights):
        for field in fields(weights):
            yield from named(getattr(weights, field.name), f"{prefix}{field.name}.")
    elif isinstance(weights, Mapping):
        for name in sorted(weights):
            yield from named(weights[name], f"{prefix}{name}.")
    else:
        yield prefix.rstrip("."), weights


def read_only(array: Any) -> Array:
    """Returns a copy that cannot be changed in place, as a proof about it would not notice."""
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


def check_finite(weights: Weights) -> None:
    """Checks that no weight is NaN or infinite.

    Raises:
        ModelError: naming the array, the index and the value of the first that is.
    """
    for name, array in named(weights):
        bad = np.argwhere(~np.isfinite(np.asarray(array, dtype=np.float64)))
        if len(bad):
            index = tuple(bad[0].tolist())
            raise ModelError(
                f"weights: {name}{list(index)} is {array[index]}; expected finite numbers"
            )


def check_shapes(weights: Weights) -> None:
    """Checks that the arrays fit one another and have one floating-point type.

    Raises:
        ModelError: naming the array, what was expected and what came.
    """
    expected = {
        "token_embedding": "TD",
        "position_embedding": "PD",
        "mlp.expand_in": "DE",
        "mlp.expand_in_bias": "E",
        "mlp.expand_out": "EF",
        "mlp.expand_out_bias": "F",
        "mlp.lookup_in": "FN",
        "mlp.lookup_in_bias": "N",
        "mlp.lookup_out": "ND",
        "mlp.lookup_out_bias": "D",
    }
    sizes: dict[str, tuple[int, str]] = {}
    dtype = None
    for name, array in named(weights):
        axes = _axes(name, expected)
        if array.ndim != len(axes):
            raise ModelError(
                f"weights: {name}: expected {len(axes)} axes, got shape {tuple(array.shape)}"
            )
        for axis, size in zip(axes, array.shape, strict=True):
            known, source = sizes.setdefault(axis, (size, name))
            if known != size:
                raise ModelError(
                    f"weights: {name} has shape {tuple(array.shape)}, but {source} asks for "
                    f"{known} instead of {size}"
                )
        dtype = dtype or array.dtype
        if array.dtype != dtype:
            raise ModelError(f"weights: {name} is {array.dtype}, the arrays before it are {dtype}")


def _axes(name: str, expected: Mapping[str, str]) -> tuple[str, ...]:
    if not name.startswith("heads."):
        return tuple(expected[name])
    head, matrix = name.removeprefix("heads.").rsplit(".", 1)
    own = {"query": "DK", "key": "DK", "value": "DV", "output": "VD"}[matrix]
    return tuple(axis if axis == "D" else f"{axis} of {head}" for axis in own)
