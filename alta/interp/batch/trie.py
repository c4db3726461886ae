"""A trie of rules: from the values of one position straight to the rules that matter there.

It shares the tests that rules have in common, as the network of Rete does (Forgy 1982).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy.typing as npt

from alta.interp.batch.codes import UNDEFINED_CODE
from alta.interp.batch.interning import Places
from alta.lang.rules import Atom, Rule

__all__ = ["Column", "Columns", "Reached", "RuleTrie", "reached", "rule_trie"]

# Of so many states, or branches, all are gone through.
_SCANNED: Final = 8

Column = npt.NDArray[Any]
"""The values of one name in some states."""

Columns = Mapping[str, Column]
"""The values of some names in some states."""


@final
class RuleTrie:
    """Rules by their atoms: a path of atoms leads to the rules that have just these.

    `rules` are those without further atoms; `branches` has, for every name that further atoms test,
    the trie behind each tested value.
    """

    __slots__ = ("branches", "rules")

    def __init__(self) -> None:
        self.rules: list[int] = []
        self.branches: dict[str, dict[int, RuleTrie]] = {}

    def add(self, atoms: Iterable[Atom], rule: int) -> None:
        """Adds a rule at the end of the path of its atoms."""
        # Rules that begin with the same atoms share the way there.
        node = self
        for atom in atoms:
            node = node.branches.setdefault(atom.variable, {}).setdefault(atom.value, RuleTrie())
        node.rules.append(rule)


@final
@dataclass(frozen=True, eq=False)
class Reached:
    """A trie that some states lead to, tainted where an atom on the way was UNDEFINED."""

    trie: RuleTrie
    tainted: bool
    states: Places


def reached(starts: Iterable[Reached], columns: Columns) -> Iterator[Reached]:
    """Yields the tries behind atoms that hold or are on UNDEFINED names, with the states.

    Among the rules whose atoms are all on the given names, only those in the result can fire or
    read UNDEFINED: every other one has an atom on a defined name that does not hold.
    Atoms on names without a column are not followed.
    """
    ahead = list(starts)
    while ahead:
        place = ahead.pop()
        yield place
        for name, behind in place.trie.branches.items():
            if name in columns:
                ahead += _further(place, behind, columns[name][place.states])


def _further(place: Reached, behind: Mapping[int, RuleTrie], values: Column) -> Iterator[Reached]:
    # Of many branches only those are asked for whose values occur.
    present = set(values.tolist()) if len(behind) > _SCANNED or len(values) <= _SCANNED else behind
    for value in present:
        if value in behind:
            states = place.states[values == value]
            if states.size:
                yield Reached(behind[value], place.tainted, states)
    # An atom on an UNDEFINED name does not hold, and yet its rule may be an undefined read.
    undefined = place.states[values == UNDEFINED_CODE]
    if undefined.size:
        for trie in behind.values():
            yield Reached(trie, True, undefined)


def rule_trie(rules: Sequence[Rule], indices: Iterable[int], first: Collection[str]) -> RuleTrie:
    """Returns the trie of the rules with some indices; names in `first` come before all others."""
    chosen = list(indices)
    counts = Counter(atom.variable for index in chosen for atom in rules[index].atoms)
    # Uniform names come first, so that what is behind them is the case that is left to positions.
    order = sorted(counts, key=lambda name: (name not in first, -counts[name], name))
    rank = {name: place for place, name in enumerate(order)}
    trie = RuleTrie()
    for index in chosen:
        # One order of names for all paths: equal beginnings are shared, and no name comes twice.
        trie.add(sorted(rules[index].atoms, key=lambda atom: rank[atom.variable]), index)
    return trie
