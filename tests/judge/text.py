"""Text: a reader of the canonical text of programs, line by line, in the order of the lines."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.judge.meaning import Head, Program, Rule, Variable, sensible

__all__ = ["NoProgramError", "read"]

NAME = r'(?:[A-Za-z_][A-Za-z0-9_.]*|"(?:[^"\\]|\\.)*")'

VARIABLE = re.compile(
    rf"variable (?P<name>{NAME}) (?:range (?P<range>\d+)|values (?P<points>\S+)|"
    rf"subsets (?P<subsets>\S+) of (?P<members>\d+)) "
    rf"(?P<source>default|token|position) (?P<table>\[.*\])"
)
HEAD = re.compile(
    rf"head (?P<name>{NAME}) query (?P<query>{NAME}|-) key (?P<key>{NAME}|-) "
    rf"value (?P<value>{NAME}) mask (?P<mask>\S+)(?: values (?P<points>\S+))?"
)
RULE = re.compile(rf"rule (?P<condition>.+) -> (?P<name>{NAME}) := (?P<value>\S+)")
ATOM = re.compile(rf"(?P<name>{NAME})=(?P<index>\d+)")
HALT = re.compile(rf"(?P<name>{NAME})=(?P<value>\S+)")


class NoProgramError(Exception):
    """Text that is no program."""


def expect(holds: bool, what: object) -> None:
    if not holds:
        raise NoProgramError(str(what))


def read(text: str) -> Program:
    """The program that a text is; `NoProgramError` if it is none."""
    try:
        return _Lines(text).program()
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise NoProgramError(repr(error)) from error


def numbers(text: str, kind: type) -> tuple[Any, ...]:
    found = json.loads(text)
    expect(isinstance(found, list) and all(type(one) is kind for one in found), text)
    expect(kind is not float or all(map(math.isfinite, found)), text)
    return tuple(found)


def increasing(found: tuple[Any, ...]) -> tuple[Any, ...]:
    expect(all(low < high for low, high in pairwise(found)), found)
    return found


def subset(found: Any) -> frozenset[int]:
    expect(isinstance(found, list) and all(type(one) is int for one in found), found)
    return frozenset(increasing(tuple(found)))


def unquoted(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


def points_of(text: str) -> tuple[float, ...] | None:
    return None if text == "-" else increasing(numbers(text, float))


def natural(text: str) -> int:
    expect(re.fullmatch(r"0|[1-9]\d*", text) is not None, text)
    return int(text)


def value_of(text: str, variable: Variable) -> Any:
    if text.startswith("{"):
        expect(variable.kind == "set" and text.endswith("}"), text)
        return subset(json.loads(f"[{text[1:-1]}]"))
    found = json.loads(text)
    kind = {"categorical": int, "numerical": float}.get(variable.kind)
    expect(type(found) is kind and math.isfinite(found), text)
    return found


class _Lines:
    """The lines of a text, taken from the first to the last."""

    def __init__(self, text: str) -> None:
        expect(text.endswith("\n"), "no end of line at the end")
        self._lines = text[:-1].split("\n")
        self._at = 0

    def program(self) -> Program:
        expect(self._next() == "alta-program 1", "first line")
        expect(isinstance(json.loads(self._field("name")), str), "name")
        tokens = natural(self._field("tokens"))
        vocab = numbers(self._field("vocab"), str)
        expect(len(set(vocab)) == len(vocab) == tokens > 0, "vocab")
        positions = self._or_none("positions", natural)
        self.sizes = {"default": 1, "token": tokens, "position": positions}
        self.variables: dict[str, Variable] = {}
        self.heads: dict[str, Head] = {}
        self._all(VARIABLE, self._variable)
        self._all(HEAD, self._head)
        rules: list[Rule] = []
        self._all(RULE, lambda parts: rules.append(self._rule(parts)))
        output = unquoted(self._field("output"))
        expect(output in self.variables, output)
        halt = self._or_none("halt", self._halt)
        layers = self._or_none("layers", _layers)
        inputs = self._field("inputs")
        expect(self._at == len(self._lines), "lines left over")
        kept = sensible(rules, self.variables)
        return Program(
            vocab, positions, self.variables, self.heads, kept, output, halt, layers, inputs
        )

    def _next(self) -> str:
        expect(self._at < len(self._lines), "no more lines")
        self._at += 1
        return self._lines[self._at - 1]

    def _field(self, keyword: str) -> str:
        found, _, rest = self._next().partition(" ")
        expect(found == keyword, f"{keyword} expected, {found} found")
        return rest

    def _or_none(self, keyword: str, function: Callable[[str], Any]) -> Any:
        rest = self._field(keyword)
        return None if rest == "-" else function(rest)

    def _all(self, pattern: re.Pattern[str], take: Callable[[dict[str, Any]], None]) -> None:
        keyword = pattern.pattern.partition(" ")[0]
        while self._at < len(self._lines) and self._lines[self._at].startswith(f"{keyword} "):
            found = pattern.fullmatch(self._next())
            if found is None:
                raise NoProgramError(self._lines[self._at - 1])
            take(found.groupdict())

    def _variable(self, parts: dict[str, Any]) -> None:
        name, size = unquoted(parts["name"]), self.sizes[parts["source"]]
        raw = json.loads(parts["table"])
        expect(name not in self.variables and len(raw) == size, name)
        shape: tuple[str, int, Any, Any]
        kind: type
        if parts["range"] is not None:
            shape, kind = ("categorical", natural(parts["range"]), None, ()), int
        elif parts["points"] is not None:
            shape, kind = ("numerical", 1, points_of(parts["points"]), ()), float
        else:
            subsets = tuple(map(subset, json.loads(parts["subsets"])))
            increasing(tuple(map(sorted, subsets)))
            shape, kind = ("set", natural(parts["members"]), None, subsets), frozenset
            expect(all(0 <= one < shape[1] for own in subsets for one in own), "members")
            raw = list(map(subset, raw))
        variable = Variable(*shape, parts["source"], tuple(raw))
        expect(variable.size > 0 and all(type(one) is kind for one in raw), name)
        expect(all(map(variable.holds, raw)), f"first values of {name}")
        expect(kind is not float or all(map(math.isfinite, raw)), name)
        self.variables[name] = variable

    def _head(self, parts: dict[str, Any]) -> None:
        name, value = unquoted(parts["name"]), self.variables[unquoted(parts["value"])]
        query, key = (
            None if parts[side] == "-" else unquoted(parts[side]) for side in ("query", "key")
        )
        expect(name not in self.heads and name not in self.variables, name)
        expect(value.kind != "set" and (value.kind == "numerical") == bool(parts["points"]), name)
        expect((query is None) == (key is None), name)
        if query is not None and key is not None:
            asking, asked = self.variables[query], self.variables[key]
            expect(asking.kind != "numerical" and asked.kind == "categorical", name)
            expect(asking.size == asked.size, name)
        words = ("-", "causal", "before")
        mask = parts["mask"]
        mask = mask if mask in words else increasing(numbers(mask, int))
        expect(mask != (), "an empty mask")
        points = None if parts["points"] is None else points_of(parts["points"]) or ()
        self.heads[name] = Head(query, key, unquoted(parts["value"]), mask, points)

    def _indices(self, name: str) -> int:
        head = self.heads.get(name)
        if head is None:
            return self.variables[name].indices
        return self.variables[head.value].size if head.points is None else len(head.points)

    def _rule(self, parts: dict[str, Any]) -> Rule:
        atoms = []
        for part in [] if parts["condition"] == "always" else parts["condition"].split(" & "):
            found = ATOM.fullmatch(part)
            if found is None:
                raise NoProgramError(part)
            name, index = unquoted(found["name"]), natural(found["index"])
            expect(index < self._indices(name), f"{name} has no index {index}")
            atoms.append((name, index))
        name = unquoted(parts["name"])
        return Rule(frozenset(atoms), name, value_of(parts["value"], self.variables[name]))

    def _halt(self, text: str) -> tuple[str, Any]:
        found = HALT.fullmatch(text)
        if found is None:
            raise NoProgramError(text)
        name = unquoted(found["name"])
        value = value_of(found["value"], self.variables[name])
        expect(self.variables[name].holds(value), text)
        return name, value


def _layers(text: str) -> int | tuple[int, ...]:
    if not text.startswith("["):
        return natural(text)
    found = numbers(text, int)
    expect(all(one >= 0 for one in found), text)
    return found
