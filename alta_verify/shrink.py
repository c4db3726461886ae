"""Shrinking: a shorter input that fails as well."""

from __future__ import annotations

from collections.abc import Iterator

from alta_verify.counterexample import Counterexample, find_difference
from alta_verify.deadline import Deadline

__all__ = ["shrink"]


def shrink(found: Counterexample, *, deadline: Deadline) -> Counterexample:
    """Returns the shortest counterexample that leaving out tokens leads to.

    Every step is an input of the language on which both sides were run.
    """
    improved = True
    while improved:
        improved = False
        for word in _shorter(found.tokens):
            if deadline.expired:
                return found
            if not found.program.inputs.contains(word):
                continue
            smaller = find_difference(found.program, found.model, word, found.max_layers)
            if smaller is not None and smaller.kind == found.kind:
                found, improved = smaller, True
                break
    return found


def _shorter(word: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yields the word without a stretch of tokens, long stretches first; never the empty word."""
    size = len(word) - 1
    while size > 0:
        for start in range(len(word) - size, -1, -1):
            yield word[:start] + word[start + size :]
        size //= 2
