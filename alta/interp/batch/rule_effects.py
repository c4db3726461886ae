"""The effects of rules: those that fire are looked up, and each set of them is worked out once."""

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

__all__ = ["RuleEffects"]

_Starts = tuple[tuple[RuleTrie, bool], ...]


@final
class RuleEffects:
    """Finds the rules that fire, and what they do together by the interpreter's `transition`.

    A case is a set of tries: what is left of the rules once the atoms on uniform names hold.
    """

    def __init__(
        self, program: Program, codes: Codes, uniform: frozenset[str], effects: Effects
    ) -> None:
        """Sorts the rules into tries.

        Args:
            program: the program.
            codes: translates its values.
            uniform: its uniform names.
            effects: numbers the effects.
        """
        self._program = program
        self._codes = codes
        rules = program.rules
        shared = [index for index, rule in enumerate(rules) if rule.variable in uniform]
        own = [index for index, rule in enumerate(rules) if rule.variable not in uniform]
        self._shared = rule_trie(rules, shared, uniform)
        self._own = rule_trie(rules, own, uniform)
        self._uniform = uniform
        self._tested = {atom.variable for index in own for atom in rules[index].atoms}
        self._cases: dict[tuple[tuple[int, bool], ...], int] = {(): NOTHING}
        self._starts: list[_Starts] = [()]
        self._tries: dict[RuleTrie, int] = {}
        self._effects = effects
        self._together: dict[tuple[int, ...], int] = {(): NOTHING}

    def shared(self, columns: Mapping[str, Column], count: int) -> tuple[Ids, Ids]:
        """Returns what is done to uniform variables, and the cases; as for `EffectFinder`."""
        everywhere, indices = np.arange(count), self._indices(columns)
        effects = np.empty(count, dtype=np.int32)
        places = reached([Reached(self._shared, False, everywhere)], indices)
        self._fill(places, everywhere, effects)
        left: list[list[tuple[int, bool]]] = [[] for _ in range(count)]
        tries: dict[int, RuleTrie] = {}
        for place in reached([Reached(self._own, False, everywhere)], indices):
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

    def own(
        self,
        case: int,
        columns: Mapping[str, Column],
        states: npt.NDArray[np.intp],
        effects: Ids,
    ) -> None:
        """Finds out what is done at positions; as for `EffectFinder`."""
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
        here: dict[int, list[int]] = {}
        fails: list[npt.NDArray[np.intp]] = []
        for place in places:
            if not place.trie.rules:
                continue
            if place.tainted:
                fails.append(place.states)
            elif len(place.states) == len(states):
                always += place.trie.rules
            else:
                for state in place.states.tolist():
                    here.setdefault(state, []).extend(place.trie.rules)
        effects[states] = self._number(always)
        for state, rules in here.items():
            effects[state] = self._number(always + rules)
        for some in fails:
            effects[some] = self._effects.number(None)

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
        part = dataclasses.replace(self._program, mlp=rules, variables=assigned)
        try:
            return transition(part, local)
        except ExecutionError:
            return None
