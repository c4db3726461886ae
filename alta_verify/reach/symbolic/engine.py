"""The symbolic engine: one symbolic run for each length of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
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
from alta_verify.reach.slices import SlicedProgram, slice_of
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.universal import nonempty

__all__ = ["SymbolicEngine", "most_layers"]

_Key = frozenset[tuple[str, frozenset[int]]]


@final
class SymbolicEngine:
    """The local states that the runs of a slice have, exactly, one length after the other."""

    def __init__(
        self, program: SlicedProgram, lengths: Iterable[int], inputs: Callable[[int], Inputs]
    ) -> None:
        self._program = program
        self._lengths = tuple(lengths)
        self._run = cache(lambda n: SymbolicRun(program, inputs(n), program.layer_bound(n)))
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


def most_layers(
    abstraction: Abstraction,
    lengths: tuple[int, ...],
    max_layers: int | None,
    clock: Clock,
    calls: SolverCalls,
) -> int | None:
    """Returns a number of layers after which every run that has not failed has ended.

    Where nothing bounds the layers, the halt has to: runs of the slice that decides when to halt
    are followed to their ends, for all inputs of a length at once. None where some run does not
    end, or where that is not known.
    """
    # Lemma 6 (slices): the program halts where the slice of its halt variable does.
    program = SlicedProgram(abstraction, slice_of(abstraction.finite, ()), max_layers)
    layers = []
    for length in nonempty(lengths, "inputs within the bound"):
        bound = program.layer_bound(length)
        if bound is None and program.finite.halt is None:
            return None
        if bound is None:
            inputs = Inputs(abstraction.concrete.inputs, length, calls=calls)
            run = SymbolicRun(program, inputs, None)
            # Lemma 7: an input runs in a layer exactly if its guard says so, and is endless so too.
            if not run.advance(clock) or run.endless != FALSE:
                return None
            bound = len(run.layers)
        layers.append(bound)
    return max(layers)
