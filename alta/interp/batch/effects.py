"""Effects: what the MLP does to states, as numbers, by rules or by a function that has none.

Of rules, those that fire are looked up in a trie, and each set of them is worked out once. What
they do is left to the interpreter's own `transition`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final, final

import numpy as np

from alta.errors import ExecutionError
from alta.interp.batch.codes import Codes
from alta.interp.batch.interning import GrowingColumn, Ids, Interner, PairInterner, Places, Rows
from alta.interp.batch.trie import Column, Columns, Reached, RuleTrie, reached, rule_trie
from alta.interp.step import transition
from alta.lang.program import Program
from alta.lang.rules import RuleSet
from alta.lang.values import Value

__all__ = [
    "FAILS",
    "NOTHING",
    "Effect",
    "EffectFinder",
    "Effects",
    "FunctionEffects",
    "RuleEffects",
    "Situations",
    "successor",
]

Effect = Mapping[str, Value] | None
"""The variables that are assigned, with their values; None where there is no next state."""

NOTHING: Final = 0
"""The number of the effect that assigns nothing, and of the case in which nothing is assigned."""

FAILS: Final = -1
"""Stands for the next state where there is none."""


@final
class Effects:
    """A numbering of distinct effects, in the order in which they come up."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[tuple[str, Value], ...] | None, int] = {(): NOTHING}
        self._effects: list[Effect] = [{}]

    def __getitem__(self, number: int) -> Effect:
        return self._effects[number]

    def number(self, effect: Effect) -> int:
        """Returns the number of an effect; one that is new gets the next number."""
        # Sorted, so that the order in which rules fire does not matter.
        key = None if effect is None else tuple(sorted(effect.items()))
        number = self._numbers.setdefault(key, len(self._effects))
        if number == len(self._effects):
            self._effects.append(effect)
        return number


def successor(rows: Rows, codes: Codes, effect: Effect, row: int) -> int:
    """Returns the row that an effect turns a row into, or FAILS."""
    if effect is None:
        return FAILS
    if not effect:
        return row
    values = list(rows[row])
    for name, value in effect.items():
        values[rows.names.index(name)] = codes.code(name, value)
    return rows.number(tuple(values))


@final
class RuleEffects:
    """What rules do together: those that fire, and their effect by the interpreter's `transition`.

    It is found in two parts. `shared` looks at the uniform names, once for all positions, and comes
    to what is done to the uniform variables and to a *case*, a set of tries: what is left of the
    rules once the atoms on uniform names hold. `local` looks at the other names.
    """

    def __init__(
        self, program: Program, codes: Codes, uniform: frozenset[str], effects: Effects
    ) -> None:
        self._program = program
        self._codes = codes
        rules = program.rules
        shared = [index for index, rule in enumerate(rules) if rule.variable in uniform]
        local = [index for index, rule in enumerate(rules) if rule.variable not in uniform]
        self._shared = rule_trie(rules, shared, uniform)
        self._local = rule_trie(rules, local, uniform)
        self._uniform = uniform
        self._tested = {atom.variable for index in local for atom in rules[index].atoms}
        # Where no trie is left, no rule can fire at any position: that is the case NOTHING.
        self._cases: dict[frozenset[tuple[RuleTrie, bool]], int] = {frozenset(): NOTHING}
        self._starts: list[list[tuple[RuleTrie, bool]]] = [[]]
        self._effects = effects
        self._together: dict[tuple[int, ...], int] = {(): NOTHING}

    def shared(self, columns: Columns, count: int) -> tuple[Ids, Ids]:
        """Returns what is done to uniform variables, and the cases, for some states."""
        everywhere, indices = np.arange(count), self._indices(columns)
        effects = np.empty(count, dtype=np.int32)
        places = reached([Reached(self._shared, False, everywhere)], indices)
        self._fill(places, everywhere, effects)
        # What is left for positions to decide is the set of tries behind the uniform names. States
        # that leave the same set are one case, and share their table.
        left: list[list[tuple[RuleTrie, bool]]] = [[] for _ in range(count)]
        for place in reached([Reached(self._local, False, everywhere)], indices):
            if self._matters(place.trie):
                for state in place.states.tolist():
                    left[state].append((place.trie, place.tainted))
        cases = []
        for starts in left:
            case = self._cases.setdefault(frozenset(starts), len(self._starts))
            if case == len(self._starts):
                self._starts.append(starts)
            cases.append(case)
        return effects, np.array(cases, dtype=np.int32)

    def tested(self, columns: Columns) -> dict[str, Column]:
        """Returns those columns, of names that are not uniform, that make a difference: indices."""
        return self._indices({name: columns[name] for name in columns if name in self._tested})

    def local(self, case: int, columns: Columns, states: Places, effects: Ids) -> None:
        """Writes what is done to the other variables in states of a case; columns of `tested`."""
        starts = [Reached(trie, tainted, states) for trie, tainted in self._starts[case]]
        self._fill(reached(starts, columns), states, effects)

    def _indices(self, columns: Columns) -> dict[str, Column]:
        return {name: self._codes.indices(name, column) for name, column in columns.items()}

    def _matters(self, trie: RuleTrie) -> bool:
        return bool(trie.rules) or any(name not in self._uniform for name in trie.branches)

    def _fill(self, places: Iterable[Reached], states: Places, effects: Ids) -> None:
        """Writes the effects of rules all of whose atoms hold or are on UNDEFINED names."""
        always: list[int] = []
        firing: dict[int, list[int]] = {}
        fails: list[Places] = []
        for place in places:
            if not place.trie.rules:
                continue
            # A rule behind an UNDEFINED name is an undefined read, as all its other atoms hold.
            if place.tainted:
                fails.append(place.states)
            elif len(place.states) == len(states):
                always += place.trie.rules
            else:
                for state in place.states.tolist():
                    firing.setdefault(state, []).extend(place.trie.rules)
        # Most states reach the same rules, so only what is beside those is gone through by state.
        effects[states] = self._number(always)
        for state, rules in firing.items():
            effects[state] = self._number(always + rules)
        for failing in fails:
            effects[failing] = self._effects.number(None)

    def _number(self, firing: list[int]) -> int:
        """Returns the number of the effect of rules that all fire."""
        key = tuple(sorted(firing))
        if key not in self._together:
            self._together[key] = self._effects.number(self._effect(key))
        return self._together[key]

    def _effect(self, firing: tuple[int, ...]) -> Effect:
        rules = RuleSet(self._program.rules[index] for index in firing)
        assigned = {rule.variable: self._program.variables[rule.variable] for rule in rules}
        # A state in which they fire: the values that they test, and nothing else.
        local: dict[str, Value] = {
            atom.variable: self._codes.content(atom.variable, atom.value)
            for rule in rules
            for atom in rule.atoms
        }
        # The interpreter decides on a program of just these rules, so that a conflict, a trap or
        # an undefined read is one here if and only if it is one there.
        return _effect(dataclasses.replace(self._program, mlp=rules, variables=assigned), local)


