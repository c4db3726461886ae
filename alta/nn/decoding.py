"""Decoding: what residual streams say, in the values of a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy.typing as npt

from alta.interp.run import Trace
from alta.interp.step import LayerState, Table
from alta.lang.kinds import Numerical, SetVariable, Variable
from alta.lang.program import Program
from alta.lang.values import Value
from alta.nn.layout import Layout, values
from alta.nn.rounding import nearest

__all__ = ["Decoding", "Halt"]


@final
@dataclass(frozen=True)
class Halt:
    """The coordinates that tell whether a position holds the halt value, and those of that value.

    Exact ones have to be equal to the code, as those of a number; the others have to lie on the
    same side of 1/2.
    """

    columns: tuple[int, ...]
    code: tuple[float, ...]
    exact: bool


@final
@dataclass(frozen=True)
class Decoding:
    """What the coordinates of a residual stream of some format stand for."""

    program: Program
    layout: Layout
    dtype: str

    @property
    def halt(self) -> Halt | None:
        """The halt of the program, on the layout."""
        halt = self.program.halt
        if halt is None:
            return None
        columns, variable = (
            self.layout.columns[halt.variable],
            self.program.variables[halt.variable],
        )
        numbers = self.layout.numbers(self.program, halt.variable)
        if isinstance(variable, Numerical) and not numbers:
            # The nearest number of the format, as codes of numbers are.
            return Halt(columns, (nearest(halt.value, self.dtype),), exact=True)  # type: ignore[arg-type]
        members: Any = halt.value if isinstance(variable, SetVariable) else {halt.value}
        # One-hot or multi-hot: whether each coordinate has to be above 1/2, as in `decode`.
        code = tuple(float(member in members) for member in numbers or range(len(columns)))
        return Halt(columns, code, exact=False)

    def outputs(self, coordinates: npt.NDArray[Any]) -> tuple[Value, ...]:
        """Returns the value of the output variable at each position, by its coordinates alone."""
        name = self.program.output_name
        return tuple(values(self.program.variables[name], coordinates, self._numbers(name)))

    def trace(self, streams: Sequence[npt.NDArray[Any]]) -> Trace:
        """Returns the states that residual streams, one and then two a layer, decode to."""
        # Head outputs last for one layer, so they are left out of states between layers.
        variables, domains = self.program.variables, self.program.domains
        initial, *tables = [
            self._table(stream, domains if index % 2 else variables)
            for index, stream in enumerate(streams)
        ]
        return Trace(initial, tuple(map(LayerState, tables[::2], tables[1::2])))

    def _numbers(self, name: str) -> list[float]:
        # A coordinate that stands for a number stands for the nearest one of the format.
        numbers = self.layout.numbers(self.program, name)
        return [nearest(number, self.dtype) for number in numbers]

    def _table(self, stream: npt.NDArray[Any], names: Mapping[str, Variable]) -> Table:
        columns = [
            values(domain, stream[:, list(self.layout.columns[name])], self._numbers(name))
            for name, domain in names.items()
        ]
        return tuple(dict(zip(names, local, strict=True)) for local in zip(*columns, strict=True))
