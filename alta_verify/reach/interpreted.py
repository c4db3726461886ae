"""Interpretation: every input of a small language, run step by step as the language defines it."""

from __future__ import annotations

from typing import final

from alta.errors import ExecutionError
from alta.interp.step import Local, attend, halted, initial_state, mlp
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach.reach import Absent, Found, Open, Pattern, ReachAnswer

__all__ = ["InterpretedReach"]


@final
class InterpretedReach:
    """Knows the local states of every run by having run them all, one after another."""

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
        self._max_layers = max_layers
        self._seen: dict[tuple[int, ...], Found] = {}
        self.inputs = 0
        self.complete = True
        self._failing = False
        for word in abstraction.concrete.inputs.enumerate(max_len):
            if deadline.expired:
                self.complete = False
                return
            if word:
                self.inputs += 1
                self._follow(abstraction.concrete, tuple(word))

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
        columns = {name: i for i, name in enumerate(self._abstraction.concrete.domains)}
        wanted = [(columns[name], values) for name, values in pattern.items()]
        for local, place in self._seen.items():
            if all(local[column] in values for column, values in wanted):
                return place
        return Absent() if self.complete else Open("out of time")

    def _follow(self, program: Program, word: tuple[int, ...]) -> None:
        bound = program.layer_bound(len(word)) if self._max_layers is None else self._max_layers
        state = initial_state(program, word)
        past = set()
        layer = 0
        while not halted(program, state) and layer != bound:
            key = tuple(tuple(local.values()) for local in state)
            if key in past:
                return
            past.add(key)
            layer += 1
            attended = attend(program, state)
            for position, local in enumerate(attended):
                self._seen.setdefault(self._indices(local), Found(word, layer, position))
            try:
                state = mlp(program, attended, layer=layer)
            except ExecutionError:
                self._failing = True
                return

    def _indices(self, local: Local) -> tuple[int, ...]:
        return tuple(
            self._abstraction.index_of(name, local[name])
            for name in self._abstraction.concrete.domains
        )
