"""Runs: what a task's program does, without a single weight.

Everything here is obtained from the meaning of programs alone, and would hold if no network
existed. That is why the obligations about the network may use it as a premise (theorem.md, "Why
this is no circle").
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final, final

from alta.limit import OutOfTime
from alta_verify.abstraction import Transition
from alta_verify.claim.bounded import Bounded
from alta_verify.obligation import WHOLE, NotShown, Share
from alta_verify.reach.answer import Pattern, Reachability, ReachAnswer, Undecided, Unreachable
from alta_verify.reach.enumeration import Enumeration
from alta_verify.reach.portfolio import Portfolio
from alta_verify.reach.sampled_runs import SampledRuns
from alta_verify.reach.sets.value_sets import ValueSets, class_sets, value_sets
from alta_verify.reach.symbolic.run import most_layers
from alta_verify.reach.violations import Violation, possible_violations
from alta_verify.reach.windows.reachability import WindowReachability
from alta_verify.search.samples import (
    long_words,
    sampled_transitions,
    short_words,
    transitions,
)
from alta_verify.universal import nonempty

__all__ = ["Runs"]

# Languages with at most so many inputs are run through rather than reasoned about.
_ENUMERABLE: Final = 1 << 15
# Of every length, so many short inputs are run.
_SHORT_WORDS: Final = 512
# Inputs of up to so many tokens are run to see that nobody denies what occurs.
_SHORT: Final = 8


@final
class Runs:
    """All runs of the program on inputs within the bounds."""

    def __init__(self, task: Bounded, share: Share = WHOLE) -> None:
        self._task, self._share = task, share

    def of(self, share: Share) -> Runs:
        """Returns the runs on a part of the inputs, with what is known of all of them."""
        if not self.enumerable:
            raise ValueError("expected a language that is run through, got one with more inputs")
        runs = Runs(self._task, share)
        runs.value_sets, runs.violations = self.value_sets, self.violations
        return runs

    @property
    def enumerable(self) -> bool:
        """Whether the inputs are so few that all of them are run."""
        number = self._task.number
        return number is not None and number <= _ENUMERABLE

    @cached_property
    def value_sets(self) -> ValueSets:
        """What each name can be, position by position, or class by class of positions."""
        task = self._task
        if task.max_len is None:
            return class_sets(task.abstraction)
        return value_sets(task.abstraction, task.live, task.lengths)

    @cached_property
    def violations(self) -> list[Violation]:
        """The conflicts, traps and undefined reads that value sets do not exclude."""
        finite = self._task.abstraction.finite
        return [violation for violation, _ in possible_violations(finite, self.value_sets)]

    @cached_property
    def reachability(self) -> Reachability:
        """Answers what value sets leave open."""
        task = self._task
        if task.max_len is None:
            return self._of_every_length
        # Running all inputs is the meaning itself; a portfolio of counting abstraction and symbolic
        # runs (Lemmas 5 to 7) is for languages with more of them.
        if self.enumerable:
            return Enumeration(task.abstraction, task.max_len, task.max_layers, self._share)
        return Portfolio(task.abstraction, task.max_len, task.max_layers, task.deadline, task.calls)

    @property
    def _of_every_length(self) -> Reachability:
        task = self._task
        otherwise = None
        # An invariant of neighbours is about programs whose positions see neighbours.
        if all(head.mask.listed is not None for head in task.program.heads.values()):
            otherwise = WindowReachability(
                task.abstraction, task.max_layers, task.deadline, task.calls
            )
        return SampledRuns(task.abstraction, self._samples, task.sampled_layers, otherwise)

    def _samples(self) -> list[tuple[int, ...]]:
        inputs, longest = self._task.inputs, self._task.extent.run
        return short_words(inputs, longest, _SHORT_WORDS) + long_words(inputs, longest)

    def exclude(self, patterns: Sequence[Pattern]) -> bool:
        """Says whether it is soon seen that no run has a local state of any of some patterns.

        The patterns are about the same names.
        """
        # A local state of one of them is a local state of their union.
        union = {
            name: frozenset().union(*(pattern[name] for pattern in patterns))
            for name in nonempty(patterns, "patterns")[0]
        }
        return isinstance(self.find(union, soon=True), Unreachable)

    def find(self, pattern: Pattern, *, soon: bool = False) -> ReachAnswer:
        """Decides whether a local state occurs, by value sets where they suffice.

        With `soon` it may be that nothing is known.
        """
        # Lemma 4 (value sets): what no position's sets have, no run has.
        if not any(
            all(row[name] & values for name, values in pattern.items())
            for row in self.value_sets.rows
        ):
            return Unreachable()
        try:
            answer = self.reachability.find(pattern, soon=soon)
        except OutOfTime:
            # A run that was interrupted in the middle of something is not asked again.
            self.__dict__.pop("reachability", None)
            raise
        if isinstance(answer, Undecided) and self._task.deadline.expired:
            raise OutOfTime
        # Lemma 12 (witnesses): absence is a premise of other proofs, so it is held against runs.
        if isinstance(answer, Unreachable) and any(step.is_of(pattern) for step in self._short):
            raise NotShown("a run has a local state that is said to be in none")
        return answer

    @cached_property
    def sampled(self) -> list[Transition]:
        """Steps that runs on a few inputs take."""
        return self._steps(self._task.extent.sampled)

    @cached_property
    def some_step(self) -> Transition | None:
        """A step that some run takes, without failing; None where none is seen to take one."""
        task = self._task
        steps = transitions(task.abstraction, task.extent.sampled, task.max_layers)
        return next(steps, None)

    @cached_property
    def _short(self) -> list[Transition]:
        """Steps that runs on short inputs take, which are in some run for sure."""
        return self._steps(min(self._task.extent.sampled, _SHORT))

    def _steps(self, longest: int) -> list[Transition]:
        return sampled_transitions(self._task.abstraction, longest, self._task.max_layers)

    @cached_property
    def most_layers(self) -> int | None:
        """The most layers that a run has, or None where nothing is there to end it."""
        # All obligations are about one relation, which must depend neither on the clock nor on what
        # a solver happens to know.
        task = self._task
        # Without a bound on layers nothing may drift: the proof of the theorem needs T_max for
        # that.
        if task.endless:
            return None
        if task.max_len is None:
            # The halt alone ends runs after more and more layers, the longer inputs are.
            return task.bound(1)
        layers = most_layers(
            task.abstraction, task.lengths, task.max_layers, task.deadline, task.calls
        )
        if layers is None:
            raise NotShown(
                "coordinates drift a little with every layer, and how many layers there are is "
                "not known"
            )
        return layers

    @cached_property
    def single_layer(self) -> bool:
        """Whether no run has a second layer, by the bound alone."""
        lengths = nonempty(self._task.representatives, "inputs within the bound")
        bounds = map(self._task.bound, lengths)
        return all(bound is not None and bound <= 1 for bound in bounds)
