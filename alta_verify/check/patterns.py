"""Patterns: regular expressions over token names, as automata with empty moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Never, TypeAlias, final

from alta_verify.check.refused import Refused

__all__ = ["Automaton", "State", "read_pattern", "read_words"]

State: TypeAlias = frozenset[int]
"""The places of an automaton that a word can have led to."""

_SPECIAL: Final = frozenset("()|*+?{}.[]\\")

_Node: TypeAlias = "tuple[str, tuple[_Node, ...] | frozenset[int] | tuple[_Node, int, int | None]]"


@final
@dataclass
class Automaton:
    """Accepts the words on some path from place 0 to an accepting place.

    Attributes:
        empty: for each place, where one gets without a token.
        moves: for each place, the tokens that lead somewhere else, and where.
        accepting: where words may end.
    """

    empty: list[list[int]] = field(default_factory=lambda: [[]])
    moves: list[list[tuple[frozenset[int], int]]] = field(default_factory=lambda: [[]])
    accepting: set[int] = field(default_factory=set)
    _steps: dict[State, dict[int, State]] = field(default_factory=dict)

    def add(self) -> int:
        """Returns a new place."""
        self.empty.append([])
        self.moves.append([])
        return len(self.empty) - 1

    @property
    def start(self) -> State:
        """Where all words begin."""
        return self._closure({0})

    def accepts(self, state: State) -> bool:
        """Says whether a word may end here."""
        return not self.accepting.isdisjoint(state)

    def steps(self, state: State) -> Mapping[int, State]:
        """Returns where each token leads, for the tokens that lead anywhere."""
        if state not in self._steps:
            reached: dict[int, set[int]] = {}
            for place in state:
                for tokens, target in self.moves[place]:
                    for token in tokens:
                        reached.setdefault(token, set()).add(target)
            self._steps[state] = {token: self._closure(reached[token]) for token in sorted(reached)}
        return self._steps[state]

    def _closure(self, places: set[int]) -> State:
        found, pending = set(places), list(places)
        while pending:
            for place in self.empty[pending.pop()]:
                if place not in found:
                    found.add(place)
                    pending.append(place)
        return frozenset(found)


def read_words(words: object, vocab: tuple[str, ...]) -> Automaton:
    """Returns the automaton of a list of words, of token numbers or names."""
    numbers = {name: number for number, name in enumerate(vocab)}
    automaton, children = Automaton(), dict[tuple[int, int], int]()
    if not isinstance(words, list):
        _fail(str(words))
    for word in words:
        place = 0
        for item in word:
            token = numbers[item] if isinstance(item, str) else item
            if type(token) is not int or not 0 <= token < len(vocab):
                _fail(repr(word))
            if (place, token) not in children:
                children[place, token] = automaton.add()
                automaton.moves[place].append((frozenset({token}), children[place, token]))
            place = children[place, token]
        automaton.accepting.add(place)
    return automaton


def read_pattern(text: str, vocab: tuple[str, ...]) -> Automaton:
    """Returns the automaton of a pattern."""
    tree = _Parser(text, vocab).parse()
    automaton = Automaton()
    automaton.accepting.add(_build(automaton, tree, 0))
    return automaton


def _build(automaton: Automaton, node: _Node, start: int) -> int:
    """Adds the paths of a node that begin at a place, and returns where they end."""
    match node:
        case "tokens", frozenset() as tokens:
            end = automaton.add()
            automaton.moves[start].append((tokens, end))
            return end
        case "all of", tuple() as parts:
            for part in parts:
                start = _build(automaton, part, start)
            return start
        case "one of", tuple() as parts:
            end = automaton.add()
            for part in parts:
                automaton.empty[_build(automaton, part, start)].append(end)
            return end
        case "repeated", (body, int(least), most):
            for _ in range(least):
                start = _build(automaton, body, start)
            end = automaton.add()
            automaton.empty[start].append(end)
            for _ in range(1 if most is None else most - least):  # type: ignore[operator]
                inner = automaton.add()
                automaton.empty[start].append(inner)
                start = _build(automaton, body, inner)
                automaton.empty[start].append(end)
                if most is None:
                    automaton.empty[start].append(inner)
            return end
    raise TypeError(node)


def _fail(text: str) -> Never:
    raise Refused(f"the input language cannot be read near {text[:60]!r}")


@final
class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, text: str, vocab: tuple[str, ...]) -> None:
        self._text = text
        self._at = 0
        self._numbers = {name: number for number, name in enumerate(vocab)}
        self._all = frozenset(range(len(vocab)))

    def parse(self) -> _Node:
        tree = self._choice()
        if self._peek():
            _fail(self._text[self._at :])
        return tree

    def _peek(self) -> str:
        """Returns the next character that is no space; nothing at the end."""
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _take(self, expected: str) -> None:
        if self._peek() != expected:
            _fail(self._text[self._at :])
        self._at += 1

    def _choice(self) -> _Node:
        options = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else ("one of", tuple(options))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._peek() not in {"", "|", ")"}:
            parts.append(self._repeated())
        return "all of", tuple(parts)

    def _repeated(self) -> _Node:
        body = self._item()
        mark = self._peek()
        if not mark or mark not in "*+?{":
            return body
        self._at += 1
        if mark != "{":
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
            return "repeated", (body, least, most)
        least = self._integer()
        most = least
        if self._peek() == ",":
            self._at += 1
            most = None if self._peek() == "}" else self._integer()
        self._take("}")
        if most is not None and most < least:
            _fail(self._text[self._at :])
        return "repeated", (body, least, most)

    def _integer(self) -> int:
        self._peek()
        start = self._at
        while self._text[self._at : self._at + 1] in tuple("0123456789"):
            self._at += 1
        if start == self._at or self._at - start > 9:
            _fail(self._text[start:])
        return int(self._text[start : self._at])

    def _item(self) -> _Node:
        match self._peek():
            case "(":
                self._at += 1
                inner = self._choice()
                self._take(")")
                return inner
            case "[":
                self._at += 1
                return "tokens", self._brackets()
            case ".":
                self._at += 1
                return "tokens", self._all
        return "tokens", frozenset({self._token("")})

    def _brackets(self) -> frozenset[int]:
        negated = self._text.startswith("^", self._at)
        self._at += negated
        found: set[int] = set()
        while self._peek() != "]":
            first = last = self._token("-")
            if self._peek() == "-":
                self._at += 1
                last = self._token("-")
            if last < first:
                _fail(self._text[self._at :])
            found |= set(range(first, last + 1))
        self._at += 1
        return self._all - found if negated else frozenset(found)

    def _token(self, ends: str) -> int:
        """Reads a name and returns its number."""
        self._peek()
        start, name = self._at, ""
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "\\" and self._at + 1 < len(self._text):
                self._at += 1
                character = self._text[self._at]
            elif character in _SPECIAL or character in ends or character.isspace():
                break
            name += character
            self._at += 1
        if name not in self._numbers:
            _fail(self._text[start:])
        return self._numbers[name]
