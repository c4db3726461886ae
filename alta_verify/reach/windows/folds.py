"""Folds over the tokens, as automata beside that of the language; states as they are found."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar, final

from alta.inputs.dfa import Dfa
from alta.limit import checkpoint

__all__ = ["Fold", "TooManyStates", "fold_of", "trimmed"]

_State = TypeVar("_State", bound=Hashable)


class TooManyStates(Exception):  # noqa: N818 - an outcome, not an error
    """A fold has more states than are followed."""


def trimmed(automaton: Dfa) -> dict[int, dict[int, int]]:
    """Returns the moves on the way from the start to the end of some word, by state."""
    useful = automaton.useful
    return {
        state: {
            token: target
            for token, target in automaton.transitions[state].items()
            if target in useful
        }
        for state in sorted(useful)
    }


@final
@dataclass(frozen=True)
class Fold:
    """What a fold over the tokens is at each position, on the inputs of a language.

    Attributes:
        values: what is known of each of its states, in the order of their discovery.
        first: the state at the first position, by its token.
        after: the state at a position, by that to its left and its own token.
        places: which state of the language's automaton, before a token, which token and which state
            of the fold, after it, go together at a position that is not the first one.
        words: the shortest tokens, at least one, that lead to a state of the language's automaton
            and one of the fold.
    """

    values: tuple[Hashable, ...]
    first: Mapping[int, int]
    after: Mapping[tuple[int, int], int]
    places: frozenset[tuple[int, int, int]]
    words: Mapping[tuple[int, int], tuple[int, ...]]


def fold_of(
    language: Dfa,
    start: _State,
    step: Callable[[_State, int, tuple[int, ...]], _State],
    limit: int,
) -> Fold:
    """Returns a fold from left to right on the inputs of a language.

    `step` is given a state, a token, and the shortest tokens that lead there. With more states than
    a limit it raises `TooManyStates`.
    """
    moves = trimmed(language)
    numbers: dict[_State, int] = {}
    first: dict[int, int] = {}
    after: dict[tuple[int, int], int] = {}
    places: set[tuple[int, int, int]] = set()
    # The product of both automata (Rabin and Scott 1959), breadth first. The state before all
    # tokens has no number, since no position has it.
    pending: list[tuple[int, _State, tuple[int, ...]]] = [(language.start, start, ())]
    words: dict[tuple[int, int], tuple[int, ...]] = {}
    for source, state, word in pending:
        checkpoint()
        for token, target in moves.get(source, {}).items():
            following = step(state, token, word)
            number = numbers.setdefault(following, len(numbers))
            if len(numbers) > limit:
                raise TooManyStates
            # Of the words in the list only the first one is empty.
            if not word:
                first[token] = number
            else:
                after[numbers[state], token] = number
                places.add((source, token, number))
            if (target, number) not in words:
                words[target, number] = (*word, token)
                pending.append((target, following, (*word, token)))
    return Fold(tuple(numbers), first, after, frozenset(places), words)
