"""Sums: what units of the MLP are, as intervals that depend on the state of one position.

A sum has a constant, *tables*, which give an interval for each index of a name, and *units*, which
are other sums clipped to [0, 1]. Its interval in a state holds the real and the computed number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias, final

from alta_verify.check.numbers import ALWAYS_ZERO, ZERO, Interval, Span, hull
from alta_verify.check.program import ValueBits, indices

__all__ = ["Copy", "Sum", "Table", "Unit", "restricted"]

Table: TypeAlias = Mapping[int, Interval]

# So many different sums are looked at to see that a unit is 0 or 1.
_SUMS: Final = 4096


@final
class Copy(NamedTuple):
    """An exact multiple of a coordinate x of the residual stream, or of a part of it."""

    column: int
    part: int  # 0 for x, 1 for max(0, x), -1 for max(0, -x)
    factor: Fraction


@final
@dataclass(frozen=True, eq=False)
class Sum:
    """A constant, for each name the interval that is added by index, and clipped sums."""

    constant: Interval = ZERO
    tables: Mapping[str, Table] = field(default_factory=dict)
    units: Mapping[Unit, Fraction] = field(default_factory=dict)  # with their weights
    span: Span = ALWAYS_ZERO  # of all of it, over all states
    copy: Copy | None = None  # what it is a multiple of; a table forgets that x - x is 0

    @property
    def is_zero(self) -> bool:
        """Whether it is always exactly 0."""
        return self.constant == ZERO and not self.tables and not self.units

    @cached_property
    def names(self) -> frozenset[str]:
        """All names on which it depends."""
        return frozenset(self.tables).union(*(unit.inside.names for unit in self.units))

    @cached_property
    def reach(self) -> Interval:
        """An interval that holds it in every state."""
        reach = self.constant
        for table in self.tables.values():
            reach = reach.plus(hull(table.values()))
        for unit, weight in self.units.items():
            reach = reach.plus(unit.reach.times(weight))
        return reach


@final
@dataclass(frozen=True, eq=False)
class Unit:
    """The clipped sum min(1, max(0, x)) of a sum x."""

    inside: Sum
    span: Span  # of the clipped number

    @cached_property
    def reach(self) -> Interval:
        """An interval that holds it in every state."""
        return self.inside.reach.clipped()

    @cached_property
    def binary(self) -> bool:
        """Whether both ends of its interval are 0 or 1 in every state."""
        if not all(unit.binary for unit in self.inside.units):
            return False
        # clip(x) is 0 or 1 unless 0 < x < 1: so no sum of a constant, an entry of each table and
        # the weights of some units, which are 0 or 1 themselves, may lie strictly between.
        for end in (0, 1):
            sums = {self.inside.constant[end]}
            choices = [{entry[end] for entry in t.values()} for t in self.inside.tables.values()]
            choices += [{Fraction(0), weight} for weight in self.inside.units.values()]
            # Whole numbers have whole sums, however many these are.
            if all(number.denominator == 1 for numbers in (sums, *choices) for number in numbers):
                continue
            # Sums of all combinations, also of those that no state has: more of them can only make
            # it less often binary, which is on the safe side.
            for amounts in choices:
                sums = {total + amount for total in sums for amount in amounts}
                if len(sums) > _SUMS:
                    return False
            if any(0 < total < 1 for total in sums):
                return False
        return True


def restricted(sums: Iterable[Sum], allowed: Mapping[str, ValueBits]) -> list[Sum]:
    """Returns sums that have the same intervals for some values of names, but less.

    Units that are one number in all of these states become constants, as do tables.
    """
    names = allowed.keys()
    # A unit that several sums read stays one unit, so that it still cancels among them.
    units: dict[Unit, Unit | Interval] = {}

    def of_unit(unit: Unit) -> Unit | Interval:
        if unit not in units:
            units[unit] = unit
            if not names.isdisjoint(unit.inside.names):
                inside = of_sum(unit.inside)
                reach = inside.reach.clipped()
                units[unit] = reach if reach.lo == reach.hi else Unit(inside, unit.span)
        return units[unit]

    def of_sum(total: Sum) -> Sum:
        if names.isdisjoint(total.names):
            return total
        constant = total.constant
        tables: dict[str, Table] = {}
        for name, table in total.tables.items():
            entries = table
            if name in allowed:
                entries = {index: table[index] for index in indices(allowed[name])}
            first, *following = entries.values()
            if all(entry == first for entry in following):
                constant = constant.plus(first)
            else:
                tables[name] = entries
        weights: dict[Unit, Fraction] = {}
        for inner, weight in total.units.items():
            restricted_unit = of_unit(inner)
            if isinstance(restricted_unit, Unit):
                weights[restricted_unit] = weight
            elif restricted_unit != ZERO:
                constant = constant.plus(restricted_unit.times(weight))
        return Sum(constant, tables, weights, total.span)

    return [of_sum(total) for total in sums]
