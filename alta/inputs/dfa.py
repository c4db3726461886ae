"""A deterministic finite automaton answers every question about the words of one length.

The input language of a program is only ever asked about sequences of a given length: how many
there are, which tokens occur where, which one is the k-th. All of these come from one table, the
number of accepted words of length k from each state, which is built once and shared.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Protocol, TypeVar, final

from alta.errors import InputLanguageError
from alta.limit import checkpoint

__all__ = ["Dfa", "RandomSource", "closure", "empty", "explored", "integer_below", "universal"]

_RANDOM_BITS = 53

_State = TypeVar("_State", bound=Hashable)


class RandomSource(Protocol):
    """A random source draws from k / 2**53, as random.Random and numpy Generators do."""

    def random(self) -> float:
        """Draws the next number in [0, 1)."""
        ...


@final
@dataclass(frozen=True)
class Dfa:
    """An automaton over tokens with states 0 ... S-1; a missing transition rejects.

    Attributes:
        start: the state before the first token.
        accepting: the states in which a word may end.
        transitions: for each state, the next state for each token that has one, in token order.
    """

    start: int
    accepting: frozenset[int]
    transitions: tuple[dict[int, int], ...]
    _completions: dict[int, dict[int, int]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        states = range(len(self.transitions))
        mentioned = {self.start, *self.accepting}
        mentioned.update(target for moves in self.transitions for target in moves.values())
        if strangers := sorted(state for state in mentioned if state not in states):
            raise InputLanguageError(
                f"expected states in 0 ... {len(states) - 1}, got {strangers[0]!r}"
            )
        # Words are enumerated and numbered in lexicographic order, which is that of the moves.
        ordered = tuple(dict(sorted(moves.items())) for moves in self.transitions)
        object.__setattr__(self, "transitions", ordered)

    def __hash__(self) -> int:
        # Dicts have no hash; automata that are equal agree in these three.
        return hash((self.start, self.accepting, len(self.transitions)))

    def accepts(self, word: Iterable[int]) -> bool:
        """Says whether the automaton accepts the word."""
        state = self.start
        for token in word:
            if token not in self.transitions[state]:
                return False
            state = self.transitions[state][token]
        return state in self.accepting

    def count(self, n: int) -> int:
        """Returns the exact number of accepted words of length n."""
        return self.completions(n).get(self.start, 0)

    # The table of the recursive method (Nijenhuis and Wilf 1978): from it follow the count, the
    # k-th word and a uniform draw. Words of length n from a state are, summed over its moves, the
    # words of length n-1 from the state that is reached.
    def completions(self, n: int) -> dict[int, int]:
        """Gives, for each state that has any, the number of words of length n accepted from it."""
        length_known = n
        while length_known > 0 and length_known not in self._completions:
            length_known -= 1
        if length_known == 0:
            self._completions[0] = dict.fromkeys(self.accepting, 1)
        # Rows are only ever assigned whole, so that threads may repeat but never corrupt the work.
        for length in range(length_known + 1, n + 1):
            checkpoint()
            row: dict[int, int] = {}
            for state, words in self._completions[length - 1].items():
                # Backwards over the moves: states from which no word of this length is accepted
                # never come up.
                for source, tokens in self._sources[state].items():
                    row[source] = row.get(source, 0) + tokens * words
            self._completions[length] = row
        return self._completions[n]

    def lengths(self, max_len: int) -> Iterator[int]:
        """Yields the lengths 0 ... max_len that an accepted word has, without counting."""
        # All words of a length are followed at once, by the set of states that they lead to.
        reached: set[int] = {self.start}
        for length in range(max_len + 1):
            checkpoint()
            if not reached:
                break
            if not self.accepting.isdisjoint(reached):
                yield length
            reached = set().union(*(self._targets[state] for state in reached))

    def live_tokens(self, n: int) -> list[frozenset[int]]:
        """Lists, per position, the tokens that occur there in some accepted word of length n."""
        live = []
        reached = {self.start}
        for remaining in reversed(range(n)):
            checkpoint()
            # A token is live if its source can be reached and its target be completed.
            ends = self.completions(remaining)
            moves = [move for state in reached for move in self.transitions[state].items()]
            live.append(frozenset(token for token, target in moves if target in ends))
            reached = {target for _, target in moves if target in ends}
        return live

    def enumerate_words(self, n: int) -> Iterator[tuple[int, ...]]:
        """Yields the accepted words of length n in lexicographic order, one at a time."""
        if not self.count(n):
            return
        if n == 0:
            yield ()
            return
        ends = [self.completions(remaining) for remaining in range(n)]
        word: list[int] = []
        branches = [iter(self.transitions[self.start].items())]
        # Iterative, since words may be longer than the interpreter's recursion limit.
        while branches:
            remaining = n - len(branches)
            for token, target in branches[-1]:
                if target not in ends[remaining]:
                    continue
                if remaining == 0:
                    yield (*word, token)
                    continue
                word.append(token)
                branches.append(iter(self.transitions[target].items()))
                break
            else:
                branches.pop()
                if word:
                    word.pop()

    def word_at(self, n: int, index: int) -> tuple[int, ...]:
        """Returns the word with this index, 0 ... count(n)-1, in their lexicographic order."""
        total = self.count(n)
        if not 0 <= index < total:
            raise InputLanguageError(
                f"expected an index in 0 ... {total - 1} of the words of length {n}, got {index!r}"
            )
        word: list[int] = []
        state = self.start
        for remaining in reversed(range(n)):
            ends = self.completions(remaining)
            for token, target in self.transitions[state].items():
                # Unranking: a smaller token stands for as many earlier words as it can be completed
                # to.
                words = ends.get(target, 0)
                if index < words:
                    word.append(token)
                    state = target
                    break
                index -= words
        return tuple(word)

    def sample_word(self, rng: RandomSource, n: int) -> tuple[int, ...]:
        """Draws one of the accepted words of length n, each with exactly the same chance."""
        if not (total := self.count(n)):
            raise InputLanguageError(f"expected a length that has words, got n={n}, which has none")
        return self.word_at(n, integer_below(total, rng))

    @cached_property
    def alphabet(self) -> frozenset[int]:
        """The tokens that some state reads."""
        return frozenset(token for moves in self.transitions for token in moves)

    @cached_property
    def useful(self) -> frozenset[int]:
        """The states that lie on the path of some accepted word."""
        reached = closure({self.start}, self._targets.__getitem__)
        completed = closure(self.accepting, self._sources.__getitem__)
        return reached & completed

    @cached_property
    def earliest(self) -> dict[int, int]:
        """The tokens that some accepted word has, each with the first position where one has it."""
        first: dict[int, int] = {}
        reached = seen = {self.start} & self.useful
        position = 0
        while reached:
            targets = set()
            for state in reached:
                for token, target in self.transitions[state].items():
                    if target in self.useful:
                        first.setdefault(token, position)
                        targets.add(target)
            # Breadth first: the tokens of a state that was reached before are known.
            reached, seen, position = targets - seen, seen | targets, position + 1
        return first

    @cached_property
    def longest(self) -> int | None:
        """The length of the longest word: None if there is no longest, 0 if there are no words."""
        graph = {state: self._targets[state] & self.useful for state in self.useful}
        heights: dict[int, int] = {}
        try:
            # Targets are given as predecessors: they come first, and their heights are known.
            for state in TopologicalSorter(graph).static_order():
                heights[state] = max((1 + heights[target] for target in graph[state]), default=0)
        # A cycle of useful states can be gone round any number of times.
        except CycleError:
            return None
        return heights.get(self.start, 0)

    @cached_property
    def _targets(self) -> tuple[frozenset[int], ...]:
        return tuple(frozenset(moves.values()) for moves in self.transitions)

    @cached_property
    def _sources(self) -> tuple[dict[int, int], ...]:
        # For each state the states before it, with the number of tokens that lead from there.
        sources: tuple[dict[int, int], ...] = tuple({} for _ in self.transitions)
        for state, moves in enumerate(self.transitions):
            for target in moves.values():
                sources[target][state] = sources[target].get(state, 0) + 1
        return sources


def universal(n_tokens: int) -> Dfa:
    """Returns the automaton that accepts every sequence of the tokens 0 ... n_tokens-1."""
    return Dfa(0, frozenset({0}), (dict.fromkeys(range(n_tokens), 0),))


def empty() -> Dfa:
    """Returns the automaton that accepts nothing."""
    return Dfa(0, frozenset(), ({},))


def explored(
    start: _State,
    moves: Callable[[_State, int], Iterable[tuple[int, _State]]],
    accepts: Callable[[_State], bool],
    most: int | None = None,
    problem: str = "",
) -> Dfa:
    """Returns the automaton of the states that are reached, in the order of their discovery.

    Of a state and the length of the shortest word that leads there `moves` gives the tokens and
    targets. With more than `most` states the error says what the problem is.
    """
    # Breadth first: automata that are alike get the same numbers, and are equal as values.
    numbers = {start: 0}
    pending = [(start, 0)]
    transitions = []
    for state, depth in pending:
        row: dict[int, int] = {}
        for token, target in moves(state, depth):
            if target not in numbers:
                numbers[target] = len(numbers)
                pending.append((target, depth + 1))
            row[token] = numbers[target]
        transitions.append(row)
        if most is not None and len(numbers) > most:
            raise InputLanguageError(problem)
    accepting = frozenset(number for state, number in numbers.items() if accepts(state))
    return Dfa(0, accepting, tuple(transitions))


def integer_below(bound: int, rng: RandomSource) -> int:
    """Draws one of 0 ... bound-1, each with exactly the same chance, however large the bound."""
    bits = (bound - 1).bit_length()
    draws = -(-bits // _RANDOM_BITS)
    while True:
        value = 0
        for _ in range(draws):
            value = (value << _RANDOM_BITS) | int(rng.random() * 2**_RANDOM_BITS)
        # Without the bits in excess the value is uniform below 2**bits, less than twice the bound.
        value >>= draws * _RANDOM_BITS - bits
        # Drawing again is what keeps the chances equal; more than half of all draws are kept.
        if value < bound:
            return value


def closure(
    seeds: Iterable[_State], neighbours: Callable[[_State], Iterable[_State]]
) -> frozenset[_State]:
    """Returns all that is reached from some states, themselves included."""
    reached = set(seeds)
    waiting = list(reached)
    while waiting:
        fresh = [state for state in neighbours(waiting.pop()) if state not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
    return frozenset(reached)
