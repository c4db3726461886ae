"""Patterns: regular expressions over token names, as automata with empty moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, final

from alta_verify.check.expressions import (
    Choice,
    Node,
    Ranges,
    Repeated,
    Sequence,
    Symbol,
    parse_pattern,
)
from alta_verify.check.limits import MAX_PLACES, MAX_STEPS
from alta_verify.check.refused import Refused

__all__ = ["Automaton", "State", "check_pattern", "read_pattern", "read_words"]

State: TypeAlias = frozenset[int]
"""The places of an automaton that a word can have led to."""


@final
@dataclass
class Automaton:
    """Accepts the words on some path from place 0 to an accepting place.

    For each place it has where one gets without a token, and which tokens lead where.
    """

    empty: list[list[int]] = field(default_factory=lambda: [[]])
    moves: list[list[tuple[frozenset[int], int]]] = field(default_factory=lambda: [[]])
    accepting: set[int] = field(default_factory=set)
    _steps: dict[State, dict[int, State]] = field(default_factory=dict)
    _spent: int = 0

    def add(self) -> int:
        """Returns a new place."""
        if len(self.empty) >= MAX_PLACES:
            raise Refused(f"the automaton of the input language has more than {MAX_PLACES} places")
        self.empty.append([])
        self.moves.append([])
        return len(self.empty) - 1

    @cached_property
    def alphabet(self) -> frozenset[int]:
        """The tokens that some place reads."""
        return frozenset(t for moves in self.moves for tokens, _ in moves for t in tokens)

    @cached_property
    def start(self) -> State:
        """Where all words begin."""
        return self._closure(frozenset({0}))

    def accepts(self, state: State) -> bool:
        """Says whether a word may end here."""
        return not self.accepting.isdisjoint(state)

    def steps(self, state: State) -> Mapping[int, State]:
        """Returns where each token leads, for the tokens that lead anywhere."""
        if state not in self._steps:
            # The subset construction (Rabin and Scott 1959), as far as somebody asks.
            reached: dict[int, set[int]] = {}
            for place in state:
                for tokens, target in self.moves[place]:
                    # Tokens count and not moves, of which one may have as many tokens as there are.
                    self._spend(len(tokens))
                    for token in tokens:
                        reached.setdefault(token, set()).add(target)
            # Many tokens lead to the same places, of which the closure is taken once.
            targets = {token: frozenset(reached[token]) for token in sorted(reached)}
            closures = {places: self._closure(places) for places in set(targets.values())}
            self._steps[state] = {token: closures[places] for token, places in targets.items()}
        return self._steps[state]

    def _closure(self, places: State) -> State:
        closure, pending = set(places), list(places)
        while pending:
            for place in self.empty[pending.pop()]:
                if place not in closure:
                    closure.add(place)
                    pending.append(place)
        self._spend(len(closure))
        return frozenset(closure)

    def _spend(self, steps: int) -> None:
        self._spent += steps
        if self._spent > MAX_STEPS:
            raise Refused(f"the input language takes more than {MAX_STEPS} steps to go through")


def read_words(words: Iterable[Iterable[int]]) -> Automaton:
    """Returns the automaton of some words."""
    # A trie: words share the places of their common beginnings.
    automaton, children = Automaton(), dict[tuple[int, int], int]()
    for word in words:
        place = 0
        for token in word:
            if (place, token) not in children:
                children[place, token] = automaton.add()
                automaton.moves[place].append((frozenset({token}), children[place, token]))
            place = children[place, token]
        automaton.accepting.add(place)
    return automaton


def read_pattern(text: str, vocab: tuple[str, ...]) -> Automaton:
    """Returns the automaton of a pattern."""
    automaton = Automaton()
    end = _build(automaton, _Tokens(text, vocab), parse_pattern(text), 0)
    automaton.accepting.add(end)
    return automaton


def check_pattern(text: str, vocab: tuple[str, ...]) -> None:
    """Checks that a text is a pattern over some tokens, without making anything of it."""
    tokens = _Tokens(text, vocab)
    waiting = [parse_pattern(text)]
    while waiting:
        match waiting.pop():
            case Symbol(ranges):
                tokens.bounds(ranges)
            case Sequence(parts) | Choice(parts):
                waiting.extend(parts)
            case Repeated(body):
                waiting.append(body)


@final
class _Tokens:
    """The tokens that symbols of a pattern stand for."""

    def __init__(self, text: str, vocab: tuple[str, ...]) -> None:
        self._text = text
        self._numbers = {name: number for number, name in enumerate(vocab)}
        self._sets: dict[Symbol, frozenset[int]] = {}
        self._spent = 0

    def bounds(self, ranges: Ranges) -> list[tuple[int, int]]:
        """Returns the first and last token of each range of names."""
        bounds = []
        for names in ranges:
            first, last = (self._numbers.get(name, -1) for name in names)
            if not 0 <= first <= last:
                raise Refused(
                    f"the input language cannot be read: {'-'.join(names)!r:.60} in "
                    f"{self._text!r:.60} are no tokens, expected some of vocab, in its order"
                )
            bounds.append((first, last))
        return bounds

    def of(self, symbol: Symbol) -> frozenset[int]:
        """Returns the tokens of a symbol."""
        if symbol not in self._sets:
            bounds = self.bounds(symbol.ranges)
            size = len(self._numbers) if symbol.negated else 0
            self._spent += size + sum(last - first + 1 for first, last in bounds)
            if self._spent > MAX_STEPS:
                raise Refused(
                    f"the tokens of {self._text!r:.60} are {self._spent}, expected at most "
                    f"{MAX_STEPS}"
                )
            inside = frozenset(t for first, last in bounds for t in range(first, last + 1))
            self._sets[symbol] = frozenset(range(size)) - inside if symbol.negated else inside
        return self._sets[symbol]


def _build(automaton: Automaton, tokens: _Tokens, node: Node, start: int) -> int:
    """Adds the paths of a node that begin at a place, and returns where they end."""
    # Thompson's construction (1968): a node has a place where it begins and one where it ends, with
    # empty moves between those of its parts.
    match node:
        case Symbol():
            end = automaton.add()
            automaton.moves[start].append((tokens.of(node), end))
            return end
        case Sequence(parts):
            for part in parts:
                start = _build(automaton, tokens, part, start)
            return start
        case Choice(parts):
            end = automaton.add()
            for part in parts:
                automaton.empty[_build(automaton, tokens, part, start)].append(end)
            return end
        case Repeated(body, low, high):
            # `low` copies in a row, then either a loop or copies each of which may be left for the
            # end. How many copies there are in all is bounded before, by the size of the tree.
            for _ in range(low):
                start = _build(automaton, tokens, body, start)
            end = automaton.add()
            automaton.empty[start].append(end)
            for _ in range(1 if high is None else high - low):
                inner = automaton.add()
                automaton.empty[start].append(inner)
                start = _build(automaton, tokens, body, inner)
                automaton.empty[start].append(end)
                if high is None:
                    automaton.empty[start].append(inner)
            return end
