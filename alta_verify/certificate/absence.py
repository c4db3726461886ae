"""Absence: which slices a checker has to run to see that some local states do not occur.

The runs of a slice are those of the program, seen in some of its names (Lemma 6). So what no run of
the slice meets, no run of the program meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, final

from alta_verify.check.evidence import PARIKH, WORDS, Hint
from alta_verify.check.language import Language
from alta_verify.check.program import Program, bits_of, indices
from alta_verify.check.refused import Refused
from alta_verify.check.runs import Runs
from alta_verify.check.value_sets import Pattern
from alta_verify.claim.computes import Task
from alta_verify.reach.slices import Slice, slice_for, weakened, whole

__all__ = ["Absence"]

# A slice with more words than that is not run word by word.
_WORDS: Final = 4096

# A slice with more Parikh vectors than that is not run by them: it would take hours.
_PARIKH_VECTORS: Final = 1 << 16


@final
class Absence:
    """Finds small slices, and keeps those that showed something.

    Attributes:
        hints: the slices that are needed, as evidence has them.
    """

    def __init__(self, task: Task, program: Program, language: Language) -> None:
        """Takes what to run, as the prover and as the checker have it."""
        self._task = task
        self._finite = task.abstraction.finite
        self._program = program
        self._language = language
        self._runs: dict[tuple[Slice, str], Runs | None] = {}
        self._kept: dict[tuple[Slice, str], Runs] = {}

    @property
    def hints(self) -> list[dict[str, Any]]:
        """The slices that are needed, as evidence has them."""
        return [
            {"names": sorted(slice_.names), "defined": sorted(slice_.defined), "by": by}
            for slice_, by in self._kept
        ]

    def show(self, pattern: Pattern) -> bool:
        """Says whether a pattern is known not to occur, or can be shown not to by one slice."""
        # Slices that are needed anyway are asked first, so that few have to be run by the checker.
        if any(not runs.may_meet(pattern) for runs in self._kept.values()):
            return True
        for way in self._ways(pattern):
            if way not in self._runs:
                self._runs[way] = self._run(*way)
            runs = self._runs[way]
            if runs is not None and not runs.may_meet(pattern):
                self._kept[way] = runs
                return True
        return False

    def narrowed(self, state: Mapping[str, int]) -> dict[str, int] | None:
        """Returns as little of a local state as is enough to show that it does not occur.

        None if that cannot be shown.
        """
        if not self.show(_pattern(state)):
            return None
        # Names are dropped one by one as long as a slice still shows it (a minimal core, greedily):
        # the smaller the pattern, the more states it excludes at once.
        kept = dict(state)
        for name in state:
            less = {other_name: index for other_name, index in kept.items() if other_name != name}
            if any(not runs.may_meet(_pattern(less)) for runs in self._kept.values()):
                kept = less
        return kept

    def _ways(self, pattern: Pattern) -> Iterator[tuple[Slice, str]]:
        """Yields slices, smaller ones first, each with the ways to run it, quicker ones first."""
        program = self._finite
        asked = {name: frozenset(indices(mask)) for name, mask in pattern.items()}
        # Lemma 6 holds of each: the slice of the names that are asked for, the whole program, and
        # smaller slices about weaker patterns. What no run has of those, none has of this one.
        slices = {slice_for(program, asked), whole(program)}
        slices |= {slice_ for slice_, _ in weakened(program, asked)}

        def size(slice_: Slice) -> tuple[int, int, list[str]]:
            return slice_.rules(program), len(slice_.names), sorted(slice_.names)

        for slice_ in sorted(slices, key=size):
            alike = self._alike(slice_)
            if self._at_most(partial(self._language.words, alike=alike), _WORDS):
                yield slice_, WORDS
            if self._at_most(partial(self._language.parikh_vectors, alike=alike), _PARIKH_VECTORS):
                yield slice_, PARIKH

    def _alike(self, slice_: Slice) -> dict[int, int]:
        """Maps every token to the first one with which a slice starts alike."""
        tables = [
            variable.table
            for name, variable in self._program.variables.items()
            if name in slice_.names and variable.source == "token"
        ]
        # As the checker has it (`Runs._like_tokens`), so that both count the same classes.
        starts = [tuple(table[t] for table in tables) for t in range(len(self._program.vocab))]
        return {token: starts.index(start) for token, start in enumerate(starts)}

    def _at_most(self, classes: Callable[[int], set[Any]], bound: int) -> bool:
        """Says whether inputs of all lengths together have at most so many classes."""
        number = 0
        # The longest inputs have the most: what is hopeless shows there.
        for length in reversed(self._task.lengths):
            try:
                number += len(classes(length))
            except Refused:
                return False
            if number > bound:
                return False
        return True

    def _run(self, slice_: Slice, by: str) -> Runs | None:
        hint, task = Hint(slice_.names, slice_.defined, by), self._task
        try:
            return Runs(self._program, self._language, task.lengths, task.max_layers, hint)
        # What is too much here would be too much for the checker; another slice may do.
        except Refused:
            return None


def _pattern(state: Mapping[str, int]) -> Pattern:
    return {name: bits_of([index]) for name, index in state.items()}
