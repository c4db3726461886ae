"""Occurrence: which local states no run has, without a single weight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, final

from alta_verify.check.evidence import Evidence, InvariantEvidence
from alta_verify.check.language import Language
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused
from alta_verify.check.runs import Runs
from alta_verify.check.value_sets import Live, Pattern, Rows, ValueSets, described
from alta_verify.check.windows import Windows

__all__ = ["InRuns", "InWindows", "Occurrence"]


class Occurrence(ABC):
    """What is known of the runs on the inputs in question."""

    evidence: Evidence | InvariantEvidence
    means: ClassVar[str]  # what excludes local states that value sets leave open

    @property
    @abstractmethod
    def value_sets(self) -> Rows:
        """The values that each name can have."""

    @property
    @abstractmethod
    def idle(self) -> Sequence[int]:
        """The numbers of those pieces of evidence that have shown nothing so far."""

    @abstractmethod
    def is_absent(self, pattern: Pattern) -> bool:
        """Says whether it is known that no run has a pattern."""

    def check_failure(self, failure: str) -> int:
        """Checks that no run has a failure, and returns how many cases value sets leave open."""
        cases = 0
        for event, pattern in self.value_sets.suspects(failure):
            # Value sets exclude most suspects; runs are asked of the others.
            if self.value_sets.may_meet(pattern):
                cases += 1
                if not self.is_absent(pattern):
                    raise Refused(
                        f"it is not shown that never {event}, where {described(pattern)}: "
                        "evidence.json leaves it possible"
                    )
        return cases


@final
@dataclass
class InRuns(Occurrence):
    """By value sets, position by position, and by running slices."""

    program: Program
    language: Language
    live: Live
    max_layers: int | None
    evidence: Evidence
    _useful: set[int] = field(default_factory=set)
    means = "runs of slices"

    @cached_property
    def value_sets(self) -> ValueSets:
        """The values that each name can have, position by position."""
        return ValueSets(self.program, self.live, self.evidence.rows)

    @cached_property
    def _runs(self) -> list[Runs]:
        return [
            Runs(self.program, self.language, self.live, self.max_layers, hint)
            for hint in self.evidence.hints
        ]

    @property
    def idle(self) -> list[int]:
        """The numbers of the runs that have shown nothing so far."""
        return sorted(set(range(len(self.evidence.hints))) - self._useful)

    def is_absent(self, pattern: Pattern) -> bool:
        """Says whether it is known that no run has a pattern."""
        # Lemma 4 (value sets), and Lemma 6 (slices): what no run of a slice has, no run has.
        if not self.value_sets.may_meet(pattern):
            return True
        for number, runs in enumerate(self._runs):
            if not runs.may_meet(pattern):
                # One slice is enough. Those that exclude nothing are refused at the end.
                self._useful.add(number)
                return True
        return False


@final
@dataclass
class InWindows(Occurrence):
    """By an invariant of neighbours, in inputs of any length."""

    program: Program
    language: Language
    max_layers: int | None
    evidence: InvariantEvidence
    means = "an invariant"

    @cached_property
    def _windows(self) -> Windows:
        hints = self.evidence
        return Windows(self.program, self.language, hints.acceptor, hints.patterns, self.max_layers)

    @cached_property
    def value_sets(self) -> Rows:
        """The values that each name can have, at any position."""
        return Rows(self.program, [self._windows.anywhere])

    @property
    def idle(self) -> Sequence[int]:
        """Nothing: patterns may be there for others to be kept."""
        return ()

    def is_absent(self, pattern: Pattern) -> bool:
        """Says whether it is known that no run has a pattern."""
        return self._windows.is_absent(pattern)
