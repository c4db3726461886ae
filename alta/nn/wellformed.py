"""Well-formedness: whether the arrays of a model fit one another, its layout and a program.

Weights may come from a file, from training or from a caller's own hands. What does not fit is
refused before it runs: the forward pass would read past the end of an array without a word.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from alta.errors import ModelError
from alta.lang.program import Program
from alta.nn.block import DenseBlock
from alta.nn.layout import Layout
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import ACCUMULATE, MLPWeights, Weights, matrices, named

__all__ = ["check_numbers", "check_wellformed"]

# The axes of each array; those of one letter have one size.
_AXES: Final = {
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

# The same of each head's matrices.
_HEAD_AXES: Final = {"query": "DK", "key": "DK", "value": "DV", "output": "VD"}


def check_wellformed(program: Program, weights: Weights, layout: Layout) -> None:
    """Checks that weights and layout fit one another and a program; errors name what does not."""
    for name, value, kind in (
        ("program", program, Program),
        ("weights", weights, Weights),
        ("layout", layout, Layout),
    ):
        if not isinstance(value, kind):
            raise ModelError(
                f"{name} of a model: expected {kind.__module__}.{kind.__name__}, got {value!r}"
            )
    layout.check(program)
    if set(weights.heads) != set(program.heads):
        raise ModelError(
            f"weights: they have the heads {sorted(weights.heads)}; program {program.name!r} has "
            f"{sorted(program.heads)}"
        )
    _check_shapes(weights)
    dtype = str(weights.token_embedding.dtype)
    if dtype not in ACCUMULATE:
        raise ModelError(f"weights: expected one of {', '.join(ACCUMULATE)}, got {dtype}")
    # Every token and position of the program has its row.
    expected = (program.input_range, layout.width)
    if weights.token_embedding.shape != expected:
        raise ModelError(
            f"weights: token_embedding has shape {weights.token_embedding.shape}; program "
            f"{program.name!r} and the layout ask for {expected}"
        )
    rows, limit = len(weights.position_embedding), program.position_range
    # More rows than positions do no harm: they are never looked up.
    if rows and (limit is None or rows < limit):
        raise ModelError(
            f"weights: position_embedding has {rows} rows; program {program.name!r} takes "
            f"{limit or 'any number of'} positions"
        )


def _check_shapes(weights: Weights) -> None:
    """Checks that the arrays fit one another and have one floating-point type."""
    if isinstance(weights.mlp, DenseBlock):
        weights.mlp.check(np.shape(weights.token_embedding)[-1])
    elif not isinstance(weights.mlp, MLPWeights):
        raise ModelError(f"weights: mlp: expected MLPWeights or a DenseBlock, got {weights.mlp!r}")
    # Every axis has a letter; the first array that has it decides its size, and is named in errors.
    sizes: dict[str, tuple[int, str]] = {}
    dtype = weights.token_embedding.dtype
    for name, array in matrices(weights):
        # A learned block has a check of its own.
        if isinstance(weights.mlp, DenseBlock) and name.startswith("mlp."):
            continue
        if isinstance(array, SparseMatrix):
            array.check(name)
        _check_axes(name, array, sizes)
        if array.dtype != dtype:
            raise ModelError(f"weights: {name} is {array.dtype}, the arrays before it are {dtype}")


def _check_axes(name: str, array: Any, sizes: dict[str, tuple[int, str]]) -> None:
    """Checks an array's shape against the sizes of axes so far, to which it adds its own."""
    head, _, matrix = name.removeprefix("heads.").rpartition(".")
    # K and V are a head's own.
    axes = (
        [axis if axis == "D" else f"{axis} of {head}" for axis in _HEAD_AXES[matrix]]
        if name.startswith("heads.")
        else list(_AXES[name])
    )
    if array.ndim != len(axes):
        raise ModelError(
            f"weights: {name}: expected {len(axes)} axes, got shape {tuple(array.shape)}"
        )
    for axis, size in zip(axes, array.shape, strict=True):
        expected, source = sizes.setdefault(axis, (size, name))
        if expected != size:
            raise ModelError(
                f"weights: {name} has shape {tuple(array.shape)}, but {source} asks for "
                f"{expected} instead of {size}"
            )


def check_numbers(weights: Weights) -> None:
    """Checks that weights are finite, and that those of a learned block are used as they are.

    The numbers of a learned block may have another format than the others. JAX would round those
    of a wider format than sums are taken in, so that what runs is not what was given.
    """
    for name, array in named(weights):
        # float64 holds every number of the narrower formats, and their NaN and infinities.
        bad = np.argwhere(~np.isfinite(np.asarray(array, dtype=np.float64)))
        if len(bad):
            index = tuple(bad[0].tolist())
            raise ModelError(
                f"weights: {name}{list(index)} is {array[index]}; expected finite numbers"
            )
    if not isinstance(weights.mlp, DenseBlock):
        return
    dtype = str(weights.token_embedding.dtype)
    # float32 sums hold bfloat16, float16 and float32 exactly; float64 sums hold all four.
    held = {*ACCUMULATE} - ({"float64"} if ACCUMULATE[dtype] == "float32" else set())
    for place, array in enumerate([*weights.mlp.matrices, *weights.mlp.biases]):
        if str(np.asarray(array).dtype) not in held:
            raise ModelError(
                f"block: array {place} is {np.asarray(array).dtype}; a {dtype} model sums in "
                f"{ACCUMULATE[dtype]}, so expected one of {', '.join(sorted(held))}"
            )
