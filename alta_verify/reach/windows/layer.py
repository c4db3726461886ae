"""A layer as clauses: what heads give in a window, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, final

from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.reach.windows.gates import Gates
from alta_verify.reach.windows.system import System

__all__ = ["Layer", "Values"]

Values: TypeAlias = Mapping[int, int]
"""A literal for each value of a name."""


@final
class Layer:
    """What a layer makes of the positions of a window, of which some may not be there."""

    def __init__(
        self,
        system: System,
        gates: Gates,
        exists: Mapping[int, int],
        before: Mapping[int, Mapping[str, Values]],
    ) -> None:
        self._system, self._gates = system, gates
        self._exists, self._before = exists, before
        self._locals: dict[int, Mapping[str, Values]] = {}

    def _head(self, name: str, place: int) -> Values:
        gates, head = self._gates, self._system.program.heads[name]
        selected = []
        for offset in head.mask.listed or ():
            source = place + offset
            matches = self._gates.true if head.key is None else self._matches(name, place, source)
            selected.append((source, gates.all_of([self._exists[source], matches])))
        if self._system.abstraction.averages(name):
            return self._mean(name, selected)
        cases: dict[int, list[int]] = {}
        unique = []
        for source, literal in selected:
            excluded = [-match for at, match in selected if at != source]
            unique.append(gates.all_of([literal, *excluded]))
            for value, holds in self._before[source][head.value].items():
                cases.setdefault(value, []).append(gates.all_of([unique[-1], holds]))
        values = {value: gates.any_of(literals) for value, literals in cases.items()}
        return {**values, UNDEFINED_VALUE: -gates.any_of(unique)}

    def _matches(self, name: str, place: int, source: int) -> int:
        gates, head = self._gates, self._system.program.heads[name]
        keys = self._before[source][str(head.key)]
        return gates.any_of(
            gates.all_of([query, keys[key]])
            for value, query in self._before[place][str(head.query)].items()
            for key in self._system.abstraction.keys(str(head.query), value)
            if key in keys
        )

    def _mean(self, name: str, selected: Sequence[tuple[int, int]]) -> Values:
        gates, abstraction = self._gates, self._system.abstraction
        amounts = abstraction.amounts(name)
        sums: dict[tuple[int, Fraction], list[int]] = {(0, Fraction(0)): [self._gates.true]}
        for source, literal in selected:
            further: dict[tuple[int, Fraction], list[int]] = {}
            for (count, total), guards in sums.items():
                guard = gates.any_of(guards)
                further.setdefault((count, total), []).append(gates.all_of([guard, -literal]))
                for value, holds in self._before[source][
                    self._system.program.heads[name].value
                ].items():
                    key = count + 1, total + amounts[value]
                    further.setdefault(key, []).append(gates.all_of([guard, literal, holds]))
            sums = further
        buckets: dict[int, list[int]] = {}
        for (count, total), guards in sums.items():
            bucket = abstraction.bucket(name, total / count) if count else UNDEFINED_VALUE
            buckets.setdefault(bucket, []).extend(guards)
        return {bucket: gates.any_of(guards) for bucket, guards in buckets.items()}

    def local(self, place: int) -> Mapping[str, Values]:
        """Returns a position after attention."""
        if place not in self._locals:
            heads = {name: self._head(name, place) for name in self._system.program.heads}
            self._locals[place] = {**self._before[place], **heads}
        return self._locals[place]

    def fails(self, place: int) -> int:
        """Returns when a position fails."""
        cases = [case for hazard in self._system.failures for case in hazard.cases]
        return self._gates.any_of(self.has(case.before, self.local(place)) for case in cases)

    def has(self, wanted: Mapping[str, frozenset[int]], names: Mapping[str, Values]) -> int:
        """Returns when some names have values that are wanted."""
        gates = self._gates
        return gates.all_of(
            gates.any_of(literal for value, literal in names[name].items() if value in values)
            for name, values in wanted.items()
        )

    def written(self, place: int) -> dict[str, Values]:
        """Returns a position after the layer; what never changes has the literals of before."""
        gates, program = self._gates, self._system.program
        local, after = self.local(place), dict[str, Values](self._before[place])
        for name in program.variables:
            cases: dict[int, list[int]] = {}
            for rule in program.rules_by_variable[name]:
                if not program.is_trap(rule):
                    wanted = {atom.variable: frozenset({atom.value}) for atom in rule.atoms}
                    cases.setdefault(int(rule.value), []).append(self.has(wanted, local))  # type: ignore[arg-type]
            written = {value: gates.any_of(fires) for value, fires in cases.items()}
            kept = -gates.any_of(written.values())
            after[name] = {
                value: gates.any_of(
                    [written.get(value, -self._gates.true), gates.all_of([kept, held])]
                )
                for value, held in self._before[place][name].items()
            }
        layer = self._system.ghosts["layer"]
        if layer in after:
            after[layer] = {
                value: after[layer].get(value - 1, -self._gates.true) for value in after[layer]
            }
        return after
