"""Enumeration: every input of a small language, run with both programs."""

from __future__ import annotations

from itertools import islice
from typing import Final

from alta.limit import checkpoint
from alta_verify.obligation import NotShown
from alta_verify.prove.equivalence.comparison import Comparison
from alta_verify.universal import nonempty

__all__ = ["run_all"]

# So many inputs are run between two looks at the clock.
_CHUNK: Final = 1 << 12


def run_all(comparison: Comparison, length: int) -> int:
    """Returns how many inputs of a length there are, once both programs agree on all of them.

    Raises:
        Refuted: when they disagree on one.
        NotShown: when a disagreement does not replay, or other inputs were run than there are.
    """
    if length not in comparison.agreed:
        comparison.agreed[length] = _run_all(comparison, length)
    return comparison.agreed[length]


def _run_all(comparison: Comparison, length: int) -> int:
    pair, inputs = comparison.pair, 0
    words = pair.inputs.automaton(length).enumerate_words(length)
    # Runs are deterministic, so that to run an input with both programs settles it for good.
    while chunk := list(islice(words, _CHUNK)):
        checkpoint()
        for word in comparison.side_by_side.suspects(chunk):
            comparison.refute(word)
            raise NotShown(f"on {word} a batch disagreed, but no run on its own did")
        inputs += len(chunk)
    # The automaton counts without enumerating: a second witness that no input was left out.
    if inputs != pair.count(length):
        raise NotShown(f"{inputs} inputs were run, not {pair.count(length)}")
    return nonempty(inputs, f"inputs of {length} tokens")
