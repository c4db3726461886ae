"""Decoding: from a residual stream to the values of variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, Int

from alta.lang.kinds import Categorical, Numerical, SetVariable, Variable
from alta.lang.values import UNDEFINED, Value

__all__ = ["decode", "values"]


def decode(
    columns: Sequence[tuple[int, ...]], stream: Float[npt.NDArray[Any], "*batch D"]
) -> Int[npt.NDArray[np.int64], "*batch variables"]:
    """Reads variables off a residual stream.

    A variable has the value whose coordinate alone is above 1/2; where none is, or several are,
    it is -1 (UNDEFINED). The halt test of the forward pass decodes in the same way.

    Args:
        columns: the coordinates of each variable, by value.
        stream: the residual stream.
    """
    high = np.asarray(stream) > 0.5
    values = np.empty((*high.shape[:-1], len(columns)), dtype=np.int64)
    for index, coordinates in enumerate(columns):
        own = high[..., list(coordinates)]
        values[..., index] = np.where(own.sum(-1) == 1, own.argmax(-1), -1)
    return values


def values(variable: Variable, coordinates: Float[npt.NDArray[Any], "n width"]) -> list[Value]:
    """Reads one variable off its own coordinates, at each position.

    A numerical variable has the number that its coordinate holds, a set variable the set of those
    members whose coordinates are above 1/2, and a categorical one what `decode` says.
    """
    if isinstance(variable, Numerical):
        # Zero has no sign in a program.
        return [float(number) + 0.0 for number in coordinates[:, 0]]
    if isinstance(variable, SetVariable):
        return [frozenset(np.flatnonzero(row > 0.5).tolist()) for row in coordinates]
    if isinstance(variable, Categorical):
        indices = decode((tuple(range(variable.range)),), coordinates)[..., 0].tolist()
        return [UNDEFINED if index < 0 else index for index in indices]
    raise TypeError(f"no decoding for {variable!r}")
