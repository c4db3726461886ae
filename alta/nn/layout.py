"""The layout: which coordinates of the residual stream hold which variable, and what they say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    """The coordinates of the residual stream that hold each name, one for each of its values.

    Numbers are in one coordinate, or, where no sum could replace one by another exactly, a variable
    has a coordinate for each of its numbers, in ascending order, as if it were categorical.
    """

    width: int
    columns: Mapping[str, tuple[int, ...]]

    def __post_init__(self) -> None:
        columns = {name: tuple(places) for name, places in self.columns.items()}
        object.__setattr__(self, "columns", FrozenMapping(columns))

    @classmethod
    def of(cls, program: Program, one_hot: Collection[str] = ()) -> Layout:
        """Returns the layout that puts variables, then head outputs, side by side.

        Of some numerical variables the numbers are one-hot.
        """
        columns, start = {}, 0
        # Variables come first, and then head outputs, each as wide as its domain needs.
        for name, domain in program.domains.items():
            width = len(program.numbers(name)) if name in one_hot else domain.width
            columns[name] = tuple(range(start, start + width))
            start += width
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
            width = len(self.columns[name])
            if width != domain.width and width != len(self.numbers(program, name)):
                raise ModelError(f"layout: {name!r} takes {domain.width} coordinates, got {width}")
        # Sorted, the coordinates in use are 0, 1, …, each once: none shared, none left over.
        used = sorted(column for columns in self.columns.values() for column in columns)
        if self.width != len(used) or used != list(range(len(used))):
            raise ModelError(
                f"layout: expected every coordinate 0 … {self.width - 1} to be used exactly once"
            )

    def numbers(self, program: Program, name: str) -> tuple[float, ...]:
        """Returns the numbers that a variable of a program has coordinates for, if it does."""
        variable = program.variables.get(name)
        if len(self.columns[name]) == 1 or not isinstance(variable, Numerical):
            return ()
        return program.numbers(name)


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


def values(
    variable: Variable,
    coordinates: Float[npt.NDArray[Any], "n width"],
    numbers: Sequence[float] = (),
) -> list[Value]:
    """Reads one variable off its own coordinates, at each position.

    A numerical variable has the number that its coordinate holds, or if each of its numbers has a
    coordinate, the one that `decode` says. A set variable has the set of those members whose
    coordinates are above 1/2, and a categorical one what `decode` says.
    """
    if numbers:
        indices = decode((tuple(range(len(numbers))),), coordinates)[..., 0].tolist()
        return [UNDEFINED if index < 0 else numbers[index] for index in indices]
    if isinstance(variable, Numerical):
        # Zero has no sign in a program.
        return [float(number) + 0.0 for number in coordinates[:, 0]]
    if isinstance(variable, SetVariable):
        return [frozenset(np.flatnonzero(row > 0.5).tolist()) for row in coordinates]
    if isinstance(variable, Categorical):
        indices = decode((tuple(range(variable.range)),), coordinates)[..., 0].tolist()
        return [UNDEFINED if index < 0 else index for index in indices]
    raise TypeError(f"no decoding for {variable!r}")
