"""Enumeration: every input of a small language, run with the batch interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np

from alta.interp.batch import BatchRun, Transitions, execute
from alta.interp.tokens import check_layers
from alta.lang.program import Program
from alta_verify.deadline import Deadline
from alta_verify.reach.reach import Absent, Found, Open, Pattern, ReachAnswer

__all__ = ["EnumeratedReach"]


@final
class EnumeratedReach:
    """Knows the local states of every run by having run them all."""

    def __init__(
        self, program: Program, max_len: int, max_layers: int | None, deadline: Deadline
    ) -> None:
        """Runs every input of length 1 … max_len, until it halts, repeats a state or is done.

        Args:
            program: the program.
            max_len: the longest input.
            max_layers: the most layers; None for the program's own bound, or until each input
                halts or repeats a state.
            deadline: when to give up.
        """
        self._program = program
        self._max_layers = max_layers
        self._transitions = Transitions(program)
        self._words: list[np.ndarray[tuple[int, int], np.dtype[np.int64]]] = []
        self.inputs = 0
        self.complete = True
        for length in program.inputs.lengths(max_len):
            if length == 0:
                continue
            if deadline.expired:
                self.complete = False
                return
            words = np.array(
                list(program.inputs.automaton(length).enumerate_words(length)), dtype=np.int64
            )
            self._words.append(words)
            self.inputs += len(words)
            self._execute(words, keep_steps=False)

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        return f"enumeration of all {self.inputs:,} inputs"

    def find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a run has a local state of the pattern."""
        columns = {name: index for index, name in enumerate(self._program.domains)}
        wanted = [(columns[name], values) for name, values in pattern.items()]
        for local in self._transitions.seen:
            if all(local[column] in values for column, values in wanted):
                return self._locate(local)
        return Absent() if self.complete else Open("out of time")

    def _locate(self, local: tuple[int, ...]) -> Found:
        for place in self._places(local):
            return place
        raise RuntimeError(f"Expected the local state {local!r} to occur where it was seen.")

    def _places(self, local: tuple[int, ...]) -> Iterator[Found]:
        for words in self._words:
            run = self._execute(words, keep_steps=True)
            for layer, step in enumerate(run.steps, start=1):
                for row, position in np.argwhere((step.attended == local).all(axis=-1)).tolist():
                    yield Found(tuple(words[row].tolist()), layer, position)

    def _execute(
        self, words: np.ndarray[tuple[int, int], np.dtype[np.int64]], *, keep_steps: bool
    ) -> BatchRun:
        program = self._program
        bound = self._max_layers
        if bound is None and (program.halt is None or program.layers is not None):
            # A run with neither bound nor halt ends where it repeats itself.
            bound = program.layer_bound(words.shape[1])
        if bound is not None:
            bound = check_layers(program, words.shape[1], bound)
        return execute(
            program,
            words,
            bound,
            transitions=self._transitions,
            keep_steps=keep_steps,
            stop_at_repeats=True,
        )
