"""The Parikh vector of an input says how often each token occurs in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from alta.inputs.dfa import Dfa
from alta.limit import checkpoint

__all__ = ["ParikhVector", "parikh_image"]

ParikhVector: TypeAlias = tuple[tuple[int, int], ...]
"""Pairs of a token that occurs and how often it does, in the order of tokens."""


def parikh_image(
    automaton: Dfa, length: int, most: int, alike: Mapping[int, int] | None = None
) -> frozenset[ParikhVector] | None:
    """Returns the Parikh vector of every accepted word of a length; None where there are too many.

    Args:
        automaton: accepts the words.
        length: their length.
        most: so many beginnings of words with different Parikh vectors or states are kept at once.
        alike: maps each token to the one that it counts as; None where each counts as itself.
    """
    tokens = sorted({token for moves in automaton.transitions for token in moves})
    counted = {token: token if alike is None else alike[token] for token in tokens}
    # The counts are the digits of one number, so that a token more is an addition.
    names = sorted(set(counted.values()))
    digit = {name: (length + 1) ** place for place, name in enumerate(names)}
    moves = [
        {(digit[counted[token]], target) for token, target in own.items()}
        for own in automaton.transitions
    ]
    reached: dict[int, set[int]] = {automaton.start: {0}}
    for position in range(length):
        # States from which no word can be completed are left out.
        ends = automaton.completions(length - position - 1)
        following: dict[int, set[int]] = {}
        for state, codes in reached.items():
            checkpoint()
            for one, target in moves[state]:
                if target in ends:
                    following.setdefault(target, set()).update(code + one for code in codes)
            if sum(map(len, following.values())) > most:
                return None
        reached = following
    found = {
        code for state, codes in reached.items() if state in automaton.accepting for code in codes
    }
    return frozenset(_decoded(code, names, length + 1) for code in found)


def _decoded(code: int, names: list[int], base: int) -> ParikhVector:
    vector = []
    for name in names:
        code, number = divmod(code, base)
        if number:
            vector.append((name, number))
    return tuple(vector)
