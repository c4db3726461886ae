"""Executed inputs: the local states that the runs on some inputs go through."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import final

import numpy as np

from alta.interp.batch import LocalStates, Transitions, execute
from alta.lang.values import Value
from alta_verify.abstraction import Abstraction
from alta_verify.reach.answer import Pattern, Reachable

__all__ = ["ExecutedInputs"]


@final
class ExecutedInputs:
    """Some inputs with all local states of their runs, by the batch interpreter.

    Runs end where they halt or repeat a state, or at a bound on layers.
    """

    def __init__(self, abstraction: Abstraction) -> None:
        self._abstraction = abstraction
        self._transitions = Transitions(abstraction.concrete)
        self._local_states = LocalStates()
        # Whether some run failed.
        self.failing = False

    def add(self, words: Sequence[tuple[int, ...]], bound: int | None) -> None:
        """Runs inputs of one length."""
        run = execute(
            self._abstraction.concrete,
            np.array(words, dtype=np.int64),
            bound,
            transitions=self._transitions,
            # After a repeated state a run only repeats itself: all its local states were seen.
            # With neither a bound nor a halt it ends there.
            stop_at_repeats=True,
            local_states=self._local_states,
        )
        self.failing = self.failing or bool(run.failures)

    def find(self, pattern: Pattern) -> Reachable | None:
        """Returns where a run has a local state of a pattern, if one has."""
        matches = self._local_states.having(
            {name: partial(self._has, name, indices) for name, indices in pattern.items()}
        )
        if not matches.size:
            return None
        place = self._local_states.place(int(matches[0]))
        return Reachable(place.tokens, place.layer, place.position)

    def _has(self, name: str, indices: frozenset[int], value: Value) -> bool:
        return self._abstraction.index_of(name, value) in indices
