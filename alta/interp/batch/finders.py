"""Finders of effects: of rules, by a trie, and of a function that has too many paths to be rules.

Of rules, those that fire are looked up, and each set of them is worked out once. What they do
is left to the interpreter's own `transition`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import final

import numpy as np
import numpy.typing as npt

from alta.errors import ExecutionError
from alta.interp.batch.codes import Codes
from alta.interp.batch.effects import NOTHING, Effect, Effects
from alta.interp.batch.interning import Ids
from alta.interp.batch.trie import Column, Reached, RuleTrie, reached, rule_trie
from alta.interp.step import transition
from alta.lang.program import Program
from alta.lang.values import Value

__all__ = ["FunctionEffects", "RuleEffects"]

_Starts = tuple[tuple[RuleTrie, bool], ...]


@final
class RuleEffects:
    """What rules do together: those that fire, and their effect by the interpreter's `transition`.

    A case is a set of tries: what is left of the rules once the atoms on uniform names hold.
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
        self._cases: dict[tuple[tuple[int, bool], ...], int] = {(): NOTHING}
        self._starts: list[_Starts] = [()]
        self._tries: dict[RuleTrie, int] = {}
        self._effects = effects
        self._together: dict[tuple[int, ...], int] = {(): NOTHING}

    def shared(self, columns: Mapping[str, Column], count: int) -> tuple[Ids, Ids]:
        """Returns effects and cases; as for `EffectFinder`."""
        everywhere, indices = np.arange(count), self._indices(columns)
        effects = np.empty(count, dtype=np.int32)
        places = reached([Reached(self._shared, False, everywhere)], indices)
        self._fill(places, everywhere, effects)
        # What is left for positions to decide is the set of tries behind the uniform names. States
        # that leave the same set are one case, and share their table.
        left: list[list[tuple[int, bool]]] = [[] for _ in range(count)]
        tries: dict[int, RuleTrie] = {}
        for place in reached([Reached(self._local, False, everywhere)], indices):
            if self._matters(place.trie):
                number = self._tries.setdefault(place.trie, len(self._tries))
                tries[number] = place.trie
                for state in place.states.tolist():
                    left[state].append((number, place.tainted))
        cases = []
        for starts in left:
            key = tuple(sorted(starts))
            if key not in self._cases:
                self._cases[key] = len(self._starts)
                self._starts.append(tuple((tries[number], tainted) for number, tainted in key))
            cases.append(self._cases[key])
        return effects, np.array(cases, dtype=np.int32)

    def local(
        self,
        case: int,
        columns: Mapping[str, Column],
        states: npt.NDArray[np.intp],
        effects: Ids,
    ) -> None:
        """Writes what is done at positions; as for `EffectFinder`."""
        starts = [Reached(trie, tainted, states) for trie, tainted in self._starts[case]]
        self._fill(reached(starts, columns), states, effects)

    def tested(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Returns the indices of what rules test at positions; as for `EffectFinder`."""
        return self._indices({name: columns[name] for name in columns if name in self._tested})

    def _indices(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        return {name: self._codes.indices(name, column) for name, column in columns.items()}

    def _matters(self, trie: RuleTrie) -> bool:
        return bool(trie.rules) or any(name not in self._uniform for name in trie.branches)

    def _fill(self, places: Iterable[Reached], states: npt.NDArray[np.intp], effects: Ids) -> None:
        """Writes the effects of the rules at the end of some paths.

        All atoms of these rules hold or are on UNDEFINED names.
        """
        always: list[int] = []
        firing: dict[int, list[int]] = {}
        fails: list[npt.NDArray[np.intp]] = []
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
        rules = tuple(self._program.rules[index] for index in firing)
        assigned = {rule.variable: self._program.variables[rule.variable] for rule in rules}
        # A state in which they fire: the values that they test, and nothing else.
        local: dict[str, Value] = {
            atom.variable: self._codes.content(atom.variable, atom.value)
            for rule in rules
            for atom in rule.atoms
        }
        # The interpreter decides on a program of just these rules, so that a conflict, a trap or
        # an undefined read is one here if and only if it is one there.
        part = dataclasses.replace(self._program, mlp=rules, variables=assigned)
        try:
            return transition(part, local)
        except ExecutionError:
            return None


@final
class FunctionEffects:
    """What an MLP function does: it is run in every local state.

    Nothing is known of what it reads, so there is a case for every state of the uniform names.
    """

    def __init__(self, program: Program, codes: Codes, effects: Effects) -> None:
        self._effects = effects
        self._program = program
        self._codes = codes
        self._cases: list[dict[str, Value]] = [{}]

    def shared(self, columns: Mapping[str, Column], count: int) -> tuple[Ids, Ids]:
        """Returns new cases; there are no uniform variables to which anything could be done."""
        # A function may read anything, so no two states of the uniform names are one case.
        first = len(self._cases)
        self._cases += [self._local(columns, state) for state in range(count)]
        cases = np.arange(first, first + count, dtype=np.int32)
        return np.full(count, NOTHING, dtype=np.int32), cases

    def tested(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Returns all that a function may read at positions."""
        return dict(columns)

    def local(
        self,
        case: int,
        columns: Mapping[str, Column],
        states: npt.NDArray[np.intp],
        effects: Ids,
    ) -> None:
        """Writes what is done at positions; as for `EffectFinder`."""
        for state in states.tolist():
            local = self._cases[case] | self._local(columns, state)
            try:
                effect: Effect = transition(self._program, local)
            except ExecutionError:
                effect = None
            effects[state] = self._effects.number(effect)

    def _local(self, columns: Mapping[str, Column], state: int) -> dict[str, Value]:
        return {
            name: self._codes.value(name, int(column[state])) for name, column in columns.items()
        }
