"""Embedding: token row plus position row is the code of the initial state."""

from __future__ import annotations

import numpy as np

from alta.errors import ModelError
from alta.lang.program import Program
from alta.nn.layout import Layout
from alta.nn.weights import Array

__all__ = ["embedding"]


def embedding(program: Program, layout: Layout) -> tuple[Array, Array]:
    """Returns the token table of shape (T, D) and the position table of shape (P, D).

    Values that depend on nothing are put into every token's row. The position table has no rows
    when no variable depends on the position.

    Raises:
        ModelError: when a variable depends on the position and the program has no
            `position_range`.
    """
    by_position = [n for n, v in program.variables.items() if v.initial.source == "position"]
    if by_position and program.position_range is None:
        raise ModelError(
            f"program {program.name!r} cannot be compiled: {by_position[0]!r} starts with a value "
            "read from the position, so position_range must say how many positions there are"
        )
    tokens = np.zeros((program.input_range, layout.width))
    n_positions = (program.position_range or 0) if by_position else 0
    positions = np.zeros((n_positions, layout.width))
    for name, variable in program.variables.items():
        table = positions if variable.initial.source == "position" else tokens
        for index, row in enumerate(table):
            value = variable.initial_value(index, index, name=name)
            row[layout.columns[name][value]] = 1
    return tokens, positions
