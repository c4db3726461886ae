"""Effects: what rules do together, by the interpreter's own `transition`, each set once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final, final

import numpy as np
import numpy.typing as npt

from alta.errors import ExecutionError
from alta.interp.batch.codes import Codes
from alta.interp.batch.interning import Ids
from alta.interp.batch.trie import Column, Reached, RuleTrie, reached, rule_trie
from alta.interp.step import transition
from alta.lang.program import Program
from alta.lang.values import Value

__all__ = ["NOTHING", "Effect", "FunctionEffects", "RuleEffects"]

Effect = Mapping[str, Value] | None
"""The variables that are assigned, with their values; None where there is no next state."""

NOTHING: Final = 0
"""The number of the effect that assigns nothing, and of the case without rules."""

_Starts = tuple[tuple[RuleTrie, bool], ...]


@final
class RuleEffects:
    """Knows what the rules of a program do to local states.

    The work is divided. `shared` follows the atoms on uniform names, once for all positions, and
    comes to what is done to uniform variables and to a *case*: the parts of the program that are
    left for positions to decide. `own` follows the other atoms. States of the uniform names that
    lead to one case need not be told apart by what happens at a position.

    Attributes:
        effects: every effect so far, by number.
    """

    def __init__(self, program: Program, codes: Codes, uniform: frozenset[str]) -> None:
        """Sorts the rules into tries.

        Args:
            program: the program.
            codes: translates its values.
            uniform: its uniform names.
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
        self._numbers: dict[tuple[int, ...] | None, int] = {(): NOTHING}
        self.effects: list[Effect] = [{}]

    def shared(self, columns: Mapping[str, Column], count: int) -> tuple[Ids, Ids]:
        """Returns what is done to uniform variables, and the cases.

        Args:
            columns: the codes of all uniform names, in some states.
            count: the number of these states.
        """
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
        """Finds out what is done to the other variables at positions.

        Args:
            case: the case that they are in.
            columns: what is tested, in some states of positions.
            states: those of them that are in the case.
            effects: where to write their effects.
        """
        starts = [Reached(trie, tainted, states) for trie, tainted in self._starts[case]]
        self._fill(reached(starts, columns), states, effects)

    def tested(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Returns what rules test at positions.

        Args:
            columns: the codes of all names that are not uniform.
        """
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
            effects[some] = self._number(None)

    def _number(self, firing: list[int] | None) -> int:
        """Returns the number of the effect of rules that all fire; None for an undefined read."""
        key = None if firing is None else tuple(sorted(firing))
        if key not in self._numbers:
            self._numbers[key] = len(self.effects)
            self.effects.append(None if key is None else self._together(key))
        return self._numbers[key]

    def _together(self, firing: tuple[int, ...]) -> Effect:
        """Returns what rules do that all fire."""
        rules = tuple(self._program.rules[index] for index in firing)
        assigned = {rule.variable: self._program.variables[rule.variable] for rule in rules}
        # A state in which they fire: the values that they test, and nothing else.
        local: dict[str, Value] = {
            atom.variable: self._program.domains[atom.variable].contents[atom.value]
            for rule in rules
            for atom in rule.atoms
        }
        part = dataclasses.replace(self._program, mlp=rules, variables=assigned)
        try:
            return transition(part, local)
        except ExecutionError:
            return None


@final
class FunctionEffects:
    """Knows what an MLP function does to local states, by running it in each.

    Nothing is known of what it reads, so there is a case for every state of the uniform names.

    Attributes:
        effects: every effect so far, by number.
    """

    def __init__(self, program: Program, codes: Codes) -> None:
        """Takes a program whose function cannot be turned into rules.

        Args:
            program: the program.
            codes: translates its values.
        """
        self._program = program
        self._codes = codes
        self._cases: list[dict[str, Value]] = [{}]
        self._numbers: dict[tuple[tuple[str, Value], ...] | None, int] = {(): NOTHING}
        self.effects: list[Effect] = [{}]

    def shared(self, columns: Mapping[str, Column], count: int) -> tuple[Ids, Ids]:
        """Returns that nothing is done to uniform variables, of which there are none; and cases.

        Args:
            columns: the codes of all uniform names, in some states.
            count: the number of these states.
        """
        first = len(self._cases)
        self._cases += [self._local(columns, state) for state in range(count)]
        return np.zeros(count, dtype=np.int32), np.arange(first, first + count, dtype=np.int32)

    def tested(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Returns all that a function may read at positions."""
        return dict(columns)

    def own(
        self,
        case: int,
        columns: Mapping[str, Column],
        states: npt.NDArray[np.intp],
        effects: Ids,
    ) -> None:
        """Finds out what is done at positions; as for `RuleEffects.own`."""
        for state in states.tolist():
            local = self._cases[case] | self._local(columns, state)
            try:
                effect: Effect = transition(self._program, local)
            except ExecutionError:
                effect = None
            key = None if effect is None else tuple(effect.items())
            if key not in self._numbers:
                self._numbers[key] = len(self.effects)
                self.effects.append(effect)
            effects[state] = self._numbers[key]

    def _local(self, columns: Mapping[str, Column], state: int) -> dict[str, Value]:
        return {
            name: self._codes.value(name, int(column[state])) for name, column in columns.items()
        }
