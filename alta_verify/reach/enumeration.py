"""Enumeration: every input of a small language, run with the batch interpreter."""

from __future__ import annotations

from typing import final

from alta.limit import checkpoint
from alta.progress import tell
from alta_verify.abstraction import Abstraction
from alta_verify.obligation import WHOLE, Share
from alta_verify.reach.answer import Pattern, ReachAnswer, Unreachable
from alta_verify.reach.executed import ExecutedInputs
from alta_verify.universal import nonempty

__all__ = ["Enumeration"]


@final
class Enumeration:
    """The local states of every run, by having run them all when first asked.

    With a share, of the runs on its inputs and of no others. Without `max_layers` the program's own
    bound counts, or runs end where they halt or repeat a state.
    """

    def __init__(
        self,
        abstraction: Abstraction,
        max_len: int,
        max_layers: int | None,
        share: Share = WHOLE,
    ) -> None:
        self._program = program = abstraction.concrete
        self._max_layers, self._share = max_layers, share
        self._executed = ExecutedInputs(abstraction)
        self._pending = [length for length in program.inputs.lengths(max_len) if length > 0]
        # How many inputs came up, and how many of them were run: those of the share.
        self._inputs = self._taken = 0

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        return f"enumeration of all {self._inputs:,} inputs"

    @property
    def failure_free(self) -> bool:
        """Whether all inputs were run and none of them failed."""
        self._run_all()
        return not self._executed.failing

    def find(self, pattern: Pattern, *, soon: bool = False) -> ReachAnswer:  # noqa: ARG002
        """Decides whether a run has a local state of the pattern; out of time, it may go on."""
        self._run_all()
        # Every input within the bound was run to its end: what is not among these is in no run.
        return self._executed.find(pattern) or Unreachable()

    def _run_all(self) -> None:
        """Runs every input of length 1 … max_len, until it halts, repeats a state or is done."""
        while self._pending:
            # A length that was cut short is run again as a whole: its states are those of runs.
            length = self._pending[0]
            words = []
            for word in self._program.inputs.automaton(length).enumerate_words(length):
                checkpoint()
                words.append(word)
            # Counted over all lengths, so that every input is in one share.
            numbered = enumerate(nonempty(words, f"inputs of {length} tokens"), self._inputs)
            shared = [word for count, word in numbered if self._share.has(count)]
            if shared:
                bound = self._max_layers
                self._executed.add(
                    shared, self._program.layer_bound(length) if bound is None else bound
                )
            self._inputs += len(words)
            self._taken += len(shared)
            tell(f"{self._inputs:,} inputs run, of up to {length} tokens")
            del self._pending[0]
        # Not empty: so local states that are in no run are absent from some runs.
        nonempty(self._taken, "inputs within the bound")
