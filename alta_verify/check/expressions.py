"""Patterns as trees: regular expressions whose symbols are ranges of token names.

Parts that only match the empty word are left out as they arise, so that the size of a tree is that
of its symbols.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Never, TypeAlias, final

from alta_verify.check.limits import MAX_NESTING, MAX_SYMBOLS
from alta_verify.check.refused import Refused

__all__ = ["Choice", "Node", "Ranges", "Repeated", "Sequence", "Symbol", "parse_pattern"]

_MARKS: Final = frozenset("*+?{")

# A name has a character at least, and no signs or spaces without a backslash; in brackets also no
# hyphen, which stands between the ends of a range.
_NAME: Final = re.compile(r"(?:\\.|[^()|*+?{}.\[\]\\\s])++", re.DOTALL)
_MEMBER: Final = re.compile(r"(?:\\.|[^()|*+?{}.\[\]\\\s-])++", re.DOTALL)

# Up to nine digits; not `\d`, which has those of all scripts.
_NUMBER: Final = re.compile(r"0*([0-9]{1,9})(?![0-9])")

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

    def _skips(self, sign: str) -> bool:
        """Says whether a sign comes next, and goes past it."""
        skipped = self._peek() == sign
        self._at += skipped
        return skipped

    def _match(self, form: re.Pattern[str]) -> re.Match[str]:
        self._peek()
        match = form.match(self._text, self._at)
        if match is None:
            self._fail()
        self._at = match.end()
        return match

    def _choice(self) -> Node:
        options = [self._sequence()]
        while self._skips("|"):
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
        for mark, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._skips(mark):
                return bounds
        self._at += 1
        low = high = int(self._match(_NUMBER)[1])
        if self._skips(","):
            if self._skips("}"):
                return low, None
            high = int(self._match(_NUMBER)[1])
        if not self._skips("}"):
            self._fail()
        return low, high

    def _item(self) -> Node:
        if self._skips("("):
            return self._group()
        if self._skips("["):
            return self._brackets()
        if self._skips("."):
            return Symbol((), negated=True)
        name = self._name(_NAME)
        return Symbol(((name, name),), negated=False)

    def _group(self) -> Node:
        self._open += 1
        # Every parenthesis takes several nested calls of this parser, which Python limits.
        if self._open > MAX_NESTING:
            self._fail()
        inner = self._choice()
        if not self._skips(")"):
            self._fail()
        self._open -= 1
        return inner

    def _brackets(self) -> Node:
        negated = self._text.startswith("^", self._at)
        self._at += negated
        ranges: list[tuple[str, str]] = []
        while not (ranges and self._skips("]")):
            first = last = self._name(_MEMBER)
            if self._skips("-"):
                last = self._name(_MEMBER)
            ranges.append((first, last))
        return Symbol(tuple(ranges), negated)

    def _name(self, form: re.Pattern[str]) -> str:
        return re.sub(r"\\(.)", r"\1", self._match(form)[0], flags=re.DOTALL)
