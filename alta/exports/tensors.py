"""Tensors: the weights of a model under the names and in the shapes that PyTorch has them.

Names and axes are those of TransformerLens, with heads stacked: ``attn.W_Q`` is of shape (heads,
d_model, d_head). The compiled feed-forward block is two blocks of the usual form, of which
``mlp.expand`` comes first. A learned one is ``mlp.layers.0``, ``mlp.layers.1``, ….
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from alta.errors import ModelError
from alta.lang.program import Program
from alta.nn.block import DenseBlock
from alta.nn.layout import Layout
from alta.nn.sparse import Array, SparseMatrix, as_dense, as_sparse
from alta.nn.weights import ACCUMULATE, HeadWeights, MLPWeights, Weights, matrices

__all__ = ["Form", "tensors_of", "weights_of"]

# Axes by name of a tensor: tokens, positions, the stream, heads, a head's key and value, and units.
_AXES: Final = {
    "embed.W_E": "TD",
    "pos_embed.W_pos": "PD",
    "attn.W_Q": "HDK",
    "attn.W_K": "HDK",
    "attn.W_V": "HDV",
    "attn.W_O": "HVD",
}

_COMPILED: Final = {
    "mlp.expand.W_in": ("expand_in", "DE"),
    "mlp.expand.b_in": ("expand_in_bias", "E"),
    "mlp.expand.W_out": ("expand_out", "EF"),
    "mlp.expand.b_out": ("expand_out_bias", "F"),
    "mlp.W_in": ("lookup_in", "FN"),
    "mlp.b_in": ("lookup_in_bias", "N"),
    "mlp.W_out": ("lookup_out", "ND"),
    "mlp.b_out": ("lookup_out_bias", "D"),
}

# The matrices of a head, each with its stacked tensor.
_HEADS: Final = {"query": "attn.W_Q", "key": "attn.W_K", "value": "attn.W_V", "output": "attn.W_O"}


@final
@dataclass(frozen=True)
class Form:
    """What the tensors of a model leave out, so that they become the same weights again.

    Attributes:
        widths: for each head, in their order, the width of its keys and of its values.
        sparse: the matrices that are kept without their zeros, by their names in `Weights`.
        activation: that of a learned block; None for a compiled one.
    """

    widths: Mapping[str, tuple[int, int]]
    sparse: frozenset[str]
    activation: str | None

    @classmethod
    def of(cls, program: Program, weights: Weights) -> Form:
        """Returns the form of some weights of a program."""
        widths = {
            name: (weights.heads[name].query.shape[1], weights.heads[name].value.shape[1])
            for name in program.heads
        }
        sparse = {name for name, matrix in matrices(weights) if isinstance(matrix, SparseMatrix)}
        learned = isinstance(weights.mlp, DenseBlock)
        return cls(widths, frozenset(sparse), weights.mlp.activation if learned else None)  # type: ignore[union-attr]


def tensors_of(weights: Weights, form: Form, least: int = 0) -> dict[str, Array]:
    """Returns the weights by the names of tensors, dense.

    Narrow heads get columns of zeros, until all are as wide as the widest, and have so many.
    """
    tensors = {"embed.W_E": weights.token_embedding, "pos_embed.W_pos": weights.position_embedding}
    d_model, dtype = weights.token_embedding.shape[1], weights.token_embedding.dtype
    d_key, d_value = (max((pair[i] for pair in form.widths.values()), default=0) for i in (0, 1))
    d_key, d_value = max(d_key, least), max(d_value, least)
    shapes = {"query": (d_model, d_key), "key": (d_model, d_key), "value": (d_model, d_value)}
    shapes["output"] = (d_value, d_model)
    for part, name in _HEADS.items():
        stacked = np.zeros((len(form.widths), *shapes[part]), dtype)
        for index, head in enumerate(form.widths):
            matrix = as_dense(getattr(weights.heads[head], part))
            # What is beyond a narrow head's own columns adds exact zeros to its sums.
            stacked[index, : matrix.shape[0], : matrix.shape[1]] = matrix
        tensors[name] = stacked
    mlp = weights.mlp
    if isinstance(mlp, MLPWeights):
        return tensors | {name: as_dense(getattr(mlp, p)) for name, (p, _) in _COMPILED.items()}
    for index, pair in enumerate(zip(mlp.matrices, mlp.biases, strict=True)):
        for kind, array in zip("Wb", pair, strict=True):
            tensors[f"mlp.layers.{index}.{kind}"] = np.asarray(array)
    return tensors


def weights_of(
    tensors: Mapping[str, Array], form: Form, program: Program, layout: Layout, where: object
) -> Weights:
    """Returns the weights that tensors are, whatever was done to them, as long as they fit."""
    compiled = {name: axes for name, (_, axes) in _COMPILED.items()}
    learned = _learned(tensors)
    expected = _AXES | (compiled if form.activation is None else learned)
    missing, surplus = (
        sorted(set(a) - set(b)) for a, b in ((expected, tensors), (tensors, expected))
    )
    if missing or surplus:
        raise ModelError(
            f"{where}: expected the tensors {', '.join(expected)}; missing: "
            f"{_first_names(missing)}; unknown: {_first_names(surplus)}; save the exported module "
            "itself, by its save(directory), or its state_dict() once pruning and "
            "parametrisations are permanent"
        )
    _check_tensors(tensors, expected, program, layout, where)
    heads = {
        name: _head(tensors, index, *form.widths[name]) for index, name in enumerate(form.widths)
    }
    mlp: Any
    if form.activation is None:
        mlp = MLPWeights(**{part: tensors[name] for name, (part, _) in _COMPILED.items()})
    else:
        layers = range(len(learned) // 2)
        matrices_, biases = (
            tuple(tensors[f"mlp.layers.{index}.{kind}"] for index in layers) for kind in "Wb"
        )
        mlp = DenseBlock(matrices_, biases, form.activation)
    weights = Weights(tensors["embed.W_E"], tensors["pos_embed.W_pos"], heads, mlp)
    return _thinned(weights, form.sparse)


def _first_names(names: Sequence[str]) -> str:
    return (
        ", ".join([*(f"{name:.60}" for name in names[:3]), *(["…"] if names[3:] else [])]) or "none"
    )


def _learned(tensors: Mapping[str, Array]) -> dict[str, str]:
    """Returns the axes of the tensors of a learned block, as many layers as there are."""
    count = max(1, sum(name.startswith("mlp.layers.") for name in tensors) // 2)
    # From the stream through hidden layers a, b, … back to the stream.
    sides = ["D", *(f"{chr(97 + index)}" for index in range(count - 1)), "D"]
    axes = {}
    for index in range(count):
        axes[f"mlp.layers.{index}.W"] = sides[index] + sides[index + 1]
        axes[f"mlp.layers.{index}.b"] = sides[index + 1]
    return axes


def _check_tensors(
    tensors: Mapping[str, Array],
    expected: Mapping[str, str],
    program: Program,
    layout: Layout,
    where: object,
) -> None:
    """Checks shapes and formats, all in the names of the tensors."""
    # Every axis has a letter; these three are the program's, the first tensor decides the others.
    sizes = {
        "T": (program.input_range, "the program's tokens ask"),
        "D": (layout.width, "the layout asks"),
        "H": (len(program.heads), "the program's heads ask"),
    }
    dtype = tensors["embed.W_E"].dtype
    for name, axes in expected.items():
        tensor = tensors[name]
        if tensor.ndim != len(axes):
            raise ModelError(
                f"{where}: {name}: expected {len(axes)} axes, got shape {tuple(tensor.shape)}"
            )
        for axis, size in zip(axes, tensor.shape, strict=True):
            right, reason = sizes.setdefault(axis, (size, f"{name} asks"))
            if size != right:
                raise ModelError(
                    f"{where}: {name} has shape {tuple(tensor.shape)}, but {reason} for {right} "
                    f"instead of {size}"
                )
        # The numbers of a learned block may have a format of their own.
        if str(tensor.dtype) not in ACCUMULATE or (
            tensor.dtype != dtype and not name.startswith("mlp.layers.")
        ):
            raise ModelError(
                f"{where}: {name} is {tensor.dtype}, embed.W_E is {dtype}; expected one format for "
                f"all, one of {', '.join(ACCUMULATE)}"
            )


def _head(tensors: Mapping[str, Array], index: int, d_key: int, d_value: int) -> HeadWeights:
    """Returns the matrices of a head without the columns of zeros that were added to it."""
    query, key, value, output = (tensors[name][index] for name in _HEADS.values())
    # Whoever trained the zeros has a wider head: nothing is left out that says something.
    if _is_blank(query[:, d_key:]) and _is_blank(key[:, d_key:]):
        query, key = query[:, :d_key], key[:, :d_key]
    if _is_blank(value[:, d_value:]) and _is_blank(output[d_value:]):
        value, output = value[:, :d_value], output[:d_value]
    return HeadWeights(query, key, value, output)


def _is_blank(part: Array) -> bool:
    # A negative zero may decide the sign of a zero, and is no zero that was added.
    return not (part.astype(np.float64).any() or np.signbit(part.astype(np.float64)).any())


def _thinned(weights: Weights, sparse: frozenset[str]) -> Weights:
    """Returns the weights with some matrices without their zeros."""
    heads = {
        name: HeadWeights(
            **{part: _thin(getattr(head, part), f"heads.{name}.{part}", sparse) for part in _HEADS}
        )
        for name, head in weights.heads.items()
    }
    mlp = weights.mlp
    if isinstance(mlp, MLPWeights):
        parts = {part: getattr(mlp, part) for part, _ in _COMPILED.values()}
        mlp = MLPWeights(**{part: _thin(m, f"mlp.{part}", sparse) for part, m in parts.items()})
    return Weights(weights.token_embedding, weights.position_embedding, heads, mlp)


def _thin(matrix: Array, name: str, sparse: frozenset[str]) -> Any:
    return as_sparse(matrix) if name in sparse else matrix
