"""The relation between symbolic states and residual streams that every layer has to keep.

A residual stream is related to a state when every coordinate of every variable lies in the
interval that the relation has for the variable's value, and every coordinate of a head output is
0. For a model as our compiler makes it all intervals are single numbers, the codes, so that the
relation says: equal, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, final

from alta.lang.kinds import Categorical, Numerical, Variable
from alta.nn.layout import Layout
from alta_verify.abstraction import Abstraction
from alta_verify.interval import ONE, ZERO, Interval, point

__all__ = ["Codes", "Relation", "code", "decodes"]

Codes = Mapping[int, tuple[Interval, ...]]
"""For each value of a name, by index, the intervals of its own coordinates."""

_HALF: Final = Fraction(1, 2)


@final
@dataclass(frozen=True)
class Relation:
    """Says which residual streams stand for which states at a layer boundary.

    Attributes:
        abstraction: the program, whose states.
        layout: whose residual streams.
        codes: for each variable (head outputs are 0), its values' intervals.
    """

    abstraction: Abstraction
    layout: Layout
    codes: Mapping[str, Codes]

    @property
    def exact(self) -> bool:
        """Whether every variable has exactly its codes."""
        variables, values = self.abstraction.concrete.variables, self.abstraction.values
        return all(
            intervals == code(variables[name], values[name][index])
            for name, codes in self.codes.items()
            for index, intervals in codes.items()
        )


def code(variable: Variable, value: Any) -> tuple[Interval, ...]:
    """Returns the code of a value: one-hot, multi-hot for a set, or the number itself."""
    if isinstance(variable, Numerical):
        return (point(Fraction(value)),)
    members = {value} if isinstance(variable, Categorical) else value
    return tuple(ONE if index in members else ZERO for index in range(variable.width))


def decodes(variable: Variable, intervals: tuple[Interval, ...], value: Any) -> bool:
    """Says whether every vector in the intervals decodes to the value.

    Decoding takes a number as it is; of the other coordinates those above 1/2, of which there has
    to be exactly one unless the variable is a set.
    """
    if isinstance(variable, Numerical):
        return intervals == code(variable, value)
    return all(
        one.lo > _HALF if wanted == ONE else one.hi <= _HALF
        for one, wanted in zip(intervals, code(variable, value), strict=True)
    )
