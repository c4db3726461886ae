"""The pipeline: layout, numbers, conditions, first layer, look-up, embedding, attention."""

from __future__ import annotations

from typing import Any, Final

import jax
import numpy as np

from alta.compiler.attention import attention_scale, head_weights
from alta.compiler.conditions import resets_of, writes_of
from alta.compiler.edges import Edges
from alta.compiler.embedding import check_positions, embedding
from alta.compiler.first_layer import first_layer
from alta.compiler.formats import WeightFormat
from alta.compiler.lookup import look_up, resetting, writing
from alta.compiler.numbers import check_halt, numbers_of
from alta.errors import ModelError, nearest
from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.weights import (
    ACCUMULATE,
    Weights,
    dense_weights,
    map_matrices,
    matrices,
    named,
)

__all__ = ["compile_program"]

# A model of at most so many weights, zeros included, is kept as plain arrays.
_DENSE: Final = 2**15


def compile_program(
    program: Program,
    *,
    max_len: int | None = None,
    dtype: str = "float32",
    sparse: bool | None = None,
) -> Model:
    """Compiles a program to a Transformer that computes it exactly.

    At every layer boundary the residual stream is the code of the interpreter's state, bit for
    bit, in real arithmetic and in the chosen format.

    Args:
        program: what to compile.
        max_len: the longest sequence that the model has to take; None for the program's own
            limit.
        dtype: ``"float32"``, ``"float64"``, ``"bfloat16"`` or ``"float16"``.
        sparse: whether matrices are kept without their zeros; None for only where there are many.

    Raises:
        ModelError: when the program cannot be compiled, or not to this format.
    """
    # Each pass returns what the next one takes; none changes what another has made.
    program.rules  # noqa: B018 - raises where a function could not be turned into rules
    dtype = _checked_dtype(dtype)
    max_len = _checked_max_len(max_len)
    check_positions(program)
    format_ = WeightFormat.of(dtype)
    longest = _longest(program, max_len)
    layout = Layout.of(program)
    numbers = numbers_of(program, format_)
    check_halt(program, numbers, format_)
    # The longest sequence bounds how many numbers a head averages, and so how near two means are.
    edges = Edges(program, layout, numbers, format_, longest)
    writes = [writes_of(program, name, layout, edges) for name in program.variables]
    resets = [reset for name in program.heads for reset in resets_of(program, name, layout, edges)]
    layer = first_layer(writes, resets, layout.width)
    # Writes change coordinates of variables and resets those of head outputs, so none is in both.
    neurons = [neuron for write in writes for neuron in writing(write, layer)]
    neurons += resetting(resets, layer)
    tokens, positions = embedding(program, layout, numbers)
    scale = attention_scale(format_.accumulate)
    weights = Weights(
        token_embedding=tokens,
        position_embedding=positions,
        heads={
            name: head_weights(name, head, layout, scale=scale)
            for name, head in program.heads.items()
        },
        mlp=look_up(neurons, layer, layout.width),
    )
    # Small models are kept as they are; of large ones nearly every weight is 0.
    if sparse is None:
        sparse = sum(matrix.size for _, matrix in matrices(weights)) > _DENSE
    weights = _cast(weights if sparse else dense_weights(weights), dtype)
    # Where numbers are averaged, the scales depend on how many they are.
    averages = any(isinstance(program.domains[name], Numerical) for name in program.heads)
    return Model(program, weights, layout, longest if averages else max_len)


def _longest(program: Program, max_len: int | None) -> int | None:
    """Returns the longest sequence that the model has to take; None for any."""
    # No input of the language is longer than its longest, whatever max_len says.
    bounds = [bound for bound in (max_len, program.inputs.max_length) if bound is not None]
    return max(1, min(bounds)) if bounds else None


def _checked_dtype(dtype: Any) -> str:
    name = dtype if isinstance(dtype, str) else jax.numpy.dtype(dtype).name
    if name not in ACCUMULATE:
        raise ModelError(f"dtype: no format {name!r}; {nearest(name, ACCUMULATE)}")
    return name


def _checked_max_len(max_len: Any) -> int | None:
    if max_len is None:
        return None
    # bool is a subclass of int, and True is no length.
    whole = isinstance(max_len, (int, np.integer)) and not isinstance(max_len, bool)
    if not whole or max_len < 1:
        raise ModelError(f"max_len: expected an int of at least 1, got {max_len!r}")
    return int(max_len)


def _cast(weights: Weights, dtype: str) -> Weights:
    """Returns the weights in a format that holds each of them exactly.

    Raises:
        ModelError: naming the first array that the format cannot hold.
    """
    # A weight that is rounded would be another program's, so it is refused and never rounded.
    target = jax.numpy.dtype(dtype)
    for name, array in named(weights):
        # float64 holds all numbers of the four formats: what differs was rounded by the target.
        wrong = np.flatnonzero(array.astype(target).astype(np.float64) != array)
        if len(wrong):
            raise ModelError(
                f"{dtype} cannot hold the weight {array.flat[wrong[0]]} of {name} exactly; "
                "compile to a finer format"
            )
    return map_matrices(lambda matrix: matrix.astype(target), weights)
