"""Parikh vectors: how often each token occurs in an input.

The Parikh image of a language is the set of the vectors of its words (Parikh, "On context-free
languages", 1966). That of the words of one length is finite, and is found by a walk through the
automaton that keeps, for each state, the vectors of the beginnings that lead there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from alta.inputs.dfa import Dfa
from alta.limit import checkpoint

__all__ = ["ParikhVector", "parikh_image"]

ParikhVector: TypeAlias = tuple[tuple[int, int], ...]
"""Pairs of a token that occurs and how often it does, in the order of tokens."""


def parikh_image(
    automaton: Dfa, length: int, limit: int, alike: Mapping[int, int]
) -> frozenset[ParikhVector] | None:
    """Returns the Parikh vector of every accepted word of a length; None where there are too many.

    Args:
        automaton: accepts the words.
        length: their length.
        limit: so many beginnings of words with different vectors or states are kept at once.
        alike: maps each token to the one that it counts as.
    """
    # The counts are the digits of one number, so that a token more is an addition.
    names = sorted({alike[token] for moves in automaton.transitions for token in moves})
    digit = {name: (length + 1) ** place for place, name in enumerate(names)}
    steps = [
        {(digit[alike[token]], target) for token, target in moves.items()}
        for moves in automaton.transitions
    ]
    # Two beginnings with the same state and vector have the
    # same continuations: one stands for both.
    reached: dict[int, set[int]] = {automaton.start: {0}}
    for position in range(length):
        # States from which no word can be completed are left out.
        ends = automaton.completions(length - position - 1)
        following: dict[int, set[int]] = {}
        for state, codes in reached.items():
            checkpoint()
            for step, target in steps[state]:
                if target in ends:
                    following.setdefault(target, set()).update(code + step for code in codes)
            if sum(map(len, following.values())) > limit:
                return None
        reached = following
    complete = (codes for state, codes in reached.items() if state in automaton.accepting)
    return frozenset(
        _decoded(code, names, length + 1) for code in frozenset[int]().union(*complete)
    )


def _decoded(code: int, names: list[int], base: int) -> ParikhVector:
    vector = []
    for name in names:
        # Every count is less than the base.
        code, number = divmod(code, base)
        if number:
            vector.append((name, number))
    return tuple(vector)
