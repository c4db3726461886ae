"""The description of an input language in which no token occurs twice.

Its automaton has to remember which tokens occurred, so it is as large as there are sets of them.
Its factors are small: the pattern, and for each token that it occurs at most once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import final

from alta.errors import InputLanguageError
from alta.inputs.descriptions import PatternSpec
from alta.inputs.determinise import MAX_STATES, compile_pattern
from alta.inputs.dfa import Dfa, explored
from alta.inputs.vocabulary import Vocabulary
from alta.limit import checkpoint

__all__ = ["Distinct"]


@final
@dataclass(frozen=True)
class Distinct(PatternSpec):
    """The sequences that match a pattern and have no token twice."""

    kind = "distinct"
    one_automaton = False

    def limit(self, vocabulary: Vocabulary) -> int:
        """Returns the number of tokens in the pattern, which no sequence can be longer than."""
        return len(compile_pattern(self.pattern, vocabulary).alphabet)

    def automaton(self, length: int, vocabulary: Vocabulary) -> Dfa:
        """Returns an automaton that has seen no token twice up to this length."""
        # One automaton serves the lengths up to the next power of two.
        return _without_repetition(self.pattern, vocabulary, 1 << (length - 1).bit_length())

    def has_word(self, length: int, vocabulary: Vocabulary) -> bool:
        """Says whether there is a sequence of this length, without building the automaton."""
        return _has_word(self.pattern, vocabulary, length)

    def factors(self, length: int, vocabulary: Vocabulary) -> tuple[Dfa, ...]:  # noqa: ARG002
        """Returns the pattern's automaton and those that see a token at most once."""
        return _factors(self.pattern, vocabulary)


@lru_cache(maxsize=64)
def _factors(pattern: str, vocabulary: Vocabulary) -> tuple[Dfa, ...]:
    whole = compile_pattern(pattern, vocabulary)
    tokens = range(len(vocabulary))
    # That all tokens are distinct is one small condition a token.
    at_most_once = []
    # State 0 has not seen the token, state 1 has.
    for token in sorted(whole.alphabet):
        unseen = dict.fromkeys(tokens, 0) | {token: 1}
        seen = dict.fromkeys((other for other in tokens if other != token), 1)
        at_most_once.append(Dfa(0, frozenset({0, 1}), (unseen, seen)))
    return (whole, *at_most_once)


@lru_cache(maxsize=256)
def _has_word(pattern: str, vocabulary: Vocabulary, length: int) -> bool:
    whole = compile_pattern(pattern, vocabulary)
    ahead = _ahead(whole)
    start = (whole.start, 0, length)
    seen, waiting = {start}, [start]
    # Depth first: where there is a word, one is mostly found at once.
    while waiting:
        checkpoint()
        state, used, remaining = waiting.pop()
        if remaining == 0:
            if state in whole.accepting:
                return True
            continue
        for token, target in whole.transitions[state].items():
            following = (target, (used | 1 << token) & ahead[target], remaining - 1)
            # With fewer fresh tokens ahead than places some token would come twice.
            enough = (ahead[target] & ~following[1]).bit_count() >= remaining - 1
            if not used >> token & 1 and enough and following not in seen:
                seen.add(following)
                waiting.append(following)
        if len(seen) > MAX_STATES:
            raise InputLanguageError(_too_many(pattern, length))
    return False


@lru_cache(maxsize=16)
def _without_repetition(pattern: str, vocabulary: Vocabulary, depth: int) -> Dfa:
    whole = compile_pattern(pattern, vocabulary)
    ahead = _ahead(whole)

    # A state is a state of the pattern with the tokens that must not come again, and could.
    def moves(place: tuple[int, int], length: int) -> Iterator[tuple[int, tuple[int, int]]]:
        checkpoint()
        state, used = place
        # The states of a level are reached by words of one length, and are not followed any further
        # once that is the depth.
        if length < depth:
            for token, target in whole.transitions[state].items():
                if not used >> token & 1:
                    # Tokens that cannot come again are forgotten, which makes states with the same
                    # future equal.
                    yield token, (target, (used | 1 << token) & ahead[target])

    return explored(
        (whole.start, 0),
        moves,
        lambda place: place[0] in whole.accepting,
        MAX_STATES,
        _too_many(pattern, depth),
    )


def _too_many(pattern: str, length: int) -> str:
    return (
        f"distinct {pattern!r}: expected at most {MAX_STATES} sets of tokens to keep apart up to "
        f"length {length}, got more; describe fewer tokens, or ask for less"
    )


# For each state the tokens that may still come, as a bit mask: the least fixed point.
def _ahead(dfa: Dfa) -> list[int]:
    ahead = [sum(1 << token for token in moves) for moves in dfa.transitions]
    changed = True
    while changed:
        changed = False
        for state, moves in enumerate(dfa.transitions):
            mask = ahead[state]
            for target in moves.values():
                mask |= ahead[target]
            changed |= mask != ahead[state]
            ahead[state] = mask
    return ahead
