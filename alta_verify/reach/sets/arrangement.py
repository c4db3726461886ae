"""Arrangements: inputs with a Parikh vector, which may have what it leaves possible.

Nothing rests on them: what a run on one of them has is replayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from alta.inputs.dfa import Dfa
from alta_verify.reach.sets.cells import Cell

__all__ = ["arrangements"]

# So many beginnings of an input are tried in vain.
_TRIES: Final = 512


def arrangements(
    automaton: Dfa, numbers: Mapping[int, int], alike: Mapping[int, int], cell: Cell
) -> Iterator[tuple[int, ...]]:
    """Yields a few inputs with so many of each token and with a cell, where any are found.

    Args:
        automaton: the inputs.
        numbers: how often each token occurs, or another one that is like it.
        alike: for each token the one that stands for it.
        cell: a position and the token there, behind so many equal ones.
    """
    words: dict[tuple[int, ...], None] = {}
    for descending in (False, True):
        word = _arranged(automaton, numbers, alike, cell, descending=descending)
        if word is not None:
            words[word] = None
    yield from words


def _arranged(
    automaton: Dfa,
    numbers: Mapping[int, int],
    alike: Mapping[int, int],
    cell: Cell,
    *,
    descending: bool,
) -> tuple[int, ...] | None:
    """Returns the first input in an order of tokens, by depth-first search; None after too many."""
    length = sum(numbers.values())
    # Beginnings, with the state that they lead to and what is left of each token.
    pending: list[tuple[tuple[int, ...], int, dict[int, int]]] = [
        ((), automaton.start, dict(numbers))
    ]
    for _ in range(_TRIES):
        if not pending:
            return None
        word, state, left = pending.pop()
        place = len(word)
        if place == length:
            return word
        # Too many equal tokens, or too few, before the cell.
        before = numbers[cell.token] - left[cell.token]
        late = place <= cell.position and before > cell.before
        early = place <= cell.position and before + cell.position - place < cell.before
        if late or early:
            continue
        ends = automaton.completions(length - place - 1)
        moves = sorted(automaton.transitions[state].items(), reverse=not descending)
        for token, target in moves:
            stands = alike[token]
            fits = place != cell.position or (stands == cell.token and before == cell.before)
            if fits and target in ends and left.get(stands, 0):
                pending.append(((*word, token), target, {**left, stands: left[stands] - 1}))
    return None
