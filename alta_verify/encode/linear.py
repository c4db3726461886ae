"""Linear: what a unit of the network can be, as a function of the state of one position.

Every unit's input is a sum of four kinds of terms:

- a constant interval;
- *tables*: an interval for each value of one variable or head output;
- *copies*: an exact multiple of one coordinate of the residual stream. A table would forget that
  x - x is 0;
- *clipped* units: min(1, max(0, ·)) of another such sum, where that cannot be simplified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import final

from alta_verify.interval import ONE, ZERO, Interval, hull, point

__all__ = ["Clipped", "Linear", "Table", "evaluate"]

Table = Mapping[int, Interval]


Conjunction = tuple[tuple[str, frozenset[int], frozenset[int]], ...]

_BOUNDS = (ZERO, ONE, hull([ZERO, ONE]))


@final
@dataclass(frozen=True, eq=False)
class Linear:
    """Is a sum of a constant, tables by name, copies by coordinate and clipped units."""

    constant: Interval = ZERO
    tables: Mapping[str, Table] = field(default_factory=dict)
    copies: Mapping[int, Fraction] = field(default_factory=dict)
    units: tuple[tuple[Fraction, Clipped], ...] = ()

    @property
    def is_zero(self) -> bool:
        """Whether nothing is left of it."""
        return self.constant == ZERO and not (self.tables or self.copies or self.units)


@final
@dataclass(frozen=True, eq=False)
class Clipped:
    """Is min(1, max(0, ·)) of a sum without copies."""

    argument: Linear

    @cached_property
    def conjunction(self) -> Conjunction | None:
        """What the unit tests, if it has the shape of a conjunction.

        The shape is a sum of k tables, whose bounds are 0 or 1 in every local state, minus k - 1.
        For each name it gives the values at which its summand is 1, and those at which it may be.
        """
        size = len(self.argument.tables)
        if self.argument.units or self.argument.constant != point(1 - size):
            return None
        tests = []
        for name, table in self.argument.tables.items():
            if not all(one in _BOUNDS for one in table.values()):
                return None
            surely = frozenset(value for value, one in table.items() if one == ONE)
            perhaps = frozenset(value for value, one in table.items() if one != ZERO)
            tests.append((name, surely, perhaps))
        return tuple(tests)


def evaluate(linear: Linear, local: Mapping[str, int]) -> Interval:
    """Returns the interval of a sum without copies in one state of a position.

    Args:
        linear: the sum.
        local: the value of every name.
    """
    total = linear.constant
    for name, table in linear.tables.items():
        total += table[local[name]]
    for weight, unit in linear.units:
        total += evaluate(unit.argument, local).clipped().scaled(weight)
    return total
