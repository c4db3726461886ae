"""Value sets: which values each name can have at each position, in any layer of any run.

The sets are a Cartesian abstraction of the runs: they forget how values go together, which makes
them cheap and holds for any number of layers. They are the least fixed point of what a layer adds,
reached from below, one position after the other (Kleene iteration, in the chaotic order of Cousot
and Cousot 1977). They are taken for all lengths at once: position p stands for position p of every
sequence that is long enough; or, where lengths have no bound, a class stands for all its positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import final

from alta.lang.heads import Head
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.arithmetic.means import TooManyMeans, means
from alta_verify.reach.sets.classes import Classes
from alta_verify.reach.sets.places import Places, Positions
from alta_verify.universal import nonempty

__all__ = ["ValueSets", "class_sets", "may_fire", "value_sets"]

_Sets = dict[str, set[int]]


@final
@dataclass(frozen=True)
class ValueSets:
    """What each name can be after attention, place by place.

    Attributes:
        rows: for each position, or class of positions, the values of every name; UNDEFINED is -1.
    """

    rows: tuple[Mapping[str, frozenset[int]], ...]

    def __post_init__(self) -> None:
        """Refuses rows of which everything would hold: at every position a name has some value."""
        for place, row in enumerate(nonempty(self.rows, "positions")):
            for name, values in nonempty(row, f"names at position {place}").items():
                nonempty(values, f"values of {name} at position {place}")

    def distinct(self) -> list[Mapping[str, frozenset[int]]]:
        """Returns the rows without repetition."""
        return list({tuple(row.items()): row for row in self.rows}.values())

    def anywhere(self) -> dict[str, frozenset[int]]:
        """Returns the values that each name can have at some position."""
        return {name: frozenset().union(*(row[name] for row in self.rows)) for name in self.rows[0]}


def value_sets(
    abstraction: Abstraction, live: Sequence[frozenset[int]], lengths: Iterable[int] = ()
) -> ValueSets:
    """Computes the value sets of a program from the tokens that are live at each position.

    Without the lengths of the language, an input with a position is only known to have those to the
    left of it.
    """
    return _least(abstraction, Positions(live, lengths))


def class_sets(abstraction: Abstraction) -> ValueSets:
    """Computes the value sets of a program for classes of positions, in inputs of any length."""
    for name, head in abstraction.concrete.heads.items():
        # Of more than two positions classes do not know the number, on which means depend.
        if abstraction.averages(name) and head.mask.most(None) is None:
            raise ValueError(f"head {name!r}: expected a mask of listed offsets, got {head.mask}")
    return _least(abstraction, Classes(abstraction))


def _least(abstraction: Abstraction, places: Places) -> ValueSets:
    """Returns the least sets that have first values and are closed under a layer."""
    program = abstraction.finite
    state: list[_Sets] = [
        {
            name: {variable.initial_value(token, p, name=name) for token, p in starts}
            for name, variable in program.variables.items()
        }
        for starts in places.starts
    ]
    readers = _Readers(abstraction, state, places)
    # Invariant: a place outside of `pending` has all that its rules can add to what it reads.
    pending = dict.fromkeys(range(len(state)))
    while pending:
        checkpoint()
        place = next(iter(pending))
        del pending[place]
        row = state[place] | readers.read(place)
        changed = set()
        for rule in program.rules:
            values = state[place][rule.variable]
            # A value once in a set stays there: sets only grow, and are finite, so that this ends.
            if rule.value not in values and not program.is_trap(rule) and may_fire(rule, row):
                values.add(rule.value)
                changed.add(rule.variable)
        if changed:
            pending[place] = None
            pending |= dict.fromkeys(readers.affected(place, changed))
    # Lemma 4: nothing changes any more, so the sets have every value of every run.
    rows = [state[place] | readers.read(place) for place in range(len(state))]
    names = program.domains
    return ValueSets(tuple({name: frozenset(row[name]) for name in names} for row in rows))


def may_fire(rule: Rule, row: Mapping[str, set[int] | frozenset[int]]) -> bool:
    """Says whether some combination of the values of a position satisfies all atoms of a rule."""
    return all(atom.value in row[atom.variable] for atom in rule.atoms)


@final
class _Readers:
    """What heads read from value sets, and which places read from which."""

    def __init__(self, abstraction: Abstraction, state: list[_Sets], places: Places) -> None:
        self._abstraction = abstraction
        self._program = abstraction.finite
        self._state, self._places = state, places
        self._averaged = cache(self._buckets)

    def read(self, place: int) -> _Sets:
        return {name: self._head(name, head, place) for name, head in self._program.heads.items()}

    def affected(self, place: int, changed: set[str]) -> Iterator[int]:
        """Yields the places whose heads may read something else now."""
        for head in self._program.heads.values():
            # A query matters at its own place, which is pending already; to yield more is harmless.
            if changed & {head.key, head.value} or head.query in changed:
                yield from self._places.readers(place, head.mask)

    def _head(self, name: str, head: Head, place: int) -> set[int]:
        candidates = self._places.readable(place, head.mask)
        asked: Iterable[frozenset[int] | None] = [None]
        if head.query is not None:
            asked = {self._abstraction.keys(head.query, a) for a in self._state[place][head.query]}
        # A run asks for one of these at a time, so each is answered on its own.
        answers = (self._answers(name, head, candidates, place, keys) for keys in asked)
        return set().union(*answers)

    def _answers(
        self,
        name: str,
        head: Head,
        candidates: Sequence[int],
        place: int,
        asked: frozenset[int] | None,
    ) -> set[int]:
        """Returns what a head can give when it is asked for some keys; None selects all."""
        checkpoint()
        state, key = self._state, head.key
        perhaps, surely = candidates, candidates
        if asked is not None and key is not None:
            # Lemma 4: a run selects a position only if its key there is one of those asked for.
            perhaps = [j for j in candidates if not asked.isdisjoint(state[j][key])]
            # Selected whatever the values are, if it is there.
            surely = [j for j in perhaps if state[j][key] <= asked]
        values = set[int]().union(*(state[j][head.value] for j in perhaps))
        selected = self._places.selected(place, head.mask, perhaps, surely)
        # A mean of selected numbers is one of as many of these; of none it is UNDEFINED.
        if self._abstraction.averages(name):
            buckets = self._averaged(name, frozenset(values), selected.upper)
            return buckets if selected.lower else buckets | {UNDEFINED_VALUE}
        # UNDEFINED is left out only if exactly one position is selected, whatever the run.
        if selected != (1, 1):
            values.add(UNDEFINED_VALUE)
        return values

    def _buckets(self, name: str, values: frozenset[int], count: int) -> set[int]:
        """Returns the buckets that means of values can lie in."""
        amounts = self._abstraction.amounts(name)
        try:
            possible = means(frozenset(amounts[value] for value in values), count)
        except TooManyMeans:
            return set(range(self._program.domains[name].size))
        return {self._abstraction.bucket(name, mean) for mean in possible}
