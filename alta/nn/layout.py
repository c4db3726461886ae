"""The layout: which coordinates of the residual stream hold which variable, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, Int

from alta.errors import ModelError
from alta.lang.kinds import Categorical, Numerical, SetVariable, Variable
from alta.lang.program import Program
from alta.lang.values import UNDEFINED, Value
from alta.nn.frozen import FrozenMapping

__all__ = ["Layout", "decode", "values"]


@final
@dataclass(frozen=True)
class Layout:
    """The coordinates of the residual stream that hold each name, one for each of its values."""

    width: int
    columns: Mapping[str, tuple[int, ...]]

    def __post_init__(self) -> None:
        columns = {name: tuple(places) for name, places in self.columns.items()}
        object.__setattr__(self, "columns", FrozenMapping(columns))

    @classmethod
    def of(cls, program: Program) -> Layout:
        """Returns the layout that puts variables, then head outputs, side by side."""
        columns, start = {}, 0
        # Variables come first, and then head outputs, each as wide as its domain needs.
        for name, domain in program.domains.items():
            columns[name] = tuple(range(start, start + domain.width))
            start += domain.width
        return cls(start, columns)

    def check(self, program: Program) -> None:
        """Checks that the layout has the program's names, each with the coordinates that it needs.

        No coordinate is shared, unused or out of range.
        """
        if set(self.columns) != set(program.domains):
            odd = sorted(set(self.columns) ^ set(program.domains))
            raise ModelError(
                f"layout: expected exactly the variables and heads of {program.name!r}; "
                f"missing or unknown: {', '.join(odd)}"
            )
        for name, domain in program.domains.items():
            if len(self.columns[name]) != domain.width:
                raise ModelError(
                    f"layout: {name!r} takes {domain.width} coordinates, got "
                    f"{len(self.columns[name])}"
                )
        # Sorted, the coordinates in use are 0, 1, …, each once: none shared, none left over.
        used = sorted(column for columns in self.columns.values() for column in columns)
        if self.width != len(used) or used != list(range(len(used))):
            raise ModelError(
                f"layout: expected every coordinate 0 … {self.width - 1} to be used exactly once"
            )


def decode(
    columns: Sequence[tuple[int, ...]], stream: Float[npt.NDArray[Any], "*batch D"]
) -> Int[npt.NDArray[np.int64], "*batch variables"]:
    """Reads variables, given by the coordinates of their values, off a residual stream.

    A variable has the value whose coordinate alone is above 1/2; where none is, or several are,
    it is -1 (UNDEFINED). The halt test of the forward pass decodes in the same way.
    """
    # NaN is not above 1/2, and so is no value.
    high = np.asarray(stream) > 0.5
    values = np.empty((*high.shape[:-1], len(columns)), dtype=np.int64)
    for index, coordinates in enumerate(columns):
        chosen = high[..., list(coordinates)]
        values[..., index] = np.where(chosen.sum(-1) == 1, chosen.argmax(-1), -1)
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
