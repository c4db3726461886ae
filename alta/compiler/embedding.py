"""Embedding: token row plus position row is the code of the initial state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from alta.compiler.numbers import Numbers
from alta.errors import ModelError
from alta.lang.kinds import Numerical, SetVariable
from alta.lang.program import Program
from alta.nn.layout import Layout
from alta.nn.sparse import Array

__all__ = ["check_positions", "embedding"]


def check_positions(program: Program) -> None:
    """Checks that it is known how many positions there are, if anything starts with them.

    Raises:
        ModelError: when a variable depends on the position and the program has no
            `position_range`.
    """
    # Without a position_range there would be no last row of the table.
    by_position = [n for n, v in program.variables.items() if v.initial.source == "position"]
    if by_position and program.position_range is None:
        raise ModelError(
            f"program {program.name!r} cannot be compiled: {by_position[0]!r} starts with a value "
            "read from the position, so position_range must say how many positions there are"
        )


def embedding(
    program: Program, layout: Layout, numbers: Mapping[str, Numbers]
) -> tuple[Array, Array]:
    """Returns the token table of shape (T, D) and the position table of shape (P, D).

    Values that depend on nothing are put into every token's row. The position table has no rows
    when no variable depends on the position.
    """
    # A value is in one of the two tables, so the sum of two rows adds no code to another.
    by_position = any(v.initial.source == "position" for v in program.variables.values())
    tokens = np.zeros((program.input_range, layout.width))
    n_positions = (program.position_range or 0) if by_position else 0
    positions = np.zeros((n_positions, layout.width))
    for name, variable in program.variables.items():
        # A value that does not depend on the position goes into every token's row.
        table = positions if variable.initial.source == "position" else tokens
        for index, row in enumerate(table):
            value = variable.initial_value(index, index, name=name)
            for member, weight in _code(name, variable, value, numbers).items():
                row[layout.columns[name][member]] = weight
    return tokens, positions


def _code(name: str, variable: Any, value: Any, numbers: Mapping[str, Numbers]) -> dict[int, float]:
    """Returns the coordinates of a variable that are not 0, counted from its first one."""
    if isinstance(variable, Numerical):
        return {0: float(numbers[name].code(value))}
    if isinstance(variable, SetVariable):
        # Multi-hot for a set, one-hot for a category, the number itself for a number.
        return dict.fromkeys(value, 1.0)
    return {value: 1.0}
