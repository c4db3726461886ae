"""A portfolio of engines that take turns, with growing budgets, until one of them decides.

Counting and symbolic runs each answer at once what the other may not answer in hours, and which
does is not told by the look of a program. So none of them is waited for: each may do a little work,
then each may do twice as much (as with the restarts of Luby, Sinclair and Zuckerman 1993 and the
portfolios of Huberman, Lukose and Hogg 1997). What is spent in vain is in proportion to what the
answer takes. Inputs that an engine suspects are run.
"""

from __future__ import annotations

from collections import Counter
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
from alta_verify.reach.replay import occurrence
from alta_verify.reach.sets.counting_engine import CountingEngine
from alta_verify.reach.slices import SlicedProgram, slice_for, weakened, whole
from alta_verify.reach.symbolic.inputs import InputSpace
from alta_verify.reach.symbolic.run import SymbolicEngine
from alta_verify.universal import nonempty

__all__ = ["Portfolio"]

# The work that each engine is given first: some tenths of a second.
_FIRST: Final = 20_000
# By how much each round's work exceeds that of the one before.
_GROWTH: Final = 2
# In so many rounds an answer is had soon: some seconds.
_SOON: Final = 3
# So much more work may counting do, as most of it serves all questions about a slice.
_COUNTING: Final = 4


@final
@dataclass(frozen=True)
class _Attempt:
    """A question put to one engine.

    Attributes:
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
    """All engines for the runs of a program, on its slices and on the whole of it.

    Nothing is run before the first question; bounds are as in `Enumeration`.
    """

    def __init__(
        self,
        abstraction: Abstraction,
        max_len: int,
        max_layers: int | None,
        deadline: Deadline,
        calls: SolverCalls,
    ) -> None:
        self._abstraction, self._max_layers = abstraction, max_layers
        self._finite = abstraction.finite
        self._deadline = deadline
        self._work = work = Work()
        language = abstraction.concrete.inputs
        # Not empty: an engine that has looked at all lengths has looked at some runs.
        lengths = nonempty([n for n in language.lengths(max_len) if n > 0], "inputs in the bound")
        inputs = InputSpace.of_program(abstraction.concrete, work=work, calls=calls).of
        sliced = cache(lambda kept: SlicedProgram(abstraction, kept, max_layers))
        self._counting = cache(lambda kept: CountingEngine(sliced(kept), lengths, work))
        self._symbolic = cache(lambda kept: SymbolicEngine(sliced(kept), lengths, inputs))
        self._answered = Counter[Engine]()

    @property
    def method(self) -> str:
        """How the answers were found, for the report: by the engines that decided something."""
        methods = dict.fromkeys(engine.method for engine in self._answered)
        return " and ".join(methods) or "symbolic runs of every length, swept with a SAT solver"

    @property
    def failure_free(self) -> bool:
        """Nothing is known of failures before they are asked for one by one."""
        return False

    def find(self, pattern: Pattern, *, soon: bool = False) -> ReachAnswer:
        """Decides whether a run has a local state of the pattern.

        With `soon` no engine works for long, and nothing may be known then.
        """
        # Try engines that answered earlier queries first.
        attempts = sorted(self._attempts(pattern), key=lambda asked: -self._answered[asked.engine])
        units, reason = _FIRST, Undecided("no engine was asked")
        while attempts:
            if soon and units > _FIRST * _GROWTH**_SOON:
                return Undecided("not soon")
            unfinished = []
            for attempt in attempts:
                if self._deadline.expired:
                    return Undecided("out of time")
                # An engine that is alone need not stop for others.
                clock: Clock = self._deadline
                if soon or len(attempts) > 1:
                    clock = Budget(self._work, units * attempt.share, self._deadline)
                match attempt.engine.find(attempt.pattern, clock):
                    case Reachable() if not attempt.exact:
                        # What a run of a slice has, no run of the program need have.
                        pass
                    case Reachable() | Unreachable() as answer:
                        self._answered[attempt.engine] += 1
                        return answer
                    case Undecided() as undecided:
                        reason = undecided
                        if (reachable := self._replayed(undecided, pattern)) is not None:
                            return reachable
                    case Unfinished():
                        unfinished.append(attempt)
                    case answer:
                        assert_never(answer)
            # Budgets grow geometrically: all rounds together take a constant times the last one.
            attempts = unfinished
            units *= _GROWTH
        return reason

    def _replayed(self, undecided: Undecided, pattern: Pattern) -> Reachable | None:
        """Returns where the run on a suspect has a local state of a pattern, if one has."""
        for tokens in undecided.suspects:
            bound = self._max_layers
            if bound is None:
                bound = self._abstraction.concrete.layer_bound(len(tokens))
            reachable = occurrence(self._abstraction, tokens, bound, pattern)
            if reachable is not None:
                return reachable
        return None

    def _attempts(self, pattern: Pattern) -> Iterator[_Attempt]:
        """Yields what may be asked of which engine; small slices first, the whole program last."""
        # Lemma 6 (slices): what no run of a slice has of a weaker pattern, no run of the program
        # has of the pattern.
        slices = dict(weakened(self._finite, pattern))
        for kept, weak in slices.items():
            yield _Attempt(self._counting(kept), weak, _COUNTING)
            yield _Attempt(self._symbolic(kept), weak)
        # Counting needs no more than what decides the pattern; what it leaves open is not found.
        cone = slice_for(self._finite, pattern)
        if cone not in slices:
            yield _Attempt(self._counting(cone), cone.weaken(pattern), _COUNTING)
        yield _Attempt(self._symbolic(whole(self._finite)), pattern, exact=True)
