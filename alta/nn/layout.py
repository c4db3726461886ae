"""The layout: which coordinates of the residual stream hold which variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from alta.errors import ModelError
from alta.lang.program import Program
from alta.nn.frozen import FrozenMapping

__all__ = ["Layout"]


@final
@dataclass(frozen=True)
class Layout:
    """The coordinates of the residual stream that hold each variable and head output.

    Attributes:
        width: number of coordinates.
        columns: for each name, the coordinate of each of its values.
    """

    width: int
    columns: Mapping[str, tuple[int, ...]]

    def __post_init__(self) -> None:
        columns = {name: tuple(own) for name, own in self.columns.items()}
        object.__setattr__(self, "columns", FrozenMapping(columns))

    @classmethod
    def of(cls, program: Program) -> Layout:
        """Returns the layout that puts variables, then head outputs, side by side."""
        columns, start = {}, 0
        for name, domain in program.domains.items():
            columns[name] = tuple(range(start, start + domain.width))
            start += domain.width
        return cls(start, columns)

    def check(self, program: Program) -> None:
        """Checks that the layout is disjoint, complete and of the right sizes.

        Raises:
            ModelError: when a name is missing or unknown, has the wrong number of coordinates,
                or coordinates are shared, unused or out of range.
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
        used = sorted(column for columns in self.columns.values() for column in columns)
        if self.width != len(used) or used != list(range(len(used))):
            raise ModelError(
                f"layout: expected every coordinate 0 … {self.width - 1} to be used exactly once"
            )
