"""Sampled runs: what some inputs do, before it is asked what all of them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby
from typing import final

from alta_verify.abstraction import Abstraction
from alta_verify.reach.answer import Pattern, Reachability, ReachAnswer, Undecided
from alta_verify.reach.executed import ExecutedInputs

__all__ = ["SampledRuns"]


@final
class SampledRuns:
    """A `Reachability` that looks at some runs first, and then asks another one, if there is one.

    What long inputs do after many layers is soon seen by running some, and late by reasoning.
    """

    def __init__(
        self,
        abstraction: Abstraction,
        words: Callable[[], Sequence[tuple[int, ...]]],
        max_layers: int | None,
        otherwise: Reachability | None = None,
    ) -> None:
        """Takes the inputs that are run when first asked, and the most layers of a run."""
        self._abstraction, self._words, self._max_layers = abstraction, words, max_layers
        self._otherwise = otherwise

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        return "sampled runs" if self._otherwise is None else self._otherwise.method

    @property
    def failure_free(self) -> bool:
        """Whether it is known that no run fails: never by samples."""
        return self._otherwise is not None and self._otherwise.failure_free

    def find(self, pattern: Pattern, *, soon: bool = False) -> ReachAnswer:
        """Returns where one of the runs has a local state of the pattern, or what else is known."""
        if (reachable := self._executed.find(pattern)) is not None:
            return reachable
        if self._otherwise is not None:
            return self._otherwise.find(pattern, soon=soon)
        return Undecided(
            "neither value sets for classes of positions nor sampled runs settle it, and nothing "
            "else is known of inputs of every length"
        )

    @cached_property
    def _executed(self) -> ExecutedInputs:
        executed = ExecutedInputs(self._abstraction)
        for _, alike in groupby(sorted(self._words(), key=len), key=len):
            executed.add(list(alike), self._max_layers)
        return executed
