"""Occurrence: which local states no run has, by value sets and by runs of slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import final

from alta_verify.check.evidence import Evidence
from alta_verify.check.language import Language
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused
from alta_verify.check.runs import Runs
from alta_verify.check.value_sets import Pattern, Row, ValueSets, described

__all__ = ["Occurrence"]


@final
class Occurrence:
    """What is known of the runs of a program, without a single weight."""

    def __init__(
        self,
        program: Program,
        language: Language,
        live: Mapping[int, Sequence[frozenset[int]]],
        max_layers: int | None,
        evidence: Evidence,
    ) -> None:
        """Takes the program, its inputs within the bounds, and the hints of a certificate."""
        self._program = program
        self._language = language
        self._live = live
        self._max_layers = max_layers
        self._evidence = evidence
        self._useful = set[int]()

    @cached_property
    def _value_sets(self) -> ValueSets:
        return ValueSets(self._program, self._live, self._evidence.rows)

    @cached_property
    def _runs(self) -> list[Runs]:
        return [
            Runs(self._program, self._language, self._live, self._max_layers, hint)
            for hint in self._evidence.hints
        ]

    @property
    def rows(self) -> Sequence[Row]:
        """The values that each name can have, position by position."""
        return self._value_sets.rows

    @cached_property
    def anywhere(self) -> Row:
        """The values that each name can have at some position."""
        return self._value_sets.anywhere

    @property
    def idle(self) -> list[int]:
        """The numbers of the runs that have shown nothing so far."""
        return sorted(set(range(len(self._evidence.hints))) - self._useful)

    def is_absent(self, pattern: Pattern) -> bool:
        """Says whether it is known that no run has a pattern."""
        # Lemma 4 (value sets), and Lemma 6 (slices): what no run of a slice has, no run has.
        if not self._value_sets.may_meet(pattern):
            return True
        for number, runs in enumerate(self._runs):
            if not runs.may_meet(pattern):
                # The first slice that excludes it is enough. Slices that exclude nothing are
                # refused at the end.
                self._useful.add(number)
                return True
        return False

    def check_failure(self, failure: str) -> int:
        """Checks that no run has a failure, and returns how many cases needed runs of slices."""
        cases = 0
        for event, pattern in self._value_sets.suspects(failure):
            # Value sets exclude most suspects, and for any number of layers; runs are asked of the
            # others.
            if self._value_sets.may_meet(pattern):
                cases += 1
                if not self.is_absent(pattern):
                    raise Refused(
                        f"it is not shown that never {event}, where {described(pattern)}: value "
                        f"sets and {len(self._runs)} runs of slices leave it possible"
                    )
        return cases
