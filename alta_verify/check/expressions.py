"""Patterns as trees: regular expressions whose symbols are ranges of token names.

Parts that only match the empty word are left out as they arise, so that the size of a tree is that
of its symbols.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Never, TypeAlias, final

from alta_verify.check.limits import MAX_NESTING, MAX_SYMBOLS
from alta_verify.check.refused import Refused

__all__ = [
    "Choice",
    "Node",
    "Ranges",
    "Repeated",
    "Sequence",
    "Symbol",
    "parse_pattern",
]

_SPECIAL: Final = frozenset("()|*+?{}.[]\\")
_MARKS: Final = frozenset("*+?{")
_DIGITS: Final = 9

Ranges: TypeAlias = tuple[tuple[str, str], ...]
"""The first and the last name of each range."""


@final
@dataclass(frozen=True, slots=True)
class Symbol:
    """A token of some ranges; or, negated, one of none of them."""

    ranges: Ranges
    negated: bool


@final
@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other; without parts, the empty word."""

    parts: tuple[Node, ...]


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """One of some parts."""

    parts: tuple[Node, ...]


@final
@dataclass(frozen=True, slots=True)
class Repeated:
    """A body, from `low` to `high` times; None for any number."""

    body: Node
    low: int
    high: int | None


Node: TypeAlias = Symbol | Sequence | Choice | Repeated

_EMPTY: Final = Sequence(())


@lru_cache(maxsize=16)
def parse_pattern(text: str) -> Node:
    """Returns the tree of a pattern."""
    tree = _Parser(text).parse()
    if _size(tree) > MAX_SYMBOLS:
        raise Refused(
            f"the input language cannot be read: {text!r:.60} has more than {MAX_SYMBOLS} symbols "
            f"once its repetitions are written out, {_size(tree)}"
        )
    return tree


def _size(node: Node) -> int:
    """Returns how many symbols a tree has once its repetitions are written out."""
    # Nothing is written out for it: sizes of nested repetitions are multiplied.
    match node:
        case Symbol():
            return 1
        case Sequence(parts) | Choice(parts):
            return sum(map(_size, parts))
        case Repeated(body, low, high):
            return _size(body) * (max(low, 1) if high is None else high)


@final
class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open = 0

    def parse(self) -> Node:
        tree = self._choice()
        if self._peek():
            self._fail()
        return tree

    def _fail(self) -> Never:
        raise Refused(
            f"the input language cannot be read near {self._text[self._at : self._at + 60]!r}, at "
            f"character {self._at} of a pattern, expected a regular expression over tokens"
        )

    def _peek(self) -> str:
        """Returns the next character that is no space; nothing at the end."""
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _take(self, expected: str) -> None:
        if self._peek() != expected:
            self._fail()
        self._at += 1

    def _choice(self) -> Node:
        options = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._sequence())
        # All empty options are one, which may stand anywhere in the choice.
        distinct = [option for option in options if option != _EMPTY]
        if len(distinct) < len(options):
            distinct.append(_EMPTY)
        return distinct[0] if len(distinct) == 1 else Choice(tuple(distinct))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in {"", "|", ")"}:
            part = self._repeated()
            if part != _EMPTY:
                parts.append(part)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self) -> Node:
        body = self._item()
        if self._peek() not in _MARKS:
            return body
        low, high = self._bounds()
        if self._peek() in _MARKS or (high is not None and high < low):
            self._fail()
        # The empty word repeated is the empty word. As it has no symbols, the limit on symbols
        # would not stop an automaton with a billion copies of it.
        return _EMPTY if body == _EMPTY or high == 0 else Repeated(body, low, high)

    def _bounds(self) -> tuple[int, int | None]:
        mark = self._text[self._at]
        self._at += 1
        if mark != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
        low = high = self._integer()
        if self._peek() == ",":
            self._at += 1
            if self._peek() == "}":
                self._at += 1
                return low, None
            high = self._integer()
        self._take("}")
        return low, high

    def _integer(self) -> int:
        self._peek()
        start = self._at
        # A tuple, since every text contains the empty one that is left at the end; not `isdigit`,
        # which takes the digits of all scripts.
        while self._text[self._at : self._at + 1] in tuple("0123456789"):
            self._at += 1
        digits = self._text[start : self._at]
        if not digits or len(digits.lstrip("0")) > _DIGITS:
            self._fail()
        return int(digits.lstrip("0") or "0")

    def _item(self) -> Node:
        match self._peek():
            case "(":
                return self._group()
            case "[":
                self._at += 1
                return self._brackets()
            case ".":
                self._at += 1
                return Symbol((), negated=True)
        name = self._name("")
        return Symbol(((name, name),), negated=False)

    def _group(self) -> Node:
        self._open += 1
        # Every parenthesis takes several calls of this parser, and Python limits how deep calls
        # nest.
        if self._open > MAX_NESTING:
            self._fail()
        self._at += 1
        inner = self._choice()
        self._take(")")
        self._open -= 1
        return inner

    def _brackets(self) -> Node:
        negated = self._text.startswith("^", self._at)
        self._at += negated
        ranges: list[tuple[str, str]] = []
        while self._peek() != "]" or not ranges:
            first = last = self._name("-")
            if self._peek() == "-":
                self._at += 1
                self._peek()
                last = self._name("-")
            ranges.append((first, last))
        self._at += 1
        return Symbol(tuple(ranges), negated)

    def _name(self, ends: str) -> str:
        """Reads a name, which has a character at least."""
        start, name = self._at, list[str]()
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "\\":
                self._at += 1
                if self._at == len(self._text):
                    self._fail()
                character = self._text[self._at]
            elif character in _SPECIAL or character in ends or character.isspace():
                break
            name.append(character)
            self._at += 1
        if self._at == start:
            self._fail()
        return "".join(name)
