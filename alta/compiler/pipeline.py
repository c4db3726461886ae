"""The pipeline: layout, numbers, conditions, first layer, look-up, embedding, attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jax
import numpy as np

from alta.compiler.conditions import resets_of, writes_of
from alta.compiler.first_layer import first_layer
from alta.compiler.lookup import look_up, resetting, writing
from alta.compiler.numbers import Numbers, WeightFormat, check_halt, numbers_of
from alta.compiler.thresholds import Edges
from alta.errors import ModelError, nearest
from alta.lang.heads import Head
from alta.lang.kinds import Numerical, SetVariable
from alta.lang.program import Program
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.sparse import Array, SparseMatrix
from alta.nn.weights import (
    ACCUMULATE,
    HeadWeights,
    Weights,
    dense_weights,
    map_matrices,
    matrices,
    named,
)

__all__ = ["ATTENTION_SCALE", "compile_program", "head_weights"]

# A model of at most so many weights, zeros included, is kept as plain arrays.
_DENSE: Final = 2**15

# With score s² for the selected keys and 0 for others, those others have the power e^(-s²).
# A power is exactly 0 below these exponents in any IEEE arithmetic, subnormals included:
# ln(2^-150) = -103.97 for float32, ln(2^-1075) = -745.13 for float64. Rounded up to the next
# square of a power of two with room to spare; powers of two are exact in every format.
ATTENTION_SCALE: Final = {"float32": 16, "float64": 32}
"""For the format in which softmax is taken the s whose square makes it exactly one-hot."""


def compile_program(
    program: Program,
    *,
    max_len: int | None = None,
    dtype: Any = "float32",
    sparse: bool | None = None,
) -> Model:
    """Compiles a program to a Transformer that computes it exactly; see `alta.compile`.

    At every layer boundary the residual stream is the code of the interpreter's state, bit for
    bit, in real arithmetic and in the chosen format.
    """
    # Each pass returns what the next one takes; none changes what another has made.
    program.rules  # noqa: B018 - raises where a function could not be turned into rules
    dtype = _checked_dtype(dtype)
    max_len = _checked_max_len(max_len)
    _check_positions(program)
    format_ = WeightFormat(dtype)
    # No input of the language is longer than its longest, whatever max_len says.
    bounds = [bound for bound in (max_len, program.inputs.max_length) if bound is not None]
    longest = max(1, min(bounds)) if bounds else None
    numbers = numbers_of(program, format_)
    layout = Layout.of(program, {name for name, held in numbers.items() if held.one_hot})
    check_halt(program, numbers, format_)
    # The longest sequence bounds how many numbers a head averages, and so how near two means are.
    edges = Edges(program, layout, numbers, format_, longest)
    writes = [writes_of(name, edges) for name in program.variables]
    resets = [reset for name in program.heads for reset in resets_of(name, edges)]
    layer = first_layer(writes, resets, layout.width)
    # Writes change coordinates of variables and resets those of head outputs, so none is in both.
    neurons = [neuron for write in writes for neuron in writing(write, layer)]
    neurons += [resetting(reset, layer) for reset in resets]
    tokens, positions = _embedding(program, layout, numbers)
    scale = ATTENTION_SCALE[format_.accumulate]
    weights = Weights(
        token_embedding=tokens,
        position_embedding=positions,
        heads={
            name: head_weights(name, head, layout, scale, numbers.get(head.value))
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


def _check_positions(program: Program) -> None:
    # Without a position_range there would be no last row of the table.
    by_position = [n for n, v in program.variables.items() if v.initial.source == "position"]
    if by_position and program.position_range is None:
        raise ModelError(
            f"program {program.name!r} cannot be compiled: {by_position[0]!r} starts with a value "
            "read from the position, so position_range must say how many positions there are"
        )


def _embedding(
    program: Program, layout: Layout, numbers: Mapping[str, Numbers]
) -> tuple[Array, Array]:
    """Returns the token table of shape (T, D) and the position table of shape (P, D).

    The position table has no rows when no variable depends on the position.
    """
    # A value is in one of the two tables, so the sum of two rows adds no code to another.
    by_position = any(v.initial.source == "position" for v in program.variables.values())
    tokens = np.zeros((program.input_range, layout.width))
    positions = np.zeros((by_position * (program.position_range or 0), layout.width))
    for name, variable in program.variables.items():
        # A value that does not depend on the position goes into every token's row.
        table = positions if variable.initial.source == "position" else tokens
        for index, row in enumerate(table):
            value = variable.initial_value(index, index, name=name)
            # Multi-hot for a set, one-hot for a category, the number itself for a number.
            if isinstance(variable, Numerical) and numbers[name].one_hot:
                row[layout.columns[name][numbers[name].place(value)]] = 1.0
            elif isinstance(variable, Numerical):
                row[layout.columns[name][0]] = float(numbers[name].code(value))
            else:
                for member in value if isinstance(variable, SetVariable) else (value,):
                    row[layout.columns[name][member]] = 1.0
    return tokens, positions


def head_weights(
    name: str, head: Head, layout: Layout, scale: int, numbers: Numbers | None = None
) -> HeadWeights:
    """Returns the matrices of one head, which may read some numbers.

    A head without query and key has matrices of width 0: all its scores are 0, and its mask alone
    selects.
    """
    # The score (x_i Q)(x_j K) of one-hot codes is s² where they are equal, and 0 elsewhere. Of a
    # set query the code has a 1 for each member, so that the score of a member is s² as well.
    if head.query is None or head.key is None:
        query = key = SparseMatrix.of_entries((), (layout.width, 0))
    else:
        query = _selection(layout, head.query, scale)
        key = _selection(layout, head.key, scale)
    return HeadWeights(
        query=query,
        key=key,
        value=_value(layout, head.value, numbers),
        output=_selection(layout, name, 1).transposed(),
    )


def _selection(layout: Layout, name: str, factor: int) -> SparseMatrix:
    """Returns the matrix of shape (D, width) that reads a variable's coordinates."""
    columns = layout.columns[name]
    # Column by column the variable is picked out and multiplied; nothing else is read.
    entries = [(column, index, factor) for index, column in enumerate(columns)]
    return SparseMatrix.of_entries(entries, (layout.width, len(columns)))


def _value(layout: Layout, name: str, numbers: Numbers | None) -> SparseMatrix:
    """Returns the matrix that reads the value of a variable."""
    if numbers is None or not numbers.one_hot:
        return _selection(layout, name, 1)
    # Of numbers that are one-hot the code: of these products one is not 0.
    entries = zip(layout.columns[name], numbers.codes, strict=True)
    return SparseMatrix.of_entries(
        [(column, 0, float(code)) for column, code in entries if code], (layout.width, 1)
    )


def _cast(weights: Weights, dtype: str) -> Weights:
    """Returns the weights in a format, which has to hold each of them exactly."""
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
