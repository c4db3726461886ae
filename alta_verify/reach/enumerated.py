"""Enumeration: every input of a small language, run with the batch interpreter."""

from __future__ import annotations

from functools import partial
from typing import final

import numpy as np
import numpy.typing as npt

from alta.interp.batch import LocalStates, Transitions, execute
from alta.interp.tokens import check_layers
from alta.lang.values import Value
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach.reach import Absent, Found, Open, Pattern, ReachAnswer
from alta_verify.universal import nonempty

__all__ = ["EnumeratedReach"]


@final
class EnumeratedReach:
    """Knows the local states of every run by having run them all."""

    def __init__(
        self, abstraction: Abstraction, max_len: int, max_layers: int | None, deadline: Deadline
    ) -> None:
        """Runs every input of length 1 … max_len, until it halts, repeats a state or is done.

        Args:
            abstraction: the program.
            max_len: the longest input.
            max_layers: the most layers; None for the program's own bound, or until each input
                halts or repeats a state.
            deadline: when to give up.
        """
        self._abstraction = abstraction
        self._program = program = abstraction.concrete
        self._max_layers = max_layers
        self._transitions = Transitions(program)
        self._local_states = LocalStates()
        self.inputs = 0
        self.complete = True
        self._failing = False
        for length in program.inputs.lengths(max_len):
            if length == 0:
                continue
            if deadline.expired:
                self.complete = False
                return
            words = list(program.inputs.automaton(length).enumerate_words(length))
            self.inputs += len(nonempty(words, f"inputs of {length} tokens"))
            self._execute(np.array(words, dtype=np.int64))
        # Not empty: so local states that are in no run are absent from some runs.
        nonempty(self.inputs, "inputs within the bound")

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        return f"enumeration of all {self.inputs:,} inputs"

    @property
    def failure_free(self) -> bool:
        """Whether all inputs were run and none of them failed."""
        return self.complete and not self._failing

    def find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a run has a local state of the pattern."""
        found = self._local_states.having(
            {name: partial(self._has, name, indices) for name, indices in pattern.items()}
        )
        if found.size:
            place = self._local_states.place(int(found[0]))
            return Found(place.tokens, place.layer, place.position)
        return Absent() if self.complete else Open("out of time")

    def _has(self, name: str, indices: frozenset[int], value: Value) -> bool:
        return self._abstraction.index_of(name, value) in indices

    def _execute(self, words: npt.NDArray[np.int64]) -> None:
        program = self._program
        bound = self._max_layers
        if bound is None and (program.halt is None or program.layers is not None):
            # A run with neither bound nor halt ends where it repeats itself.
            bound = program.layer_bound(words.shape[1])
        if bound is not None:
            bound = check_layers(program, words.shape[1], bound)
        run = execute(
            program,
            words,
            bound,
            transitions=self._transitions,
            stop_at_repeats=True,
            local_states=self._local_states,
        )
        self._failing = self._failing or bool(run.failures)
