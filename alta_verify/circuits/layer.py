"""One layer on sets: what heads and rules can make of sets of values, and on what that depends.

The state of a length is a set of values for each position and name, as in
`reach/sets/value_sets.py`, but layer by layer. With every result comes on which names it depends: a
name is *relevant* if two combinations of values in the sets that differ in it alone have different
results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final, TypeAlias, final

import numpy as np
import numpy.typing as npt

from alta.lang.heads import Head
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.arithmetic.means import TooManyMeans, means
from alta_verify.reach.sets.value_sets import may_fire

__all__ = ["ROLES", "LayerOnSets", "Read", "Row", "Written"]

# Of so many combinations of values the results are looked at one by one.
_COMBINATIONS: Final = 1 << 14

_FAILS: Final = -2

ROLES: Final = ("query", "key", "value")
"""As what a head reads a variable."""

Row: TypeAlias = Mapping[str, frozenset[int]]
"""The values that each name can have at a position, by index."""


@final
@dataclass(frozen=True)
class Read:
    """What a head can give at a position.

    Attributes:
        values: what it can give.
        relevant: as what it reads which positions, where that matters.
    """

    values: frozenset[int]
    relevant: frozenset[tuple[str, int]]


@final
@dataclass(frozen=True)
class Written:
    """What a variable can be after the MLP at a position.

    Attributes:
        values: its values where the rules for it do not fail.
        relevant: the names at that position on which it depends, or whether rules for it fail.
        fails: whether they fail at some combination of values.
    """

    values: frozenset[int]
    relevant: frozenset[str]
    fails: bool


@final
class LayerOnSets:
    """The layer of a program, on sets of values."""

    def __init__(self, abstraction: Abstraction) -> None:
        self._abstraction = abstraction
        self._finite = abstraction.finite
        self._written: dict[tuple[str, tuple[frozenset[int], ...]], Written] = {}

    def read(self, name: str, position: int, rows: Sequence[Row]) -> Read:
        """Returns what a head can give at a position of inputs of a length."""
        checkpoint()
        head = self._finite.heads[name]
        sources = head.mask.sources(position, len(rows))
        asked: set[frozenset[int] | None] = {None}
        if head.query is not None:
            asked = {self._abstraction.keys(head.query, q) for q in rows[position][head.query]}
        values: set[int] = set()
        relevant: set[tuple[str, int]] = set()
        for keys in asked:
            values |= self._answer(name, head, keys, sources, rows, relevant)
        if len(asked) > 1:
            relevant.add(("query", position))
        # Of one result nothing can be relevant: sets have all that there is.
        return Read(frozenset(values), frozenset(relevant if len(values) > 1 else ()))

    def _answer(
        self,
        name: str,
        head: Head,
        keys: frozenset[int] | None,
        sources: Sequence[int],
        rows: Sequence[Row],
        relevant: set[tuple[str, int]],
    ) -> set[int]:
        """Returns what the head gives where it asks for some keys, and adds what is relevant."""
        possible, certain = [], []
        for source in sources:
            key = None if keys is None or head.key is None else rows[source][head.key]
            if keys is None or key is None or key <= keys:
                certain.append(source)
            elif key.isdisjoint(keys):
                continue
            else:
                relevant.add(("key", source))
            possible.append(source)
        averages = self._abstraction.averages(name)
        # Beside one that is selected for sure, any other leaves a category UNDEFINED.
        readable = certain if certain and not averages else possible
        varying = (source for source in readable if len(rows[source][head.value]) > 1)
        relevant |= {("value", source) for source in varying}
        read = frozenset[int]().union(*(rows[source][head.value] for source in readable))
        if averages:
            undefined = set() if certain else {UNDEFINED_VALUE}
            return undefined | self._buckets(name, read, len(possible))
        if len(certain) > 1 or not possible:
            return {UNDEFINED_VALUE}
        return set(read) if len(certain) == len(possible) else {UNDEFINED_VALUE, *read}

    def _buckets(self, name: str, values: frozenset[int], count: int) -> set[int]:
        amounts = self._abstraction.amounts(name)
        try:
            possible = means(frozenset(amounts[value] for value in values), count)
        except TooManyMeans:
            return set(range(self._finite.domains[name].size))
        return {self._abstraction.bucket(name, mean) for mean in possible}

    def write(self, name: str, row: Row) -> Written:
        """Returns what a variable can be after the MLP, where its local state is in some sets."""
        names = (*self._finite.tested_by_variable[name], name)
        key = name, tuple(row[read] for read in names)
        if key not in self._written:
            checkpoint()
            self._written[key] = self._write(name, row)
        return self._written[key]

    def _write(self, name: str, row: Row) -> Written:
        rules = [rule for rule in self._finite.rules_by_variable[name] if _matters(rule, row)]
        names = dict.fromkeys(atom.variable for rule in rules for atom in rule.atoms)
        axes = [read for read in {**names, name: None} if len(row[read]) > 1]
        if prod(len(row[read]) for read in axes) > _COMBINATIONS:
            assigned = {
                self._finite.index_assigned(rule)
                for rule in rules
                if not self._trap(rule) and may_fire(rule, row)
            }
            return Written(row[name] | assigned, frozenset(axes), fails=True)
        results = self._results(name, rules, row, axes)
        # Along the axis of a name that is not relevant all results are equal. So are those of two
        # combinations that differ in several of these: change one after the other.
        relevant = frozenset(
            read
            for axis, read in enumerate(axes)
            if (results != results.take([0], axis=axis)).any()
        )
        values = frozenset(np.unique(results).tolist())
        # No run is in a state in which a rule fails; where all fail, nothing is concluded.
        return Written((values - {_FAILS}) or row[name], relevant, _FAILS in values)

    def _results(
        self, name: str, rules: Sequence[Rule], row: Row, axes: Sequence[str]
    ) -> npt.NDArray[np.int64]:
        """Returns what the variable is after the MLP, or that rules fail, at each combination."""
        shape = tuple(len(row[read]) for read in axes)
        grids = np.meshgrid(*(sorted(row[read]) for read in axes), indexing="ij", sparse=True)
        state = {read: np.asarray(min(row[read])) for read in row} | dict(
            zip(axes, grids, strict=True)
        )
        after = np.broadcast_to(state[name], shape).astype(np.int64)
        fails, written = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        for rule in rules:
            fires, undefined = np.ones((), dtype=bool), np.zeros((), dtype=bool)
            for atom in rule.atoms:
                value = state[atom.variable]
                missing = value == UNDEFINED_VALUE
                fires, undefined = fires & (missing | (value == atom.value)), undefined | missing
            # All atoms on defined names hold, and some name is UNDEFINED.
            fails |= fires & undefined
            fires = np.broadcast_to(fires & ~undefined, shape)
            if self._trap(rule):
                fails |= fires
                continue
            fails |= fires & written
            after = np.where(fires, self._finite.index_assigned(rule), after)
            written |= fires
        after[fails] = _FAILS
        return after

    def _trap(self, rule: Rule) -> bool:
        return self._finite.is_trap(rule)


def _matters(rule: Rule, row: Row) -> bool:
    """Says whether a rule may fire, or read something UNDEFINED, where values are in sets."""
    return all(
        not row[atom.variable].isdisjoint({atom.value, UNDEFINED_VALUE}) for atom in rule.atoms
    )
