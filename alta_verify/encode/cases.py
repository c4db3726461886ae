"""Cases: the local states of one variable's transition, split until little is left in each.

Rules and neurons test values of names, so fixing the name that most of them test leaves few of them
in each case, whose sums are restricted to what may matter in it. A solver that is asked case by
case has small questions instead of one large one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.interval import Interval
from alta_verify.encode.linear import ClippedUnit, Linear, Table, Units, evaluate
from alta_verify.encode.relation import Codes
from alta_verify.universal import nonempty

__all__ = ["Case", "Cubes", "Restriction", "split"]

# A case with at most so many rules and neurons is not split further.
_SMALL: Final = 128

Cubes = Sequence[Mapping[str, frozenset[int]]]
"""A cover of the local states that occur: each is in one of the cubes, which have a set of values
for every name."""


@final
@dataclass(frozen=True)
class Case:
    """A set of local states, with what can happen to one variable in them.

    Attributes:
        cubes: the local states.
        rules: the rules for the variable that may fire or read UNDEFINED in them.
        after: the variable's coordinates after the MLP, without neurons that are 0 in them.
    """

    cubes: Cubes
    rules: tuple[Rule, ...]
    after: tuple[Linear, ...]

    def __post_init__(self) -> None:
        """Refuses a case of no local states, of which everything would hold."""
        nonempty(self.cubes, "local states")
        nonempty(self.after, "coordinates")

    def keeps(self, name: str, codes: Codes) -> bool:
        """Says whether nothing but the variable itself matters, and it keeps the code of its value.

        The codes are, for each value, the intervals in which its coordinates have to lie.
        """
        if self.rules or any(sum_.units or sum_.tables.keys() - {name} for sum_ in self.after):
            return False
        return all(
            evaluate(sum_, {name: value}).within(codes[value][index])
            for row in self.cubes
            for value in row[name]
            for index, sum_ in enumerate(self.after)
        )


def split(case: Case) -> Iterator[Case]:
    """Yields cases that together have all the local states of a case."""
    # Lemma 3, case by case: what is left out of a case can do nothing in it, and no state is lost,
    # as every value of the name that is split is in some group.
    checkpoint()
    case = _live(case)
    units = set(_leaves(case.after))
    name = None
    if len(case.rules) + len(units) > _SMALL:
        name = _most_tested(case, units)
    if name is None:
        yield case
        return
    for values in _groups(case, units, name):
        # Not empty: the values are of those that some row has.
        rows = [{**row, name: row[name] & values} for row in case.cubes if row[name] & values]
        yield from split(replace(case, cubes=rows))


def _allowed(case: Case) -> dict[str, frozenset[int]]:
    rows = case.cubes
    return {name: frozenset().union(*(row[name] for row in rows)) for name in rows[0]}


def _live(case: Case) -> Case:
    """Returns the case without the rules and neurons that can do nothing in it."""
    allowed = _allowed(case)

    def may_matter(rule: Rule) -> bool:
        # A rule that reads UNDEFINED matters although it does not fire: that none does is a
        # premise of Lemma 3.
        return all(
            atom.value in allowed[atom.variable] or UNDEFINED_VALUE in allowed[atom.variable]
            for atom in rule.atoms
        )

    restriction = Restriction(allowed)
    after = tuple(map(restriction.linear, case.after))
    return Case(case.cubes, tuple(filter(may_matter, case.rules)), after)


def _leaves(sums: Iterable[Linear]) -> Iterator[ClippedUnit]:
    """Yields the units that read no other units."""
    seen: set[int] = set()
    pending = [sum_.units for sum_ in sums]
    while pending:
        units = pending.pop()
        # Sums share their lists of units. By identity each list is gone through once.
        if id(units) not in seen:
            seen.add(id(units))
            for _, unit in units:
                if unit.argument.units:
                    pending.append(unit.argument.units)
                else:
                    yield unit


def _tests(case: Case, units: set[ClippedUnit]) -> Iterator[tuple[str, frozenset[int]]]:
    """Yields every test of a name for values, by rules and by neurons."""
    for rule in case.rules:
        for atom in rule.atoms:
            yield atom.variable, frozenset({atom.value, UNDEFINED_VALUE})
    for unit in units:
        yield from unit.tests


def _most_tested(case: Case, units: set[ClippedUnit]) -> str | None:
    """Returns the name on whose value most depends, if there is one with several values."""
    allowed = _allowed(case)
    # A test that all allowed values pass, or none, does not become simpler by a split. Ties are
    # broken by name, so that every process finds the same cases.
    counts = Counter(
        name
        for name, values in _tests(case, units)
        if not allowed[name] <= values and not allowed[name].isdisjoint(values)
    )
    return max(counts, key=lambda name: (counts[name], name)) if counts else None


def _groups(case: Case, units: set[ClippedUnit], name: str) -> list[frozenset[int]]:
    """Returns the values of a name, those together that no test tells apart."""
    tests = {values for tested, values in _tests(case, units) if tested == name}
    groups: dict[tuple[bool, ...], set[int]] = {}
    ordered = sorted(tests, key=sorted)
    for value in sorted(_allowed(case)[name]):
        key = tuple(value in values for values in ordered)
        groups.setdefault(key, set()).add(value)
    return [frozenset(group) for group in groups.values()]


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