def _effect(program: Program, local: Mapping[str, Value]) -> Effect:
    try:
        return transition(program, local)
    except ExecutionError:
        return None


@final
class FunctionEffects:
    """What an MLP function does: it is run in every local state; methods as of `RuleEffects`.

    Nothing is known of what it reads, so there is a case for every state of the uniform names.
    """

    def __init__(self, program: Program, codes: Codes, effects: Effects) -> None:
        self._effects = effects
        self._program = program
        self._codes = codes
        self._cases: list[dict[str, Value]] = [{}]

    def shared(self, columns: Columns, count: int) -> tuple[Ids, Ids]:
        """Returns new cases; there are no uniform variables to which anything could be done."""
        # A function may read anything, so no two states of the uniform names are one case.
        first = len(self._cases)
        self._cases += [self._local(columns, state) for state in range(count)]
        cases = np.arange(first, first + count, dtype=np.int32)
        return np.full(count, NOTHING, dtype=np.int32), cases

    def tested(self, columns: Columns) -> dict[str, Column]:
        """Returns all that a function may read at positions."""
        return dict(columns)

    def local(self, case: int, columns: Columns, states: Places, effects: Ids) -> None:
        """Writes what is done at positions."""
        for state in states.tolist():
            local = self._cases[case] | self._local(columns, state)
            effects[state] = self._effects.number(_effect(self._program, local))

    def _local(self, columns: Columns, state: int) -> dict[str, Value]:
        return {
            name: self._codes.value(name, int(column[state])) for name, column in columns.items()
        }


EffectFinder = RuleEffects | FunctionEffects
"""What finds out what the MLP does to local states."""


@final
class Situations:
    """The effects at positions, by their case and by the values that rules test.

    There are fewer of these than states of positions: a position may hold what no rule tests, such
    as its address.
    """

    def __init__(self, finder: EffectFinder) -> None:
        self._finder = finder
        self._cases = Interner()
        self._tables: dict[str, PairInterner] = {}
        self._effects = GrowingColumn()

    def effects(self, cases: Ids, columns: Columns) -> Ids:
        """Returns what is done at positions, by their cases and the codes of all other names."""
        # The key is the case with one tested value after the other, interned pair by pair.
        tested = self._finder.tested(columns)
        numbers = self._cases.intern(cases.astype(np.int64))
        for name, column in tested.items():
            table = self._tables.setdefault(name, PairInterner())
            # UNDEFINED is -1.
            numbers = table.intern(numbers, column + 1)
        new = np.flatnonzero(numbers >= len(self._effects))
        if new.size:
            positions = new[np.unique(numbers[new], return_index=True)[1]]
            effects = np.empty(len(cases), dtype=np.int32)
            # Sorted, positions of one case lie side by side, and are worked out together.
            order = positions[np.argsort(cases[positions], kind="stable")]
            for alike in np.split(order, np.flatnonzero(np.diff(cases[order])) + 1):
                self._finder.local(int(cases[alike[0]]), tested, alike, effects)
            self._effects.extend(effects[positions])
        return self._effects.values[numbers]
