"""Patterns: regular expressions over token names, matched by their derivatives.

The derivative of a pattern by a token matches what may follow the token (Brzozowski, 1964). So all
words of a length are found by taking one derivative after another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["EVERYTHING", "BadPatternError", "Pattern", "parsed", "words"]


class BadPatternError(Exception):
    """Text that is no pattern."""


@dataclass(frozen=True)
class Pattern:
    """A pattern: one of a few forms, with its parts.

    Attributes:
        form: "tokens" (one of these), "empty" (the empty word), "then", "or" or "many".
        tokens: those of the form "tokens".
        parts: the patterns that it is made of.
    """

    form: str
    tokens: frozenset[int] = frozenset()
    parts: tuple[Pattern, ...] = ()

    @property
    def nullable(self) -> bool:
        """Whether the empty word matches."""
        if self.form == "then":
            return all(part.nullable for part in self.parts)
        if self.form == "or":
            return any(part.nullable for part in self.parts)
        return self.form in {"empty", "many"}


NOTHING = Pattern("tokens")
EMPTY = Pattern("empty")


def then(first: Pattern, second: Pattern) -> Pattern:
    if NOTHING in (first, second):
        return NOTHING
    if first == EMPTY:
        return second
    return first if second == EMPTY else Pattern("then", parts=(first, second))


def either(*parts: Pattern) -> Pattern:
    flat: dict[Pattern, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if part.form == "or" else (part,)))
    flat.pop(NOTHING, None)
    if not flat:
        return NOTHING
    return next(iter(flat)) if len(flat) == 1 else Pattern("or", parts=tuple(flat))


def many(part: Pattern) -> Pattern:
    return EMPTY if part in (NOTHING, EMPTY) else Pattern("many", parts=(part,))


@lru_cache(maxsize=1 << 14)
def derivative(pattern: Pattern, token: int) -> Pattern:
    if pattern.form == "tokens":
        return EMPTY if token in pattern.tokens else NOTHING
    if pattern.form == "or":
        return either(*(derivative(part, token) for part in pattern.parts))
    if pattern.form == "many":
        return then(derivative(pattern.parts[0], token), pattern)
    if pattern.form == "then":
        first, second = pattern.parts
        goes_on = then(derivative(first, token), second)
        return either(goes_on, derivative(second, token)) if first.nullable else goes_on
    return NOTHING


def words(pattern: Pattern, length: int, tokens: int) -> Iterator[tuple[int, ...]]:
    """All words of a length that match."""
    if length == 0:
        if pattern.nullable:
            yield ()
        return
    for token in range(tokens):
        after = derivative(pattern, token)
        if after != NOTHING:
            for word in words(after, length - 1, tokens):
                yield (token, *word)


def EVERYTHING(tokens: int) -> Pattern:  # noqa: N802
    """The pattern of all words."""
    return many(Pattern("tokens", frozenset(range(tokens))))


def parsed(text: str, vocab: tuple[str, ...]) -> Pattern:
    """The pattern that a text is."""
    reader = _Reader(text, vocab)
    found = reader.choice()
    reader.expect(not reader.left)
    return found


class _Reader:
    """What is left of a text."""

    def __init__(self, text: str, vocab: tuple[str, ...]) -> None:
        self.left = text.lstrip()
        self.vocab = vocab

    def expect(self, holds: bool) -> None:
        if not holds:
            raise BadPatternError(f"near {self.left[:30]!r}")

    def take(self, expression: str) -> re.Match[str] | None:
        found = re.match(expression, self.left)
        if found is not None:
            self.left = self.left[found.end() :].lstrip()
        return found

    def choice(self) -> Pattern:
        parts = [self.sequence()]
        while self.take(r"\|"):
            parts.append(self.sequence())
        return either(*parts)

    def sequence(self) -> Pattern:
        parts = []
        while self.left and self.left[0] not in "|)":
            parts.append(self.repeated())
        found = EMPTY
        for part in reversed(parts):
            found = then(part, found)
        return found

    def repeated(self) -> Pattern:
        part = self.item()
        if self.take(r"\*"):
            return many(part)
        if self.take(r"\+"):
            return then(part, many(part))
        if self.take(r"\?"):
            return either(EMPTY, part)
        counts = self.take(r"\{\s*(\d{1,9})\s*(?:(,)\s*(\d{1,9})?\s*)?\}")
        if counts is None:
            self.expect(not self.left.startswith("{"))
            return part
        least, comma, most = counts.groups()
        return self.times(part, int(least), most if comma else least)

    def times(self, part: Pattern, least: int, most: str | None) -> Pattern:
        self.expect(most is None or int(most) >= least)
        found = many(part) if most is None else EMPTY
        for _ in range(0 if most is None else int(most) - least):
            found = either(EMPTY, then(part, found))
        for _ in range(least):
            found = then(part, found)
        return found

    def item(self) -> Pattern:
        if self.take(r"\("):
            found = self.choice()
            self.expect(self.take(r"\)") is not None)
            return found
        if self.take(r"\."):
            return Pattern("tokens", frozenset(range(len(self.vocab))))
        if self.left.startswith("["):
            return self.brackets()
        return Pattern("tokens", frozenset({self.token(r"[^\s()|*+?{}.\[\]\\]")}))

    def brackets(self) -> Pattern:
        negated = self.left.startswith("[^")
        self.left = self.left[1 + negated :].lstrip()
        found: set[int] = set()
        while not self.take(r"\]"):
            first = last = self.token(r"[^\s()|*+?{}.\[\]\\-]")
            if self.take("-"):
                last = self.token(r"[^\s()|*+?{}.\[\]\\-]")
            self.expect(first <= last)
            found |= set(range(first, last + 1))
        self.expect(bool(found))
        everything = frozenset(range(len(self.vocab)))
        return Pattern("tokens", everything - found if negated else frozenset(found))

    def token(self, plain: str) -> int:
        found = self.take(rf"(?:{plain}|\\[\s\S])+")
        self.expect(found is not None)
        name = re.sub(r"\\([\s\S])", r"\1", found[0] if found else "")
        if name not in self.vocab:
            raise BadPatternError(f"no token {name!r}")
        return self.vocab.index(name)
