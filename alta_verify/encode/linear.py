"""Linear: what a unit of the network can be, as a function of the state of one position.

Every unit's input is a sum of four kinds of terms:

- a constant interval;
- *tables*: an interval for each value of one variable or head output;
- *copies*: an exact multiple of one coordinate of the residual stream, or of its positive or its
  negative part. A table would forget that x - x is 0;
- *clipped* units: min(1, max(0, ·)) of another such sum, where that cannot be simplified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias, final

from alta_verify.arithmetic.interval import ZERO, Interval
from alta_verify.encode.gates import Decide, Gate, Summand, Threshold, gate

__all__ = [
    "ClippedUnit",
    "Copy",
    "End",
    "Linear",
    "Part",
    "Switch",
    "Table",
    "Units",
    "evaluate",
    "sum_gate",
]

Table = Mapping[int, Interval]

Units: TypeAlias = "tuple[tuple[Fraction, ClippedUnit], ...]"
"""Clipped units with their weights."""

_ZERO = Fraction(0)


@final
class Part(Enum):
    """A coordinate x itself, max(0, x), or max(0, -x)."""

    WHOLE = "x"
    POSITIVE = "x⁺"
    NEGATIVE = "x⁻"

    def of(self, one: Interval) -> Interval:
        """Returns what the part can be, for an interval of x."""
        if self is Part.WHOLE:
            return one
        side = one if self is Part.POSITIVE else one.scaled(Fraction(-1))
        return Interval(max(_ZERO, side.lo), max(_ZERO, side.hi))


Copy = tuple[int, Part]
"""A coordinate of the residual stream, by number, or a part of it."""


@final
class End(Enum):
    """One of the two ends of intervals."""

    LOW = "lo"
    HIGH = "hi"

    def of(self, one: Interval) -> Fraction:
        """Returns this end of an interval."""
        return one.lo if self is End.LOW else one.hi

    def under(self, weight: Fraction) -> End:
        """Returns the end of a factor that this end of a product with a weight comes from."""
        if weight > 0:
            return self
        return End.HIGH if self is End.LOW else End.LOW


@final
@dataclass(frozen=True, eq=False)
class Linear:
    """A sum of a constant, tables by name, copies by coordinate and clipped units."""

    constant: Interval = ZERO
    tables: Mapping[str, Table] = field(default_factory=dict)
    copies: Mapping[Copy, Fraction] = field(default_factory=dict)
    units: Units = ()

    @property
    def is_zero(self) -> bool:
        """Whether nothing is left of it."""
        return self.constant == ZERO and not (self.tables or self.copies or self.units)


@final
@dataclass(frozen=True)
class Switch:
    """One end of the bounds of a clipped unit that is 0 or 1; its values are 0 and 1."""

    unit: ClippedUnit
    end: End


@final
@dataclass(frozen=True, eq=False)
class ClippedUnit:
    """The value min(1, max(0, ·)) of a sum without copies."""

    argument: Linear

    @cached_property
    def _tops(self) -> Mapping[str, Fraction]:
        return {name: max(i.hi for i in t.values()) for name, t in self.argument.tables.items()}

    @cached_property
    def top(self) -> Fraction:
        """No smaller than any number that is clipped."""
        units = sum((weight for weight, _ in self.argument.units if weight > 0), _ZERO)
        return self.argument.constant.hi + sum(self._tops.values(), _ZERO) + units

    @cached_property
    def live(self) -> Mapping[str, frozenset[int]]:
        """For each name that it reads, the values at which it may be more than 0."""
        return {
            name: frozenset(
                value for value, one in table.items() if self.top - self._tops[name] + one.hi > 0
            )
            for name, table in self.argument.tables.items()
        }

    @cached_property
    def tests(self) -> tuple[tuple[str, frozenset[int]], ...]:
        """What it tells apart: for each name, the sets of values that have one interval."""
        found = []
        for name, table in self.argument.tables.items():
            alike: dict[Interval, set[int]] = {}
            for value, one in table.items():
                alike.setdefault(one, set()).add(value)
            found += [(name, frozenset(values)) for values in alike.values()]
        return tuple(found)

    @cached_property
    def switching(self) -> bool:
        """Whether both ends of its bounds are 0 or 1 in every local state."""
        return self._whole or not (self.gate(End.LOW) is None or self.gate(End.HIGH) is None)

    @cached_property
    def _whole(self) -> bool:
        """Whether all ends of its argument are whole numbers, which clip to 0 and 1."""
        intervals = [self.argument.constant]
        intervals += [one for table in self.argument.tables.values() for one in table.values()]
        return all(end.denominator == 1 for one in intervals for end in (one.lo, one.hi)) and all(
            weight.denominator == 1 and unit.switching for weight, unit in self.argument.units
        )

    def gate(self, end: End) -> Gate | None:
        """Returns one end of its bounds as a gate, if it is one and not too large."""
        if end not in self._gates:
            self._gates[end] = sum_gate(self.argument, end, _clip)
        return self._gates[end]

    @cached_property
    def _gates(self) -> dict[End, Gate | None]:
        return {}


def _clip(unit: int) -> Threshold:
    """Returns a test whether everything between two numbers is clipped to 1, or to 0."""

    def clipped(low: int, high: int) -> bool | None:
        return True if low >= unit else False if high <= 0 else None

    return clipped


def sum_gate(linear: Linear, end: End, decide: Decide) -> Gate | None:
    """Returns a test of one end of a sum's bounds as a gate, if all of its terms take few amounts.

    Args:
        linear: a sum without copies.
        end: which end.
        decide: the test.
    """
    summands = []
    for name, table in linear.tables.items():
        alike: dict[Fraction, set[int]] = {}
        for value, one in table.items():
            alike.setdefault(end.of(one), set()).add(value)
        summands.append(Summand(name, tuple((a, frozenset(vs)) for a, vs in alike.items())))
    for weight, unit in linear.units:
        if not unit.switching:
            return None
        ways = ((_ZERO, frozenset({0})), (weight, frozenset({1})))
        summands.append(Summand(Switch(unit, end.under(weight)), ways))
    return gate(end.of(linear.constant), summands, decide)


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
