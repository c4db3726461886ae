"""A slice of a program, run symbolically: one run a length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import final

from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Clock, SolverCalls
from alta_verify.reach.answer import (
    Pattern,
    Reachable,
    ReachAnswer,
    Undecided,
    Unfinished,
    Unreachable,
)
from alta_verify.reach.slices import Slice, whole
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun

__all__ = ["SymbolicEngine"]

_Key = frozenset[tuple[str, frozenset[int]]]


@final
class SymbolicEngine:
    """Knows exactly which local states the runs of a slice have."""

    def __init__(
        self,
        abstraction: Abstraction,
        slice_: Slice,
        inputs: Callable[[int], Inputs],
        lengths: Iterable[int],
        max_layers: int | None,
        calls: SolverCalls,
    ) -> None:
        """Takes what is run; runs begin with the first question.

        Args:
            abstraction: the program.
            slice_: what is run of it.
            inputs: gives the inputs of a length, the same ones every time.
            lengths: the lengths of the inputs.
            max_layers: the most layers; None for the program's own bound, or until every input
                halts or the symbolic state repeats.
            calls: counts the solver's questions.
        """
        self._abstraction = abstraction
        self._slice = slice_
        self._inputs = inputs
        self._lengths = tuple(lengths)
        self._max_layers = max_layers
        self._calls = calls
        self._runs: dict[int, SymbolicRun] = {}
        self._known: dict[tuple[_Key, int], Unreachable | Undecided] = {}

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        if self._slice == whole(self._abstraction.finite):
            return "symbolic runs of every length, swept with a SAT solver"
        return "symbolic runs of slices, for every length"

    def find(self, pattern: Pattern, clock: Clock) -> ReachAnswer | Unfinished:
        """Decides whether a run of the slice has a local state; shorter inputs come first.

        Args:
            pattern: the local state, in names of the slice.
            clock: when to stop; a later call goes on from there.
        """
        key = frozenset(pattern.items())
        answers = []
        for length in self._lengths:
            if (key, length) not in self._known:
                answer = self._run(length).find(pattern, clock)
                if isinstance(answer, Reachable | Unfinished):
                    return answer
                self._known[key, length] = answer
            answers.append(self._known[key, length])
        return next((one for one in answers if isinstance(one, Undecided)), Unreachable())

    def _run(self, length: int) -> SymbolicRun:
        if length not in self._runs:
            own = self._abstraction.concrete.layer_bound(length)
            bound = own if self._max_layers is None else self._max_layers
            self._runs[length] = SymbolicRun(
                self._abstraction, self._slice, self._inputs(length), bound, self._calls
            )
        return self._runs[length]
