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
    """Sums as they are in local states in which every name has one of a few values.

    They have the same bounds in every one of these states. Sums that become the same become the
    same object.
    """

    def __init__(self, allowed: Mapping[str, frozenset[int]]) -> None:
        """Takes the values of every name."""
        self._allowed = {
            name: nonempty(values, f"values of {name}") for name, values in allowed.items()
        }
        # Units that are 0 become None. Lists of units are kept beside what became of them, so that
        # their identity is not used again.
        self._restricted: dict[ClippedUnit, ClippedUnit | None] = {}
        self._live_units: dict[int, tuple[Units, Units]] = {}
        # Equal sums, lists of units and arguments of units are one.
        self._sums: dict[Hashable, Linear] = {}
        self._units: dict[Units, Units] = {}
        self._clipped: dict[Linear, ClippedUnit | None] = {}

    def linear(self, linear: Linear) -> Linear:
        """Returns a sum without units that are 0, and with tables of one interval as constants."""
        checkpoint()
        constant = linear.constant
        tables: dict[str, Table] = {}
        for name, table in linear.tables.items():
            allowed = self._allowed[name]
            # Not empty: nothing that a table lacks is taken to be 0.
            if not allowed <= table.keys():
                raise ValueError(
                    f"values {sorted(allowed - table.keys())} of {name!r} are possible, but the "
                    "table of the sum has no interval for them"
                )
            left = {value: interval for value, interval in table.items() if value in allowed}
            first = next(iter(left.values()))
            if all(interval == first for interval in left.values()):
                constant += first
            else:
                tables[name] = left
        units = self._live(linear.units)
        # Equal lists of units are one object, by whose identity they are compared.
        key = (constant, _key(tables), frozenset(linear.copies.items()), id(units))
        if key not in self._sums:
            self._sums[key] = Linear(constant, tables, linear.copies, units)
        return self._sums[key]

    def _live(self, units: Units) -> Units:
        if id(units) not in self._live_units:
            pairs = [(weight, self._unit(unit)) for weight, unit in units]
            live = tuple((weight, unit) for weight, unit in pairs if unit is not None)
            self._live_units[id(units)] = units, self._units.setdefault(live, live)
        return self._live_units[id(units)][1]

    def _unit(self, unit: ClippedUnit) -> ClippedUnit | None:
        """Returns what is left of a unit, or None where it is 0."""
        if unit not in self._restricted:
            self._restricted[unit] = self._restrict(unit)
        return self._restricted[unit]

    def _restrict(self, unit: ClippedUnit) -> ClippedUnit | None:
        if self._is_zero(unit):
            return None
        # A unit that reads no other unit stays the same object, so that its gates are drawn only
        # once.
        if not unit.argument.units:
            return unit
        argument = self.linear(unit.argument)
        if argument not in self._clipped:
            left = ClippedUnit(argument)
            self._clipped[argument] = None if self._is_zero(left) else left
        return self._clipped[argument]

    def _is_zero(self, unit: ClippedUnit) -> bool:
        # No allowed value of some name lifts the sum above 0, whatever all other names are.
        if unit.top <= 0:
            return True
        return any(self._allowed[name].isdisjoint(values) for name, values in unit.live.items())


def _key(tables: Mapping[str, Table]) -> tuple[tuple[str, tuple[tuple[int, Interval], ...]], ...]:
    return tuple((name, tuple(sorted(tables[name].items()))) for name in sorted(tables))
