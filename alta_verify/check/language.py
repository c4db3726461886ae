"""The input language: which tokens, words and Parikh vectors there are of some length.

Where exactness is dear, there may be more than the language has: only Parikh vectors know that no
token may come twice. That is on the safe side, since everything is shown of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

from alta_verify.check.limits import MAX_LISTED, MAX_WORDS
from alta_verify.check.patterns import Automaton, State, read_pattern, read_words
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused

__all__ = ["Endless", "Language", "ParikhVector"]

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
        pattern = ".*" if self._kind == "anything" else self._content
        if self._kind == "lengths":
            if length >= len(self._content):
                raise Refused(
                    f"the input language says nothing of {length} tokens, only of up to "
                    f"{len(self._content) - 1}; try a smaller max_len"
                )
            pattern = self._content[length]
        if pattern is None:
            return None
        sequences = self._kind == "sequences"
        # All words together are one automaton.
        key = "" if sequences else pattern
        if key not in self._automata:
            words = read_words(self._content) if sequences else read_pattern(pattern, self._vocab)
            self._automata[key] = words
        automaton = self._automata[key]
        # By the pigeonhole principle, some token would have to come twice.
        if self._kind == "distinct" and length > len(automaton.alphabet):
            return None
        return automaton

    def endless(self) -> Endless:
        """Returns the automaton of all words; refuses a language that has none."""
        if self._kind not in {"anything", "regex"}:
            raise Refused(f"every length: the input language is of kind {self._kind!r}")
        automaton = self._automaton(1)
        assert automaton is not None  # noqa: S101 - such a language has one
        return Endless.of(automaton)

    def live(self, length: int) -> tuple[frozenset[int], ...] | None:
        """Returns the tokens at each position of the words of a length; None without words."""
        automaton = self._automaton(length)
        if automaton is None:
            return None
        # The states that are reached with 0, 1, … tokens; by identity, which stays unique since
        # `_automata` keeps every automaton alive.
        layers = self._layers.setdefault(id(automaton), [{automaton.start}])
        while len(layers) <= length:
            layers.append({s for state in layers[-1] for s in automaton.steps(state).values()})
            self._spend(len(layers[-1]))
        good = {state for state in layers[length] if automaton.accepts(state)}
        if not good:
            return None
        # Forward: the states that a prefix can lead to. Backward: those from which a word of the
        # language can still be completed. A token is live where both meet.
        live: list[frozenset[int]] = []
        for states in reversed(layers[:length]):
            tokens, before = set[int](), set[State]()
            for state in states:
                steps = automaton.steps(state)
                self._spend(1 + len(steps))
                if useful := {token for token, target in steps.items() if target in good}:
                    tokens |= useful
                    before.add(state)
            # The same few sets come again and again.
            live.append(self._sets.setdefault(frozenset(tokens), frozenset(tokens)))
            good = before
        return tuple(reversed(live))

    def live_by_length(self, lengths: Iterable[int]) -> dict[int, tuple[frozenset[int], ...]]:
        """Returns the live tokens of those lengths that some word has."""
        live = {length: self.live(length) for length in lengths}
        return {length: tokens for length, tokens in live.items() if tokens is not None}

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAX_LISTED:
            raise Refused(
                f"the tokens of the inputs take more than {MAX_LISTED} steps to list; try a "
                "smaller max_len"
            )

    def words(self, length: int, alike: Mapping[int, int]) -> set[tuple[int, ...]]:
        """Returns all words of a length, with every token replaced by one that is like it."""
        return self._listed(length, alike, lambda word, token: (*word, token))

    def inputs(self, length: int) -> set[tuple[int, ...]]:
        """Returns exactly the words of a length: where no token may come twice, none does."""
        distinct = self._kind == "distinct"
        return self._listed(
            length, range(len(self._vocab)), lambda w, t: (*w, t), distinct=distinct
        )

    def parikh_vectors(self, length: int, alike: Mapping[int, int]) -> set[ParikhVector]:
        """Returns how often tokens occur in the words of a length, with like tokens as one."""
        return self._listed(length, alike, _with, distinct=self._kind == "distinct")

    def _listed(
        self,
        length: int,
        alike: Mapping[int, int] | Sequence[int],
        extended: Callable[[Any, int], Any],
        *,
        distinct: bool = False,
    ) -> set[Any]:
        """Returns what words of a length come to, from () on, token by token."""
        automaton = self._automaton(length)
        if automaton is None:
            return set()
        # Words that come to the same may lead to different states, so all of these are kept. Where
        # no token may come twice, it matters which ones were used, and not only like which.
        # Elsewhere the state is enough: over k tokens there are about n^(k-1) Parikh vectors of
        # length n, where there may be k^n words.
        ways: set[tuple[State, int, Any]] = {(automaton.start, 0, ())}
        for _ in range(length):
            longer: set[tuple[State, int, Any]] = set()
            for state, used, summary in ways:
                for token, target in automaton.steps(state).items():
                    if not used >> token & 1:
                        now_used = used | 1 << token if distinct else 0
                        longer.add((target, now_used, extended(summary, alike[token])))
                if len(longer) * length > MAX_WORDS:
                    raise Refused(
                        f"there are too many inputs of {length} tokens to go through one by one: "
                        f"{len(longer)} or more, expected at most {MAX_WORDS // length}"
                    )
            ways = longer
        return {summary for state, _, summary in ways if automaton.accepts(state)}


@final
@dataclass(frozen=True)
class Endless:
    """The automaton of a language, of which all states are known."""

    automaton: Automaton
    useful: frozenset[State]  # from which a word of the language can be completed
    tokens: frozenset[int]  # of the words

    @classmethod
    def of(cls, automaton: Automaton) -> Endless:
        """Returns an automaton with its states gone through."""
        before: dict[State, set[State]] = {automaton.start: set()}
        for state in (waiting := [automaton.start]):
            for target in automaton.steps(state).values():
                if target not in before:
                    before[target] = set()
                    waiting.append(target)
                before[target].add(state)
        ends = [state for state in before if automaton.accepts(state)]
        useful = set(ends)
        for state in ends:
            ends += before[state] - useful
            useful |= before[state]
        tokens = {t for s in useful for t, to in automaton.steps(s).items() if to in useful}
        return cls(automaton, frozenset(useful), frozenset(tokens))

    def words(self) -> Iterator[tuple[int, ...]]:
        """Yields a word for each way on from a state, the shortest first ways first."""
        steps = self.automaton.steps
        # Breadth first: one of the shortest words that lead to each state.
        words: dict[State, tuple[int, ...]] = {self.automaton.start: ()}
        for state in (waiting := [self.automaton.start]):
            for token, target in steps(state).items():
                if target not in self.useful:
                    continue
                yield (*words[state], token, *self._rest(target))
                if target not in words:
                    words[target] = (*words[state], token)
                    waiting.append(target)

    def _rest(self, state: State) -> tuple[int, ...]:
        """Returns one of the shortest words that lead from a state to the end."""
        ways: dict[State, tuple[int, ...]] = {state: ()}
        for place in (waiting := [state]):
            if self.automaton.accepts(place):
                return ways[place]
            for token, target in self.automaton.steps(place).items():
                if target not in ways:
                    ways[target] = (*ways[place], token)
                    waiting.append(target)
        raise Refused("the input language has no word, expected one of some length")


def _with(vector: ParikhVector, token: int) -> ParikhVector:
    counts = dict(vector)
    counts[token] = counts.get(token, 0) + 1
    return tuple(sorted(counts.items()))
