"""The abstract transformer: what the rules and heads of a slice make of possible values.

For every value of a name there is a diagram that says for which Parikh vectors it is possible.
Values of different names go together in any way, as far as they are possible for one vector: so
the transformer over-approximates what a layer does (Cousot and Cousot 1977), for each vector alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Final, TypeAlias, final

from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.reach.sets.diagrams import FALSE, TRUE, Diagram
from alta_verify.reach.sets.parikh import Multiplicities
from alta_verify.reach.slices import DEFINED_VALUE, SlicedProgram

__all__ = ["AbstractTransformer", "Possible", "Source", "View"]

# So many local states are told apart where a variable is written; else all are one.
_CHOICES: Final = 4096
# So many pairs of count and sum are told apart where a head averages.
_SUMS: Final = 1024

Possible: TypeAlias = tuple[tuple[int, Diagram], ...]
"""The values that a name may have, ascending, each with where: none of them nowhere."""

# Where so many numbers with such a sum may be selected.
_Sums: TypeAlias = dict[tuple[int, int], Diagram]

# For some names and some values of them what is assigned there.
_Rules: TypeAlias = list[tuple[tuple[str, ...], Mapping[tuple[int, ...], Sequence[int]]]]


@final
@dataclass(frozen=True, slots=True)
class Source:
    """A position that a head may select.

    Attributes:
        perhaps: where it may be selected.
        surely: where it is selected, whatever the values are.
        values: what may be read there.
    """

    perhaps: Diagram
    surely: Diagram
    values: Possible


@final
@dataclass(frozen=True, slots=True)
class View:
    """All the positions that a head may select, divided by what is known of them.

    Attributes:
        sources: one a position.
        tokens: further positions, by what is read there: all those with some tokens are selected.
        certain: further positions, by what is read there: so many are selected.
    """

    sources: tuple[Source, ...]
    tokens: tuple[tuple[int, frozenset[int]], ...] = ()
    certain: tuple[tuple[int, int], ...] = ()

    @property
    def exact(self) -> bool:
        """Whether it is known of each position whether it is selected."""
        return all(source.perhaps == source.surely for source in self.sources)


@final
class AbstractTransformer:
    """The rules and heads of a sliced program over possible values, with the results so far."""

    def __init__(self, program: SlicedProgram, numbers: Multiplicities) -> None:
        self._program, self._numbers, self._diagrams = program, numbers, numbers.diagrams
        self._finite = program.finite
        # The same comes up in many cells and layers.
        self.write = cache(self._write)
        self.read = cache(self._read)
        self._rules = cache(self._rules_of)
        self._amounts = cache(self._amounts_of)

    # --- rules ------------------------------------------------------------------------------------

    def _write(self, name: str, old: Possible, row: tuple[Possible, ...]) -> Possible:
        """Returns what a variable may be after the MLP, from it and the names that rules test."""
        tested = self._program.tested[name]
        diagrams = self._diagrams
        cases: list[tuple[int, Diagram]] = []
        states = self._local_states(tested, row)
        if states is None:
            # Each rule that may fire is taken to fire, and not to fire.
            where = dict(zip(tested, map(dict, row), strict=True))
            for names, assigned in self._rules(name):
                for values, assigned_values in assigned.items():
                    atoms = zip(names, values, strict=True)
                    fires = diagrams.all_of(where[n].get(v, FALSE) for n, v in atoms)
                    cases += [(value, fires) for value in assigned_values]
            return _sorted(diagrams.union([*old, *cases]))
        for local, vectors in states:
            checkpoint()
            # All that fire are taken in: where they differ, the program conflicts in that state.
            fired = [
                (value, vectors)
                for names, assigned in self._rules(name)
                for value in assigned.get(tuple(local[n] for n in names), ())
            ]
            cases += fired
            if not fired and name in local:
                cases.append((local[name], vectors))
            elif not fired:
                cases += [(value, diagrams.and_(vectors, kept)) for value, kept in old]
        return _sorted(diagrams.union(cases))

    def _rules_of(self, name: str) -> _Rules:
        """Returns what rules assign to a variable, by the names that they test and their values."""
        rules: dict[tuple[str, ...], dict[tuple[int, ...], list[int]]] = {}
        for rule in self._program.rules[name]:
            atoms = sorted((atom.variable, atom.value) for atom in rule.atoms)
            names, values = tuple(n for n, _ in atoms), tuple(v for _, v in atoms)
            assigned = rules.setdefault(names, {}).setdefault(values, [])
            assigned.append(self._finite.index_assigned(rule))
        return list(rules.items())

    def _local_states(
        self, names: Sequence[str], row: tuple[Possible, ...]
    ) -> list[tuple[dict[str, int], Diagram]] | None:
        """Returns the combinations of values that are possible together; None if too many are."""
        states: list[tuple[dict[str, int], Diagram]] = [({}, TRUE)]
        for name, possible in zip(names, row, strict=True):
            joined = [
                ({**local, name: value}, self._diagrams.and_(vectors, where))
                for local, vectors in states
                for value, where in possible
            ]
            states = [state for state in joined if state[1] != FALSE]
            if len(states) > _CHOICES:
                return None
        return states

    # --- heads ------------------------------------------------------------------------------------

    def _read(self, name: str, views: tuple[View, ...]) -> Possible:
        """Returns what a head may give that selects from one division of positions or another."""
        averages = self._program.abstraction.averages(name)
        if not averages:
            possible = self._unique(views)
        elif name in self._program.defined:
            possible = self._selected(views, [DEFINED_VALUE])
        else:
            possible = self._mean(name, views)
        return _sorted(possible)

    def _unique(self, views: Sequence[View]) -> dict[int, Diagram]:
        """Returns what is read where exactly one position is selected; UNDEFINED elsewhere."""
        diagrams = self._diagrams
        and_, or_, not_ = diagrams.and_, diagrams.or_, diagrams.not_
        all_none = all_multiple = TRUE
        read: dict[int, Diagram] | None = None
        for view in views:
            none, single, multiple = TRUE, FALSE, FALSE
            values: dict[int, Diagram] = {}
            # One position after the other: it is selected where it perhaps is, and not selected
            # where it is not for sure.
            for source in view.sources:
                checkpoint()
                missed, first = not_(source.surely), and_(none, source.perhaps)
                multiple = or_(multiple, and_(single, source.perhaps))
                single = or_(and_(single, missed), first)
                kept = [(value, and_(where, missed)) for value, where in values.items()]
                fresh = [(value, and_(first, where)) for value, where in source.values]
                values = diagrams.union([*kept, *fresh])
                none = and_(none, missed)
            # Every division has all positions, so that what is possible is so in each.
            all_none, all_multiple = and_(all_none, none), and_(all_multiple, multiple)
            read = values if read is None else self._common(read, values)
        undefined = [(UNDEFINED_VALUE, all_none), (UNDEFINED_VALUE, all_multiple)]
        return diagrams.union([*(read or {}).items(), *undefined])

    def _common(
        self, first: Mapping[int, Diagram], second: Mapping[int, Diagram]
    ) -> dict[int, Diagram]:
        and_ = self._diagrams.and_
        return {value: and_(first[value], second[value]) for value in first if value in second}

    def _selected(self, views: Sequence[View], values: Sequence[int]) -> dict[int, Diagram]:
        """Returns some values, all of which are possible where anything is selected."""
        diagrams = self._diagrams
        none = selected = TRUE
        for view in views:
            tokens = [self._numbers.sums(tokens) for _, tokens in view.tokens]
            empty = [diagrams.not_(source.surely) for source in view.sources]
            empty += [sums.get(0, FALSE) for sums in tokens]
            # Where nothing else is possible, UNDEFINED is.
            none = diagrams.all_of([none, *empty, FALSE if view.certain else TRUE])
            selectable = [source.perhaps for source in view.sources]
            selectable += [where for sums in tokens for number, where in sums.items() if number]
            selected = diagrams.and_(
                selected, TRUE if view.certain else diagrams.any_of(selectable)
            )
        return diagrams.union([(UNDEFINED_VALUE, none), *((value, selected) for value in values)])

    def _mean(self, name: str, views: Sequence[View]) -> dict[int, Diagram]:
        """Returns the buckets of means of what may be selected; UNDEFINED where that is nothing."""
        numbers, unit = self._amounts(name)
        # Each division has all pairs of a number of positions and a sum that a run can have.
        divided = [sums for view in views if (sums := self._sums(view, numbers)) is not None]
        if not divided:
            # Too many to tell apart: the mean may lie in any bucket.
            return self._selected(views, range(self._finite.domains[name].size))
        first, *further = divided
        cases = []
        for key, where in first.items():
            count, total = key
            throughout = self._diagrams.all_of([where, *(sums.get(key, FALSE) for sums in further)])
            bucket = UNDEFINED_VALUE
            if count and throughout != FALSE:
                bucket = self._program.abstraction.bucket(name, Fraction(total, count * unit))
            cases.append((bucket, throughout))
        return self._diagrams.union(cases)

    def _sums(self, view: View, numbers: Sequence[int]) -> _Sums | None:
        """Returns how many positions may be selected with which sum; None if too many differ."""
        diagrams, and_ = self._diagrams, self._diagrams.and_
        count = sum(number for _, number in view.certain)
        sums: _Sums = {(count, sum(numbers[x] * number for x, number in view.certain)): TRUE}
        for value, tokens in view.tokens:
            cases = [
                ((c + number, t + number * numbers[value]), and_(vectors, where))
                for (c, t), vectors in sums.items()
                for number, where in self._numbers.sums(tokens).items()
            ]
            sums = diagrams.union(cases)
        for source in view.sources:
            checkpoint()
            # One position more: not selected, or selected with one of its numbers.
            missed = diagrams.not_(source.surely)
            cases = [(key, and_(vectors, missed)) for key, vectors in sums.items()]
            selected = [
                (numbers[value], and_(source.perhaps, where)) for value, where in source.values
            ]
            cases += [
                ((c + 1, t + x), and_(vectors, where))
                for (c, t), vectors in sums.items()
                for x, where in selected
            ]
            sums = diagrams.union(cases)
            if len(sums) > _SUMS:
                return None
        return sums

    def _amounts_of(self, name: str) -> tuple[list[int], int]:
        """Returns the numbers that a head averages as multiples of 1/unit, and the unit."""
        amounts = self._program.abstraction.amounts(name)
        unit = lcm(*(amount.denominator for amount in amounts))
        return [int(amount * unit) for amount in amounts], unit


def _sorted(possible: Mapping[int, Diagram]) -> Possible:
    return tuple(sorted((value, where) for value, where in possible.items() if where != FALSE))
