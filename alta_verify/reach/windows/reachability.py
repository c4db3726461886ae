"""Local states in the runs on inputs of every length: reachable, with an input, or excluded.

`WindowReachability` answers questions about local states as other engines do for bounded lengths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Final, final

from alta.limit import OutOfTime
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.reach.answer import Pattern, ReachAnswer, Undecided, Unreachable
from alta_verify.reach.replay import occurrence
from alta_verify.reach.symbolic.transformer import Interrupted, Stuck
from alta_verify.reach.windows.induction import NotInductive, check_invariant
from alta_verify.reach.windows.patterns import Invariant, WindowPattern
from alta_verify.reach.windows.search import Search, Stopped
from alta_verify.reach.windows.system import Case, Hazard, System
from alta_verify.reach.windows.witness import Sites, configurations, inputs_of, matches
from alta_verify.universal import nonempty

__all__ = ["Unblocked", "WindowReachability", "Windows"]

# Runs on so many short inputs, of so many layers, are held against an invariant.
_INPUTS: Final = 24
_LENGTH: Final = 8
_LAYERS: Final = 16
# So many neighbours more are looked at to see that a run has ended.
_CONTEXT: Final = 3


class Unblocked(Exception):  # noqa: N818 - an outcome, not an error
    """A hazard was not excluded, for a reason in words, with inputs whose runs may have it."""

    def __init__(
        self, hazard: Hazard, reason: str, suspects: tuple[tuple[int, ...], ...] = ()
    ) -> None:
        super().__init__(reason)
        self.hazard, self.suspects = hazard, suspects


@final
class Windows:
    """An invariant of all runs of a system, which grows with what it has to exclude.

    Attributes:
        system: the runs.
        invariant: what was shown to be one; without patterns at first.
    """

    def __init__(self, system: System, deadline: Deadline, calls: SolverCalls) -> None:
        self.system = system
        self.invariant = Invariant(())
        self._deadline, self._calls = deadline, calls
        self._search = Search(system, calls, deadline)
        self._shown: dict[Hazard, int] = {}

    @property
    def blocked(self) -> int:
        """How many counterexamples to induction were blocked."""
        return self._search.blocked

    def exclude(self, hazards: Sequence[Hazard]) -> Invariant:
        """Shows that no run has any of some hazards, by an invariant that is checked.

        Raises `Unblocked` where that is not shown, `OutOfTime` when time is up.
        """
        context = {h: self._needed(h) for h in hazards if h not in self._shown}
        try:
            while context:
                outcome = self._search.exclude(list(context.items()))
                if outcome is None:
                    break
                hazard, chain = outcome
                suspects = tuple(inputs_of(self.system, chain))
                # What is bad at the end may be there before, where other positions go on.
                if (
                    not hazard.ended
                    or context[hazard] == _CONTEXT
                    or self._is_real(hazard, suspects)
                ):
                    raise Unblocked(hazard, f"after {chain.layers} layers of some input", suspects)
                context[hazard] += 1
            self._check(context)
        except Stopped as stopped:
            if self._deadline.expired or stopped.pattern is None:
                raise OutOfTime from None
            raise Unblocked(next(iter(context)), "the search stopped") from None
        except (NotInductive, Interrupted, Stuck) as reason:
            raise Unblocked(next(iter(context)), f"the invariant was not shown: {reason}") from None
        self._shown |= context
        return self.invariant

    def _needed(self, hazard: Hazard) -> int:
        """Returns how many neighbours more than a layer sees a hazard is about."""
        left, right = self.system.radius
        offsets = [offset for case in hazard.cases for offset in case.beside]
        return max([0, *(max(-offset - left, offset - right) for offset in offsets)])

    def steps(
        self, names: Sequence[str], limit: int
    ) -> set[tuple[tuple[int, ...], tuple[int, ...]]] | None:
        """Returns the steps that some variables of a position may take, if these are few.

        Those that runs take are among them as far as the invariant that was found is one.
        """
        try:
            return self._search.steps(names, limit)
        except Stopped:
            raise OutOfTime from None

    def _is_real(self, hazard: Hazard, suspects: Sequence[tuple[int, ...]]) -> bool:
        """Says whether the last configuration of some run has a hazard."""
        return any(
            matches(WindowPattern((tuple(case.before.items()),)), list(self._run(tokens))[-1])
            for tokens in suspects
            for case in hazard.cases
        )

    def _run(self, tokens: tuple[int, ...]) -> Iterator[Sites]:
        return configurations(self.system, tokens, 64 * len(tokens))

    def _check(self, context: dict[Hazard, int]) -> None:
        """Shows that what was found is an invariant that excludes hazards."""
        invariant = self._search.invariant
        parts = self.system, invariant
        # What fewer patterns exclude is excluded by more of them: premises are stronger then. Where
        # nothing was added, the new hazards alone are asked about.
        unchanged = invariant == self.invariant
        check_invariant(
            *parts, list(context.items()), self._calls, self._deadline, inductive=unchanged
        )
        # Lemma 12 (witnesses): what no run is said to have is looked up in real ones.
        for sites in self._samples:
            for pattern in invariant.patterns:
                if matches(pattern, sites):
                    raise NotInductive(f"a run denies: {pattern.sentence(self.system.shown)}")
        self.invariant = invariant

    @cached_property
    def _samples(self) -> list[Sites]:
        inputs = self.system.abstraction.concrete.inputs
        words = list(islice(filter(None, inputs.enumerate(_LENGTH)), _INPUTS))
        if not words:
            length = next(n for n in inputs.lengths(1 << 12) if n > 0)
            words = [inputs.automaton(length).word_at(length, 0)]
        return [
            sites
            for word in nonempty(words, "inputs")
            for sites in configurations(self.system, word, _LAYERS)
        ]


@final
class WindowReachability:
    """The local states of the runs on all inputs of a language, of any length.

    The program is one that `check_program_lengths` and `check_heads` let pass. Nothing is done
    before the first question.
    """

    def __init__(
        self,
        abstraction: Abstraction,
        max_layers: int | None,
        deadline: Deadline,
        calls: SolverCalls,
    ) -> None:
        self._deadline = deadline
        self.windows = Windows(System(abstraction, max_layers), deadline, calls)

    @property
    def invariant(self) -> Invariant:
        """The invariant that was shown so far."""
        return self.windows.invariant

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        number, width = len(self.invariant.patterns), self.invariant.width
        if not number:
            return "one layer of any configuration, for every length"
        return (
            f"an inductive invariant of {number} patterns of up to {width} neighbours, every length"
        )

    @cached_property
    def failure_free(self) -> bool:
        """Whether it is known that no run fails."""
        try:
            self.windows.exclude(self.windows.system.failures)
        except Unblocked:
            return False
        return True

    def find(self, pattern: Pattern, *, soon: bool = False) -> ReachAnswer:  # noqa: ARG002
        """Decides whether a run has a local state of the pattern."""
        system = self.windows.system
        hazard = Hazard("a local state", (Case(pattern),))
        # A layer is followed only where no position fails, so that this is excluded as well.
        failures = system.failures if self.failure_free else ()
        try:
            self.windows.exclude([*failures, hazard])
        except Unblocked as reason:
            for tokens in reason.suspects:
                bound = system.bound
                reachable = occurrence(system.abstraction, tokens, bound, pattern)
                if reachable is not None:
                    return reachable
            return Undecided(f"every length: {reason}", reason.suspects)
        return Unreachable()
