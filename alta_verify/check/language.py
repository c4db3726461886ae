"""The input language: which tokens, words and Parikh vectors there are of some length.

Where exactness is dear, there may be more than the language has. That is on the safe side, since
everything is shown of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, final

from alta_verify.check.limits import MAX_LISTED, MAX_WORDS
from alta_verify.check.patterns import Automaton, State, read_pattern, read_words
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused

__all__ = ["Language", "ParikhVector"]

ParikhVector: TypeAlias = tuple[tuple[int, int], ...]
"""The tokens of a word with how often each occurs, in the order of tokens (Parikh 1966)."""


@final
class Language:
    """The input language of a program."""

    def __init__(self, program: Program) -> None:
        """Takes the program's description of it."""
        self._vocab = program.vocab
        self._kind, self._content = program.inputs.kind, program.inputs.content
        self._automata: dict[str, Automaton] = {}
        self._layers: dict[int, list[set[State]]] = {}
        self._sets: dict[frozenset[int], frozenset[int]] = {}
        self._steps = 0

    def _automaton(self, length: int) -> Automaton | None:
        """Returns the automaton of a length; None where there are no words."""
        if self._kind == "sequences":
            return self._read("", lambda: read_words(self._content))
        pattern = self._content
        if self._kind == "anything":
            pattern = ".*"
        elif self._kind == "lengths":
            if length >= len(self._content):
                raise Refused(
                    f"the input language says nothing of {length} tokens, only of up to "
                    f"{len(self._content) - 1}; try a smaller max_len"
                )
            pattern = self._content[length]
        if pattern is None:
            return None
        automaton = self._read(pattern, lambda: read_pattern(pattern, self._vocab))
        # By the pigeonhole principle, some token would have to come twice.
        if self._kind == "distinct" and length > len(automaton.alphabet):
            return None
        return automaton

    def _read(self, key: str, read: Callable[[], Automaton]) -> Automaton:
        if key not in self._automata:
            self._automata[key] = read()
        return self._automata[key]

    def live(self, length: int) -> tuple[frozenset[int], ...] | None:
        """Returns the tokens that words of a length can have at each position; None without words.

        That no token may come twice is disregarded.
        """
        automaton = self._automaton(length)
        if automaton is None:
            return None
        layers = self._reached(automaton, length)
        good = {state for state in layers[-1] if automaton.accepts(state)}
        if not good:
            return None
        # Forward: the states that a prefix can lead to. Backward: those from which a word of the
        # language can still be completed. A token is live where both meet.
        live: list[frozenset[int]] = []
        for states in reversed(layers[:-1]):
            tokens, before = set[int](), set[State]()
            for state in states:
                useful = {t for t, target in automaton.steps(state).items() if target in good}
                self._spend(1 + len(automaton.steps(state)))
                if useful:
                    tokens |= useful
                    before.add(state)
            # The same few sets come again and again.
            live.append(self._sets.setdefault(frozenset(tokens), frozenset(tokens)))
            good = before
        return tuple(reversed(live))

    def _reached(self, automaton: Automaton, length: int) -> list[set[State]]:
        """Returns the states that are reached with 0, 1, … tokens."""
        # By identity, which stays unique since `_automata` keeps every automaton alive.
        layers = self._layers.setdefault(id(automaton), [{automaton.start}])
        while len(layers) <= length:
            layers.append({s for state in layers[-1] for s in automaton.steps(state).values()})
            self._spend(len(layers[-1]))
        return layers[: length + 1]

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAX_LISTED:
            raise Refused(
                f"the tokens of the inputs take more than {MAX_LISTED} steps to list; try a "
                "smaller max_len"
            )

    def words(self, length: int, alike: Mapping[int, int]) -> set[tuple[int, ...]]:
        """Returns all words of a length, with every token replaced by one that is like it."""
        automaton = self._automaton(length)
        if automaton is None:
            return set()
        # Words that are alike may lead to different states, so all of these are kept.
        ways: dict[tuple[int, ...], set[State]] = {(): {automaton.start}}
        for _ in range(length):
            longer: dict[tuple[int, ...], set[State]] = {}
            for word, states in ways.items():
                for state in states:
                    for token, target in automaton.steps(state).items():
                        longer.setdefault((*word, alike[token]), set()).add(target)
                _check_number(len(longer), length)
            ways = longer
        return {word for word, states in ways.items() if any(map(automaton.accepts, states))}

    def parikh_vectors(self, length: int, alike: Mapping[int, int]) -> set[ParikhVector]:
        """Returns how often tokens occur in the words of a length, with like tokens as one."""
        automaton = self._automaton(length)
        if automaton is None:
            return set()
        # Where no token may come twice, it matters which ones were used, and not only like which.
        # Elsewhere the state and the vector are enough: over k tokens there are about n^(k-1)
        # vectors of length n, where there may be k^n words.
        ways: set[tuple[State, int, ParikhVector]] = {(automaton.start, 0, ())}
        for _ in range(length):
            longer: set[tuple[State, int, ParikhVector]] = set()
            for state, used, vector in ways:
                for token, target in automaton.steps(state).items():
                    if self._kind != "distinct":
                        longer.add((target, 0, _with(vector, alike[token])))
                    elif not used >> token & 1:
                        longer.add((target, used | 1 << token, _with(vector, alike[token])))
                _check_number(len(longer), length)
            ways = longer
        return {vector for state, _, vector in ways if automaton.accepts(state)}


def _check_number(number: int, length: int) -> None:
    if number * length > MAX_WORDS:
        raise Refused(
            f"there are too many inputs of {length} tokens to go through one by one: {number} or "
            f"more, expected at most {MAX_WORDS // length}"
        )


def _with(vector: ParikhVector, token: int) -> ParikhVector:
    counts = dict(vector)
    counts[token] = counts.get(token, 0) + 1
    return tuple(sorted(counts.items()))
