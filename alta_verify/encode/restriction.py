"""Restriction: sums of the network, as far as they matter in some of the local states."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import final

from alta.limit import checkpoint
from alta_verify.arithmetic.interval import Interval
from alta_verify.encode.linear import ClippedUnit, Linear, Table, Units
from alta_verify.universal import nonempty

__all__ = ["Restriction"]


@final
class Restriction:
    """Simplifies sums for local states in which every name has one of a few values.

    What it returns has the same bounds in every one of these states. Sums that become the same
    become the same object.
    """

    def __init__(self, allowed: Mapping[str, frozenset[int]]) -> None:
        """Takes the values of every name."""
        self._allowed = {
            name: nonempty(values, f"values of {name}") for name, values in allowed.items()
        }
        self._kept: dict[ClippedUnit, ClippedUnit | None] = {}
        self._known: dict[Hashable, Linear] = {}
        self._clipped: dict[Linear, ClippedUnit | None] = {}
        # Units are kept beside what became of them, so that their identity is not used again.
        self._units: dict[int, tuple[Units, Units]] = {}
        self._same: dict[Units, Units] = {}

    def linear(self, one: Linear) -> Linear:
        """Returns a sum without units that are 0, and with tables of one interval as constants."""
        checkpoint()
        constant = one.constant
        tables: dict[str, Table] = {}
        for name, table in one.tables.items():
            left = {value: table[value] for value in table if value in self._allowed[name]}
            # Not empty: nothing that a table lacks is taken to be 0.
            if left.keys() != self._allowed[name]:
                raise ValueError(f"of {name} there are values of which nothing is known")
            first = next(iter(left.values()))
            if all(other == first for other in left.values()):
                constant += first
            else:
                tables[name] = left
        units = self._live(one.units)
        key = (constant, _key(tables), frozenset(one.copies.items()), id(units))
        if key not in self._known:
            self._known[key] = Linear(constant, tables, one.copies, units)
        return self._known[key]

    def _live(self, units: Units) -> Units:
        if id(units) not in self._units:
            left = [(weight, self._unit(unit)) for weight, unit in units]
            kept = tuple((weight, unit) for weight, unit in left if unit is not None)
            self._units[id(units)] = units, self._same.setdefault(kept, kept)
        return self._units[id(units)][1]

    def _unit(self, unit: ClippedUnit) -> ClippedUnit | None:
        """Returns what is left of a unit, or None where it is 0."""
        if unit not in self._kept:
            self._kept[unit] = self._restricted(unit)
        return self._kept[unit]

    def _restricted(self, unit: ClippedUnit) -> ClippedUnit | None:
        if self._is_zero(unit):
            return None
        if not unit.argument.units:
            return unit
        argument = self.linear(unit.argument)
        if argument not in self._clipped:
            left = ClippedUnit(argument)
            self._clipped[argument] = None if self._is_zero(left) else left
        return self._clipped[argument]

    def _is_zero(self, unit: ClippedUnit) -> bool:
        if unit.top <= 0:
            return True
        return any(self._allowed[name].isdisjoint(values) for name, values in unit.live.items())


def _key(tables: Mapping[str, Table]) -> tuple[tuple[str, tuple[tuple[int, Interval], ...]], ...]:
    return tuple((name, tuple(sorted(tables[name].items()))) for name in sorted(tables))
