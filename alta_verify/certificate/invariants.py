"""Invariants as evidence: that local states do not occur in runs on inputs of any length."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, final

from alta_verify.check.evidence import InvariantEvidence
from alta_verify.check.language import Language
from alta_verify.check.occurrence import InWindows
from alta_verify.check.program import Program, bits_of, indices
from alta_verify.check.value_sets import Pattern, Rows
from alta_verify.claim.computes import Task
from alta_verify.reach.answer import Unreachable
from alta_verify.reach.windows.folds import trimmed
from alta_verify.reach.windows.reachability import WindowReachability

__all__ = ["InvariantAbsence"]


@final
class InvariantAbsence:
    """Finds an invariant that no configuration with some local states is in."""

    def __init__(self, task: Task, program: Program, language: Language) -> None:
        """Takes what to run, as the prover and as the checker have it."""
        self._task, self._program, self._language = task, program, language
        self._engine = WindowReachability(
            task.abstraction, task.max_layers, task.deadline, task.calls
        )

    @cached_property
    def rows(self) -> Rows:
        """Values that names can have, as the checker has seen that they hold."""
        empty = InvariantEvidence.read(self.evidence([]), self._program)
        return InWindows(self._program, self._language, self._task.max_layers, empty).value_sets

    def show(self, pattern: Pattern) -> bool:
        """Says whether the invariant excludes a pattern, or a larger one does."""
        asked = {name: frozenset(indices(bits)) for name, bits in pattern.items()}
        return isinstance(self._engine.find(asked), Unreachable)

    def narrowed(self, state: Mapping[str, int]) -> dict[str, int] | None:
        """Returns as little of a local state as shows that it does not occur, if that is shown."""
        if not self.show(_pattern(state)):
            return None
        # As with slices: the smaller the pattern, the more states it excludes at once.
        kept = dict(state)
        for name in state:
            less = {n: index for n, index in kept.items() if n != name}
            if less and self.show(_pattern(less)):
                kept = less
        return kept

    def evidence(self, excluded: list[dict[str, Any]]) -> dict[str, Any]:
        """Returns all that was needed so far, with states that are excluded."""
        automaton = self._task.inputs.automaton(0)
        moves = trimmed(automaton)
        states = len(automaton.transitions)
        return {
            "automaton": {
                "start": automaton.start,
                "accepting": sorted(automaton.accepting),
                "moves": [sorted(map(list, moves.get(q, {}).items())) for q in range(states)],
            },
            "patterns": [
                [{name: sorted(values) for name, values in site} for site in pattern.sites]
                for pattern in self._engine.invariant.patterns
            ],
            "excluded": excluded,
        }


def _pattern(state: Mapping[str, int]) -> Pattern:
    return {name: bits_of([index]) for name, index in state.items()}
