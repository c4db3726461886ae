"""The lines of a program's text, read from left to right.

Some of what is read here is written in other ways in the canonical text, or is no program: the
first is found out by writing it again, the second by `alta_verify.check.wellformed`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, NoReturn, final

from alta_verify.check.declared import (
    HEADER,
    Declared,
    DeclaredHead,
    DeclaredLanguage,
    DeclaredRule,
    DeclaredVariable,
    Value,
)
from alta_verify.check.limits import MAX_DIGITS

__all__ = ["read_lines"]

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")

_SOURCES: Final = ("default", "token", "position")


def read_lines(text: str) -> Declared:
    """Returns what a text declares.

    Raises:
        ValueError: when a line is of no kind that there is, or is missing, or comes twice; or some
            other error of Python's that a line runs into.
    """
    lines = text.split("\n")
    if lines[0] != HEADER or lines.pop():
        raise ValueError(lines[0])
    found = _Found()
    for line in lines[1:]:
        keyword, _, rest = line.partition(" ")
        found.read(keyword, _Line(rest))
    single = found.single
    if len(single["vocab"]) != single["tokens"]:
        raise ValueError(f"{single['tokens']} tokens")
    return Declared(
        single["name"],
        single["vocab"],
        single["positions"],
        found.variables,
        found.heads,
        tuple(found.rules),
        single["output"],
        single["halt"],
        single["layers"],
        single["inputs"],
    )


@final
@dataclass
class _Found:
    """What the lines so far declare."""

    single: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, DeclaredVariable] = field(default_factory=dict)
    heads: dict[str, DeclaredHead] = field(default_factory=dict)
    rules: list[DeclaredRule] = field(default_factory=list)

    def read(self, keyword: str, line: _Line) -> None:
        """Reads the line that begins with a keyword."""
        match keyword:
            case "variable":
                _enter(self.variables, line.name(), _variable(line))
            case "head":
                _enter(self.heads, line.name(), _head(line))
            case "rule":
                self.rules.append(_rule(line))
            case _:
                _enter(self.single, keyword, _single(keyword, line))
        line.end()


def _single(keyword: str, line: _Line) -> Any:
    """Reads a line of which there is one."""
    match keyword:
        case "name":
            return _exactly(str, line.json())
        case "tokens":
            return line.integer()
        case "vocab":
            return _all(str, line.json())
        case "positions":
            return None if line.skips("-") else line.integer()
        case "output":
            return line.name()
        case "halt":
            return None if line.skips("-") else (line.name(), line.value("="))
        case "layers":
            return _layers(line)
        case "inputs":
            return _language(line)
    raise ValueError(keyword)


def _variable(line: _Line) -> DeclaredVariable:
    size, points, subsets = 1, None, tuple[frozenset[int], ...]()
    kind = line.word(" ", ("range", "values", "subsets"))
    line.take(" ")
    if kind == "range":
        size = line.integer()
    elif kind == "values":
        points = _points(line)
    else:
        # Subsets have an order, which is that of their sorted members.
        subsets = tuple(sorted(set(_sets(line.json())), key=sorted))
        line.take(" of ")
        size = line.integer()
    source = line.word(" ", _SOURCES)
    line.take(" ")
    table = line.json()
    return DeclaredVariable(kind, size, points, subsets, source, _READ[kind](table))


def _head(line: _Line) -> DeclaredHead:
    query, key = (line.name_or_none(f" {role} ") for role in ("query", "key"))
    line.take(" value ")
    value = line.name()
    line.take(" mask ")
    mask = None if line.skips("-") else tuple(sorted(set(_integers(line.json()))))
    averages = line.skips(" values ")
    return DeclaredHead(query, key, value, mask, averages, _points(line) if averages else None)


def _points(line: _Line) -> tuple[float, ...] | None:
    return None if line.skips("-") else tuple(sorted(set(_floats(line.json()))))


def _rule(line: _Line) -> DeclaredRule:
    atoms = []
    if not line.skips("always -> "):
        while True:
            name = line.name()
            line.take("=")
            atoms.append((name, line.integer()))
            if not line.skips(" & "):
                break
        line.take(" -> ")
    return DeclaredRule(tuple(atoms), line.name(), line.value(" := "))


def _layers(line: _Line) -> int | tuple[int, ...] | None:
    if line.skips("-"):
        return None
    found = line.json()
    return _integers(found) if isinstance(found, list) else _exactly(int, found)


def _language(line: _Line) -> DeclaredLanguage:
    kind = line.word("", ("anything", "regex", "distinct", "sequences", "lengths"))
    if kind == "anything":
        return DeclaredLanguage(kind)
    line.take(" ")
    found = line.json()
    if kind == "sequences":
        return DeclaredLanguage(kind, tuple(sorted(set(map(_integers, _exactly(list, found))))))
    if kind == "lengths":
        if list(_exactly(dict, found)) != [str(length) for length in range(len(found))]:
            raise ValueError("lengths out of order")
        patterns = [None if one is None else _exactly(str, one) for one in found.values()]
        return DeclaredLanguage(kind, tuple(patterns))
    return DeclaredLanguage(kind, _exactly(str, found))


def _exactly(kind: type, found: Any) -> Any:
    """Returns a value that is of a type, and of no other that counts as it."""
    if type(found) is not kind:
        raise TypeError(f"expected {kind.__name__}, got {found!r:.60}")
    return found


def _all(kind: type, found: Any) -> tuple[Any, ...]:
    return tuple(_exactly(kind, one) for one in _exactly(list, found))


def _integers(found: Any) -> tuple[int, ...]:
    return _all(int, found)


def _floats(found: Any) -> tuple[float, ...]:
    return tuple(map(_finite, _all(float, found)))


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError(number)
    return number + 0.0  # zero has no sign


def _sets(found: Any) -> tuple[frozenset[int], ...]:
    return tuple(frozenset(_integers(one)) for one in _exactly(list, found))


_READ: Final[Mapping[str, Callable[[Any], tuple[Value, ...]]]] = {
    "range": _integers,
    "values": _floats,
    "subsets": _sets,
}
"""How tables are read, by kind of variable."""


def _enter(table: dict[str, Any], name: str, value: Any) -> None:
    if name in table:
        raise ValueError(f"{name!r} is declared twice")
    table[name] = value


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        _enter(table, key, value)
    return table


_DECODER: Final = json.JSONDecoder(
    parse_int=_integer, parse_constant=_no_number, object_pairs_hook=_distinct
)


@final
class _Line:
    """What is left of a line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def skips(self, expected: str) -> bool:
        """Goes past some text if it comes next, and says whether it does."""
        found = self._text.startswith(expected, self._at)
        self._at += len(expected) if found else 0
        return found

    def take(self, expected: str) -> None:
        if not self.skips(expected):
            raise ValueError(f"expected {expected!r}, got {self._text[self._at :]!r:.60}")

    def word(self, before: str, words: tuple[str, ...]) -> str:
        """Takes one of some words."""
        self.take(before)
        for word in words:
            if self.skips(word):
                return word
        raise ValueError(f"expected one of {words}, got {self._text[self._at :]!r:.60}")

    def json(self) -> Any:
        found, self._at = _DECODER.raw_decode(self._text, self._at)
        return found

    def integer(self) -> int:
        return int(_exactly(int, self.json()))

    def name(self) -> str:
        if self._text.startswith('"', self._at):
            return str(self.json())
        found = _BARE.match(self._text, self._at)
        if found is None:
            raise ValueError(f"expected a name, got {self._text[self._at :]!r:.60}")
        self._at = found.end()
        return found[0]

    def name_or_none(self, before: str) -> str | None:
        self.take(before)
        return None if self.skips("-") else self.name()

    def value(self, before: str) -> Value:
        """Takes a value: an integer, a float, or a set in braces."""
        self.take(before)
        if not self.skips("{"):
            found = self.json()
            return _finite(found) if isinstance(found, float) else int(_exactly(int, found))
        end = self._text.index("}", self._at)
        members = _integers(_DECODER.decode(f"[{self._text[self._at : end]}]"))
        self._at = end + 1
        return frozenset(members)

    def end(self) -> None:
        if self._at != len(self._text):
            raise ValueError(f"expected the end of the line, got {self._text[self._at :]!r:.60}")
