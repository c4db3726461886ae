"""The symbolic engine: one symbolic run for each length of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import final

from alta_verify.deadline import Clock
from alta_verify.reach.answer import (
    Pattern,
    Reachable,
    ReachAnswer,
    Undecided,
    Unfinished,
    Unreachable,
)
from alta_verify.reach.slices import SlicedProgram
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun

__all__ = ["SymbolicEngine"]

_Key = frozenset[tuple[str, frozenset[int]]]


@final
class SymbolicEngine:
    """The local states that the runs of a slice have, exactly, one length after the other."""

    def __init__(
        self, program: SlicedProgram, lengths: Iterable[int], inputs: Callable[[int], Inputs]
    ) -> None:
        """Takes what is run, and the inputs of a length; runs begin with the first question."""
        self._program = program
        self._lengths = tuple(lengths)
        self._inputs = inputs
        self._runs: dict[int, SymbolicRun] = {}
        self._answers: dict[tuple[_Key, int], Unreachable | Undecided] = {}

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        program = self._program
        if len(program.names) == len(program.finite.domains) and not program.defined:
            return "symbolic runs of every length, swept with a SAT solver"
        return "symbolic runs of slices, for every length"

    def find(self, pattern: Pattern, clock: Clock) -> ReachAnswer | Unfinished:
        """Decides whether a run of the slice has a local state; shorter inputs come first."""
        key = frozenset(pattern.items())
        answers = []
        for length in self._lengths:
            if (key, length) not in self._answers:
                answer = self._run(length).find(pattern, clock)
                # A slice has a local state as soon as one length has it, and lacks it if none has.
                if isinstance(answer, Reachable | Unfinished):
                    return answer
                self._answers[key, length] = answer
            answers.append(self._answers[key, length])
        undecided = (answer for answer in answers if isinstance(answer, Undecided))
        return next(undecided, Unreachable())

    def _run(self, length: int) -> SymbolicRun:
        if length not in self._runs:
            bound = self._program.layer_bound(length)
            self._runs[length] = SymbolicRun(self._program, self._inputs(length), bound)
        return self._runs[length]
