"""Ways of answering that take turns, with growing budgets, until one of them knows.

Counting and symbolic runs each answer at once what the other may not answer in hours, and which
does is not told by the look of a program. So none of them is waited for: each may do a little work,
then each may do more. Counting knows beforehand what it takes, so that it begins when that is
little enough. What is spent in vain is in proportion to what the answer takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, assert_never, final

from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Budget, Clock, Deadline, SolverCalls, Work
from alta_verify.reach.answer import (
    Engine,
    Pattern,
    Reachable,
    ReachAnswer,
    Undecided,
    Unfinished,
    Unreachable,
)
from alta_verify.reach.sets.counting_engine import CountingEngine
from alta_verify.reach.slices import slice_for, weakened, whole
from alta_verify.reach.symbolic.engine import SymbolicEngine
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.universal import nonempty

__all__ = ["Portfolio"]

_FIRST: Final = 20_000
"""The work that each engine is given first: some tenths of a second."""

_GROWTH: Final = 2
"""By how much each round's work exceeds that of the one before."""

_KNOWN: Final = 64
"""So much more work may be done by who knows beforehand how much it is."""


@final
@dataclass(frozen=True)
class _Attempt:
    """A question put to one engine.

    Attributes:
        engine: who is asked.
        pattern: what is asked of it.
        share: how much work it may do, for each unit of a round.
        exact: whether what it finds is a local state of the program; else it may only be one of a
            slice, or of a weaker pattern.
    """

    engine: Engine
    pattern: Pattern
    share: int = 1
    exact: bool = False


@final
class Portfolio:
    """Knows what any engine of looking at the runs of a program knows."""

    def __init__(
        self,
        abstraction: Abstraction,
        max_len: int,
        max_layers: int | None,
        deadline: Deadline,
        calls: SolverCalls,
    ) -> None:
        """Takes the program; nothing is run before the first question.

        Args:
            abstraction: the program.
            max_len: the longest input.
            max_layers: the most layers; None for the program's own bound, or until every input
                halts or repeats a state.
            deadline: when to give up.
            calls: counts the solver's questions.
        """
        self._abstraction = abstraction
        self._deadline = deadline
        self._work = work = Work()
        language = abstraction.concrete.inputs
        # Not empty: who has looked at all lengths has looked at some runs.
        lengths = nonempty([n for n in language.lengths(max_len) if n > 0], "inputs in the bound")
        inputs = cache(lambda length: Inputs(language, length, work))
        self._counted = cache(
            lambda slice_: CountingEngine(abstraction, slice_, lengths, max_layers, work)
        )
        self._symbolic = cache(
            lambda slice_: SymbolicEngine(abstraction, slice_, inputs, lengths, max_layers, calls)
        )
        # How many questions each engine has answered.
        self._knew: dict[Engine, int] = {}

    @property
    def method(self) -> str:
        """How the answers were found, for the report: by the engines that knew one."""
        found = dict.fromkeys(engine.method for engine in self._knew)
        return " and ".join(found) or "symbolic runs of every length, swept with a SAT solver"

    @property
    def failure_free(self) -> bool:
        """Nothing is known of failures before somebody asks for them one by one."""
        return False

    def find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a run has a local state of the pattern."""
        # Who has answered before is likely to do so again.
        attempts = sorted(self._attempts(pattern), key=lambda one: -self._knew.get(one.engine, 0))
        units = _FIRST
        reason = Undecided("nobody was asked")
        while attempts:
            unfinished = []
            for one in attempts:
                if self._deadline.expired:
                    return Undecided("out of time")
                clock: Clock = self._deadline
                if len(attempts) > 1:
                    clock = Budget(self._work, units * one.share, self._deadline)
                match one.engine.find(one.pattern, clock):
                    case Unreachable():
                        return self._noted(one.engine, Unreachable())
                    case Reachable() as found if one.exact:
                        return self._noted(one.engine, found)
                    case Reachable():
                        pass
                    case Undecided() as open_:
                        reason = open_
                    case Unfinished():
                        unfinished.append(one)
                    case other:
                        assert_never(other)
            attempts = unfinished
            units *= _GROWTH
        return reason

    def _noted(self, engine: Engine, answer: ReachAnswer) -> ReachAnswer:
        self._knew[engine] = self._knew.get(engine, 0) + 1
        return answer

    def _attempts(self, pattern: Pattern) -> Iterator[_Attempt]:
        """Yields what may be asked of whom; small slices first, the whole program last.

        What no run has of a weaker pattern, no run has of the pattern.
        """
        program = self._abstraction.finite
        slices = dict(weakened(program, pattern))
        for slice_, weak in slices.items():
            yield _Attempt(self._counted(slice_), weak, _KNOWN)
            yield _Attempt(self._symbolic(slice_), weak)
        # Counting needs no more than what decides the pattern; what it leaves open is not found.
        last = slice_for(program, pattern)
        if last not in slices:
            yield _Attempt(self._counted(last), last.weaken(pattern), _KNOWN)
        yield _Attempt(self._symbolic(whole(program)), pattern, exact=True)
