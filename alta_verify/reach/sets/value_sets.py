"""Value sets: which values each name can have at each position, in any layer of any run.

The sets are a Cartesian abstraction of the runs: they forget how values go together, which makes
them cheap and holds for any number of layers. They are the least fixed point of what a layer adds,
reached from below, one position after the other (Kleene iteration, in the chaotic order of Cousot
and Cousot 1977). They are taken for all lengths at once: position p stands for position p of every
sequence that is long enough.
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
from alta_verify.universal import nonempty

__all__ = ["ValueSets", "may_fire", "value_sets"]

_Sets = dict[str, set[int]]


@final
@dataclass(frozen=True)
class ValueSets:
    """What each name can be after attention, position by position.

    Attributes:
        positions: for each position, the values of every name; UNDEFINED is -1.
    """

    positions: tuple[Mapping[str, frozenset[int]], ...]

    def __post_init__(self) -> None:
        """Refuses rows of which everything would hold: at every position a name has some value."""
        for position, row in enumerate(nonempty(self.positions, "positions")):
            for name, values in nonempty(row, f"names at position {position}").items():
                nonempty(values, f"values of {name} at position {position}")

    def distinct(self) -> list[Mapping[str, frozenset[int]]]:
        """Returns the positions' rows without repetition."""
        return list({tuple(row.items()): row for row in self.positions}.values())

    def anywhere(self) -> dict[str, frozenset[int]]:
        """Returns the values that each name can have at some position."""
        rows = self.positions
        return {name: frozenset().union(*(row[name] for row in rows)) for name in rows[0]}


def value_sets(
    abstraction: Abstraction, live: Sequence[frozenset[int]], lengths: Iterable[int] = ()
) -> ValueSets:
    """Computes the value sets of a program from the tokens that are live at each position.

    Without the lengths of the language, an input with a position is only known to have those to the
    left of it.
    """
    program = abstraction.finite
    state: list[_Sets] = [
        {
            name: {variable.initial_value(token, position, name=name) for token in tokens}
            for name, variable in program.variables.items()
        }
        for position, tokens in enumerate(live)
    ]
    readers = _Readers(abstraction, state, _present(len(live), lengths))
    # Invariant: a position outside of `pending` has all that its rules can add to what it reads.
    pending = dict.fromkeys(range(len(live)))
    while pending:
        checkpoint()
        position = next(iter(pending))
        del pending[position]
        row = state[position] | readers.read(position)
        changed = set()
        for rule in program.rules:
            values = state[position][rule.variable]
            # A value once in a set stays there: sets only grow, and are finite, so that this ends.
            if rule.value not in values and not program.is_trap(rule) and may_fire(rule, row):
                values.add(rule.value)
                changed.add(rule.variable)
        if changed:
            pending[position] = None
            pending |= dict.fromkeys(readers.affected(position, changed))
    # Lemma 4: nothing changes any more, so the sets have every value of every run.
    rows = [state[position] | readers.read(position) for position in range(len(live))]
    names = program.domains
    return ValueSets(tuple({name: frozenset(row[name]) for name in names} for row in rows))


def _present(longest: int, lengths: Iterable[int]) -> list[int]:
    """Returns for each position how many positions every input that has it is sure to have."""
    ascending = sorted(lengths)
    # The shortest input that has a position has the fewest, and they are the first ones.
    return [next((n for n in ascending if n > p), p + 1) for p in range(longest)]


def may_fire(rule: Rule, row: Mapping[str, set[int] | frozenset[int]]) -> bool:
    """Says whether some combination of the values of a position satisfies all atoms of a rule."""
    return all(atom.value in row[atom.variable] for atom in rule.atoms)


@final
class _Readers:
    """What heads read from value sets, and which positions read from which."""

    def __init__(self, abstraction: Abstraction, state: list[_Sets], present: list[int]) -> None:
        self._abstraction = abstraction
        self._program = abstraction.finite
        self._state = state
        self._present = present
        self._averaged = cache(self._buckets)

    def read(self, position: int) -> _Sets:
        return {
            name: self._head(name, head, position) for name, head in self._program.heads.items()
        }

    def affected(self, position: int, changed: set[str]) -> Iterator[int]:
        """Yields the positions whose heads may read something else now."""
        for head in self._program.heads.values():
            # A query matters at its own position, which is pending already; to yield more is
            # harmless.
            if changed & {head.key, head.value} or head.query in changed:
                length = len(self._state)
                readers = (position - offset for offset in head.mask.offsets(length))
                yield from (reader for reader in readers if 0 <= reader < length)

    def _head(self, name: str, head: Head, position: int) -> set[int]:
        state = self._state
        candidates = head.mask.sources(position, len(state))
        asked: Iterable[frozenset[int] | None] = [None]
        if head.query is not None:
            asked = {self._abstraction.keys(head.query, a) for a in state[position][head.query]}
        # A run asks for one of these at a time, so each is answered on its own.
        answers = (self._answers(name, head, candidates, position, keys) for keys in asked)
        return set().union(*answers)

    def _answers(
        self,
        name: str,
        head: Head,
        candidates: Sequence[int],
        position: int,
        asked: frozenset[int] | None,
    ) -> set[int]:
        """Returns what a head can give when it is asked for some keys; None selects all."""
        checkpoint()
        state = self._state
        values: set[int] = set()
        matching = 0
        certain = False
        for j in candidates:
            keys = None if asked is None or head.key is None else state[j][head.key]
            # Lemma 4: a run selects position j only if its key there is one of those asked for.
            if keys is not None and asked is not None and asked.isdisjoint(keys):
                continue
            matching += 1
            values |= state[j][head.value]
            # Selected whatever the values are, and there in every input that has this position.
            surely = keys is None or asked is None or keys <= asked
            certain = certain or (surely and j < self._present[position])
        # A mean of selected numbers is a mean of 1 … `matching` of these; of none it is UNDEFINED.
        if self._abstraction.averages(name):
            buckets = self._averaged(name, frozenset(values), matching)
            return buckets if certain else buckets | {UNDEFINED_VALUE}
        # UNDEFINED is left out only if exactly one position is selected, whatever the run.
        if matching != 1 or not certain:
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
