"""Censuses: how often each token occurs in an input, whatever the arrangement."""

from __future__ import annotations

from typing import TypeAlias

from alta.lang.automata import Dfa

__all__ = ["Census", "censuses"]

Census: TypeAlias = tuple[tuple[int, int], ...]
"""Pairs of a token that occurs and how often it does, in the order of tokens."""


def censuses(automaton: Dfa, length: int, most: int) -> frozenset[Census] | None:
    """Returns the census of every accepted word of a length; None where there are too many.

    Args:
        automaton: accepts the words.
        length: their length.
        most: so many beginnings of words with different censuses or states are kept at once.
    """
    reached: set[tuple[int, Census]] = {(automaton.start, ())}
    for position in range(length):
        # States from which no word can be completed are left out.
        ends = automaton.completions(length - position - 1)
        following: set[tuple[int, Census]] = set()
        for state, census in reached:
            for token, target in automaton.transitions[state].items():
                if target in ends:
                    following.add((target, _with(census, token)))
            if len(following) > most:
                return None
        reached = following
    return frozenset(census for state, census in reached if state in automaton.accepting)


def _with(census: Census, token: int) -> Census:
    counts = dict(census)
    counts[token] = counts.get(token, 0) + 1
    return tuple(sorted(counts.items()))
