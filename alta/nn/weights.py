"""Weights: one pytree of arrays, named after what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final, TypeVar, final

import jax
from jaxtyping import Float

from alta.errors import ModelError
from alta.nn.block import DenseBlock
from alta.nn.frozen import FrozenMapping, frozen_array
from alta.nn.sparse import Array, Matrix, Pattern, SparseMatrix, as_dense, as_sparse

__all__ = [
    "ACCUMULATE",
    "Array",
    "HeadWeights",
    "MLPWeights",
    "Weights",
    "dense_weights",
    "frozen_weights",
    "map_matrices",
    "matrices",
    "named",
    "sparse_weights",
]

ACCUMULATE: Final = {
    "float64": "float64",
    "float32": "float32",
    "bfloat16": "float32",
    "float16": "float32",
}
"""The format in which products are summed, by the format of the weights."""


# Heads are a pytree by name, as in a dict. Registered here: layouts have such mappings without JAX.
def _flatten(mapping: FrozenMapping[Any]) -> tuple[list[tuple[Any, Any]], tuple[str, ...]]:
    names = tuple(sorted(mapping))
    return [(jax.tree_util.DictKey(name), mapping[name]) for name in names], names


def _unflatten(names: tuple[str, ...], entries: Any) -> FrozenMapping[Any]:
    return FrozenMapping(dict(zip(names, entries, strict=True)))


jax.tree_util.register_pytree_with_keys(FrozenMapping, _flatten, _unflatten)


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class HeadWeights:
    """The four matrices of a head; K is 0 for a head without query and key.

    The score of positions i, j is ``(x[i] @ query) @ (x[j] @ key)``; the head adds
    ``sum_j weight[i, j] * (x[j] @ value) @ output`` to the residual stream.
    """

    query: Float[Array, "D K"] | SparseMatrix
    key: Float[Array, "D K"] | SparseMatrix
    value: Float[Array, "D V"] | SparseMatrix
    output: Float[Array, "V D"] | SparseMatrix


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MLPWeights:
    """The four matrices of the feed-forward block and their biases.

    With ``clip(x) = min(1, max(0, x))`` the block adds, to the residual stream x::

        e = clip(x @ expand_in + expand_in_bias) @ expand_out + expand_out_bias
        clip(e @ lookup_in + lookup_in_bias) @ lookup_out + lookup_out_bias
    """

    expand_in: Float[Array, "D E"] | SparseMatrix
    expand_in_bias: Float[Array, " E"]
    expand_out: Float[Array, "E F"] | SparseMatrix
    expand_out_bias: Float[Array, " F"]
    lookup_in: Float[Array, "F N"] | SparseMatrix
    lookup_in_bias: Float[Array, " N"]
    lookup_out: Float[Array, "N D"] | SparseMatrix
    lookup_out_bias: Float[Array, " D"]

    @property
    def width(self) -> int:
        """The numbers that the block has at one position, of all its layers together."""
        columns = (self.expand_in, self.expand_out, self.lookup_in, self.lookup_out)
        return sum(int(matrix.shape[1]) for matrix in columns)


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Weights:
    """All the weights of a model; every layer uses the same ones.

    Attributes:
        token_embedding: a row a token.
        position_embedding: a row a position; no rows for a program without position variables.
        heads: the attention heads by name; whatever mapping they came in, none that can be changed.
        mlp: the feed-forward block, compiled or learned.
    """

    token_embedding: Float[Array, "T D"]
    position_embedding: Float[Array, "P D"]
    heads: Mapping[str, HeadWeights]
    mlp: MLPWeights | DenseBlock

    def __post_init__(self) -> None:
        if isinstance(self.heads, Mapping):
            object.__setattr__(self, "heads", FrozenMapping(self.heads))

    @property
    def compiled_mlp(self) -> MLPWeights:
        """The compiled feed-forward block; a learned one is refused with a ModelError."""
        # Its units stand for no conditions and no rules.
        if isinstance(self.mlp, DenseBlock):
            raise ModelError(
                "weights: expected a compiled feed-forward block, got a learned one, which has "
                "neither conditions nor rules"
            )
        return self.mlp


def matrices(weights: Any, prefix: str = "") -> Iterator[tuple[str, Matrix]]:
    """Yields every matrix and bias of a weights pytree, sparse or dense, with its dotted name."""
    parts: Iterable[tuple[object, Any]]
    if isinstance(weights, str):
        return  # the activation of a learned block
    if isinstance(weights, Mapping):
        # In the order of JAX, which sorts the keys of a mapping.
        parts = sorted(weights.items())
    elif is_dataclass(weights) and not isinstance(weights, SparseMatrix):
        parts = [(field.name, getattr(weights, field.name)) for field in fields(weights)]
    elif isinstance(weights, tuple):
        parts = enumerate(weights)
    else:
        yield prefix, weights
        return
    for name, part in parts:
        yield from matrices(part, f"{prefix}.{name}" if prefix else str(name))


def named(weights: Any) -> Iterator[tuple[str, Array]]:
    """Yields every array with its dotted name, as leaves; of a sparse matrix ``….data``."""
    for name, matrix in matrices(weights):
        if isinstance(matrix, SparseMatrix):
            yield f"{name}.data", matrix.data
        else:
            yield name, matrix


_Tree = TypeVar("_Tree", Weights, HeadWeights, MLPWeights)


def map_matrices(function: Callable[[Any], Any], weights: _Tree) -> _Tree:
    """Returns the weights with a function applied to every matrix and bias, sparse ones whole."""
    mapped: _Tree = jax.tree.map(
        function, weights, is_leaf=lambda node: isinstance(node, SparseMatrix)
    )
    return mapped


def sparse_weights(weights: Weights) -> Weights:
    """Returns the same weights with sparse matrices in attention and feed-forward block."""
    # Embeddings are looked up by row, and biases are added whole, so neither is worth it. A learned
    # block has few zeros.
    mlp = weights.mlp
    if isinstance(mlp, MLPWeights):
        mlp = map_matrices(lambda matrix: as_sparse(matrix) if matrix.ndim == 2 else matrix, mlp)
    heads = {name: map_matrices(as_sparse, head) for name, head in weights.heads.items()}
    return replace(weights, heads=heads, mlp=mlp)


def dense_weights(weights: Weights) -> Weights:
    """Returns the same weights with every matrix as an array."""
    return map_matrices(as_dense, weights)


def frozen_weights(weights: Weights) -> Weights:
    """Returns the same weights on memory of their own that nobody can write to."""
    return map_matrices(_frozen, weights)


def _frozen(matrix: Any) -> Matrix:
    if not isinstance(matrix, SparseMatrix):
        return frozen_array(jax.device_get(matrix))
    # The places are frozen too, as they say what the entries mean.
    rows, columns = (frozen_array(side) for side in (matrix.pattern.rows, matrix.pattern.columns))
    n_rows, n_columns = matrix.shape
    return SparseMatrix(frozen_array(matrix.data), Pattern(rows, columns, (n_rows, n_columns)))
