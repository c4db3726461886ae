"""Comparison by enumeration: every input of a small language, run with both programs."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import Final, final

from alta.limit import checkpoint
from alta_verify.claim.equivalent import Pair
from alta_verify.obligation import NotShown
from alta_verify.prove.equivalence.comparison import refute
from alta_verify.prove.equivalence.side_by_side import SideBySide
from alta_verify.universal import nonempty

__all__ = ["EnumeratedComparison"]

_CHUNK: Final = 1 << 12
"""So many inputs are run between two looks at the clock."""


@final
class EnumeratedComparison:
    """Runs both programs on all inputs, shorter ones first, each length once."""

    def __init__(self, pair: Pair) -> None:
        """Takes what is compared."""
        self._pair = pair
        self._agreed: dict[int, int] = {}

    def fault(self, side: str, kind: str) -> str:  # noqa: ARG002 - any fault refutes
        """Shows that no run of either program lacks outputs."""
        lengths = nonempty(self._pair.lengths, "inputs in common")
        inputs = sum(map(self._run, lengths))
        return f"enumeration of all {inputs:,} inputs"

    def outputs(self, length: int) -> str:
        """Shows that the outputs are the same on all inputs of one length."""
        return f"enumeration of all {self._run(length):,} inputs"

    def _run(self, length: int) -> int:
        """Returns how many inputs of a length there are, once both agree on all of them."""
        if length not in self._agreed:
            self._agreed[length] = self._compare(length)
        return self._agreed[length]

    def _compare(self, length: int) -> int:
        words = self._pair.inputs.automaton(length).enumerate_words(length)
        inputs = 0
        while chunk := list(islice(words, _CHUNK)):
            checkpoint()
            for word in self._side_by_side.suspects(chunk):
                refute(self._pair, word)
                raise NotShown(f"on {word} a batch disagreed, but no run on its own did")
            inputs += len(chunk)
        if inputs != self._pair.count(length):
            raise NotShown(f"{inputs} inputs were run, not {self._pair.count(length)}")
        return nonempty(inputs, f"inputs of {length} tokens")

    @cached_property
    def _side_by_side(self) -> SideBySide:
        return SideBySide(self._pair)
