"""Linear: what a unit of the network can be, as a function of the state of one position.

Every unit's input is a sum of four kinds of terms:

- a constant interval;
- *tables*: an interval for each value of one variable or head output;
- *copies*: an exact multiple of one coordinate of the residual stream, or of its positive or its
  negative part. A table would forget that x - x is 0;
- *clipped* units: min(1, max(0, ·)) of another such sum, where that cannot be simplified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias, TypeVar, final

from alta_verify.arithmetic.interval import ZERO, Interval, hull
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

Key = TypeVar("Key")

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

    def of(self, interval: Interval) -> Interval:
        """Returns what the part can be, for an interval of x."""
        if self is Part.WHOLE:
            return interval
        side = interval if self is Part.POSITIVE else interval.scaled(Fraction(-1))
        return Interval(max(_ZERO, side.lo), max(_ZERO, side.hi))


Copy = tuple[int, Part]
"""A coordinate of the residual stream, by number, or a part of it."""


@final
class End(Enum):
    """One of the two ends of intervals."""

    LOW = "lo"
    HIGH = "hi"

    def of(self, interval: Interval) -> Fraction:
        """Returns this end of an interval."""
        return interval.lo if self is End.LOW else interval.hi

    def under(self, weight: Fraction) -> End:
        """Returns the end of a factor that this end of a product with a weight comes from."""
        # For w < 0, w [l, h] = [w h, w l].
        if weight > 0:
            return self
        return End.HIGH if self is End.LOW else End.LOW


# Equal by identity: sums and units are keys of caches, and most are shared as they are.
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

    def reads(self, column: int) -> bool:
        """Says whether a coordinate is copied, or a part of it."""
        return any(copied == column for copied, _ in self.copies)

    def is_copy_of(self, column: int) -> bool:
        """Says whether it is a multiple of one coordinate or of its parts, but for noise."""
        return all(copied == column for copied, _ in self.copies) and not (
            self.tables or self.units
        )

    def scaled(self, factor: Fraction) -> Linear:
        """Returns the multiple by a constant."""
        if factor == 1:
            return self
        return Linear(
            self.constant.scaled(factor),
            {
                name: {value: interval.scaled(factor) for value, interval in table.items()}
                for name, table in self.tables.items()
            },
            {copy: weight * factor for copy, weight in self.copies.items()},
            tuple((weight * factor, unit) for weight, unit in self.units),
        )

    def bounds(
        self,
        table: Callable[[str, Table], Interval],
        unit: Callable[[ClippedUnit], Interval],
    ) -> Interval:
        """Adds up bounds of its terms, copies apart."""
        total = self.constant
        for name, intervals in self.tables.items():
            total += table(name, intervals)
        for weight, clipped in self.units:
            total += unit(clipped).scaled(weight)
        return total


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
        # A unit adds something between 0 and its weight.
        units = sum((weight for weight, _ in self.argument.units if weight > 0), _ZERO)
        return self.argument.constant.hi + sum(self._tops.values(), _ZERO) + units

    @cached_property
    def live(self) -> Mapping[str, frozenset[int]]:
        """For each name that it reads, the values at which it may be more than 0."""
        return {
            # The unit is 0 at a value if its sum is at most 0 there although everything else adds
            # its most.
            name: frozenset(
                value
                for value, interval in table.items()
                if self.top - self._tops[name] + interval.hi > 0
            )
            for name, table in self.argument.tables.items()
        }

    @cached_property
    def tests(self) -> tuple[tuple[str, frozenset[int]], ...]:
        """What it tells apart: for each name, the sets of values that have one interval."""
        return tuple(
            (name, values)
            for name, table in self.argument.tables.items()
            for values in _values_by(table, lambda interval: interval).values()
        )

    @cached_property
    def switching(self) -> bool:
        """Whether both ends of its bounds are 0 or 1 in every local state."""
        # Lemma 10, for each end on its own. Whole numbers come first, as they need no diagram.
        return self._whole or not (self.gate(End.LOW) is None or self.gate(End.HIGH) is None)

    @cached_property
    def _whole(self) -> bool:
        """Whether all ends of its argument are whole numbers, which clip to 0 and 1."""
        intervals = [self.argument.constant]
        for table in self.argument.tables.values():
            intervals += table.values()
        ends = (end for interval in intervals for end in (interval.lo, interval.hi))
        # A sum of whole numbers is whole, and clips to 0 or 1.
        return all(end.denominator == 1 for end in ends) and all(
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


def _values_by(table: Table, key: Callable[[Interval], Key]) -> dict[Key, frozenset[int]]:
    """Returns the values of a table by what their intervals have in common."""
    groups: dict[Key, set[int]] = {}
    for value, interval in table.items():
        groups.setdefault(key(interval), set()).add(value)
    return {common: frozenset(values) for common, values in groups.items()}


def sum_gate(linear: Linear, end: End, decide: Decide) -> Gate | None:
    """Returns a test of one end of a sum's bounds as a gate, if its terms take few amounts."""
    summands = []
    for name, table in linear.tables.items():
        summands.append(Summand(name, tuple(_values_by(table, end.of).items())))
    for weight, unit in linear.units:
        if not unit.switching:
            return None
        # A unit that is 0 or 1 is a summand with two amounts. Under a negative weight the low
        # end of the product comes from the high end of the unit.
        amounts = ((_ZERO, frozenset({0})), (weight, frozenset({1})))
        summands.append(Summand(Switch(unit, end.under(weight)), amounts))
    return gate(end.of(linear.constant), summands, decide)


def evaluate(
    linear: Linear,
    local: Mapping[str, int],
    units: dict[ClippedUnit, Interval] | None = None,
) -> Interval:
    """Returns the interval of a sum without copies in the states of a position with some values.

    A name that is not among the local ones may have any value of its table. More intervals of units
    in these states are added to those that are known.
    """
    bounded = {} if units is None else units

    def table(name: str, intervals: Table) -> Interval:
        return intervals[local[name]] if name in local else hull(intervals.values())

    def unit(clipped: ClippedUnit) -> Interval:
        # Sums share their units, so that each is evaluated once.
        if clipped not in bounded:
            bounded[clipped] = evaluate(clipped.argument, local, bounded).clipped()
        return bounded[clipped]

    return linear.bounds(table, unit)
