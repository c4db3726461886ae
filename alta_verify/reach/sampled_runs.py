"""Sampled runs: what some inputs do, where nothing is known of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby
from typing import final

from alta_verify.abstraction import Abstraction
from alta_verify.reach.answer import Pattern, ReachAnswer, Undecided
from alta_verify.reach.executed import ExecutedInputs

__all__ = ["SampledRuns"]


@final
class SampledRuns:
    """A `Reachability` that finds local states, and never says that there is none."""

    method = "sampled runs"
    failure_free = False

    def __init__(
        self,
        abstraction: Abstraction,
        words: Callable[[], Sequence[tuple[int, ...]]],
        max_layers: int | None,
    ) -> None:
        """Takes the inputs that are run when first asked, and the most layers of a run."""
        self._abstraction, self._words, self._max_layers = abstraction, words, max_layers

    def find(self, pattern: Pattern, *, soon: bool = False) -> ReachAnswer:  # noqa: ARG002
        """Returns where one of the runs has a local state of the pattern, if one has."""
        return self._executed.find(pattern) or Undecided(
            "neither value sets for classes of positions nor sampled runs settle it, and nothing "
            "else is known of inputs of every length"
        )

    @cached_property
    def _executed(self) -> ExecutedInputs:
        executed = ExecutedInputs(self._abstraction)
        for _, alike in groupby(sorted(self._words(), key=len), key=len):
            executed.add(list(alike), self._max_layers)
        return executed
