"""Parikh vectors, counted without the verifier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from alta_verify.reach.sets.parikh import ParikhVector

__all__ = ["vector_of"]


def vector_of(word: Sequence[int]) -> ParikhVector:
    """The Parikh vector of a word."""
    return tuple(sorted(Counter(word).items()))
