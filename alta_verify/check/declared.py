"""What the text of a program declares, and the one text that declares it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias, final

__all__ = [
    "HEADER",
    "Declared",
    "DeclaredHead",
    "DeclaredLanguage",
    "DeclaredRule",
    "DeclaredVariable",
    "Value",
    "rule_text",
    "text_of",
]

HEADER: Final = "alta-program 1"

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")

Value: TypeAlias = int | float | frozenset[int]


@final
@dataclass(frozen=True)
class DeclaredVariable:
    """A variable.

    Attributes:
        kind: "range" (categorical), "values" (numerical) or "subsets".
        size: the range of its values or members; 1 for a number.
        points: what numbers are discretised to; None where no rule may test them.
        subsets: the subsets that there are.
        source: what it starts from: "default", "token" or "position".
        table: the values that it starts with.
    """

    kind: str
    size: int
    points: tuple[float, ...] | None
    subsets: tuple[frozenset[int], ...]
    source: str
    table: tuple[Value, ...]

    @property
    def indices(self) -> int:
        """How many indices a rule can test."""
        return {
            "range": self.size,
            "values": len(self.points or ()),
            "subsets": len(self.subsets),
        }[self.kind]

    @cached_property
    def places(self) -> Mapping[frozenset[int], int]:
        """The index of each subset."""
        return {subset: place for place, subset in enumerate(self.subsets)}


@final
@dataclass(frozen=True)
class DeclaredHead:
    """An attention head.

    Attributes:
        mask: the relative positions that it may select, in order; None for all.
        averages: whether its value is a number.
        points: if it averages, what means are discretised to; None where no rule may test them.
    """

    query: str | None
    key: str | None
    value: str
    mask: tuple[int, ...] | None
    averages: bool
    points: tuple[float, ...] | None


@final
@dataclass(frozen=True)
class DeclaredRule:
    """A rule: tests of names for indices, and an assignment."""

    atoms: tuple[tuple[str, int], ...]
    variable: str
    value: Value


@final
@dataclass(frozen=True)
class DeclaredLanguage:
    """An input language.

    Attributes:
        kind: "anything", "regex", "distinct", "sequences" or "lengths".
        content: a pattern, the words in order, or a pattern or None for each length.
    """

    kind: str
    content: Any = None

    @cached_property
    def text(self) -> str:
        """The description, as the program's text has it."""
        match self.kind:
            case "anything":
                return self.kind
            case "sequences":
                return f"{self.kind} {_list(map(_list, self.content))}"
            case "lengths":
                entries = (f'"{n}": {json.dumps(text)}' for n, text in enumerate(self.content))
                return f"{self.kind} {{{', '.join(entries)}}}"
        return f"{self.kind} {json.dumps(self.content)}"


@final
@dataclass(frozen=True)
class Declared:
    """A program as it is written, in canonical order."""

    name: str
    vocab: tuple[str, ...]
    positions: int | None
    variables: Mapping[str, DeclaredVariable]
    heads: Mapping[str, DeclaredHead]
    rules: tuple[DeclaredRule, ...]
    output: str
    halt: tuple[str, Value] | None
    layers: int | tuple[int, ...] | None
    language: DeclaredLanguage


def text_of(program: Declared) -> str:
    """Returns the one text that declares a program."""
    return "".join(f"{line}\n" for line in _lines(program))


def _lines(program: Declared) -> Iterator[str]:
    yield HEADER
    yield f"name {json.dumps(program.name)}"
    yield f"tokens {len(program.vocab)}"
    yield f"vocab {_list(map(json.dumps, program.vocab))}"
    yield f"positions {_optional(program.positions)}"
    for name, variable in program.variables.items():
        table = _list(map(_entry, variable.table))
        yield f"variable {_quoted(name)} {_domain(variable)} {variable.source} {table}"
    for name, head in program.heads.items():
        yield f"head {_quoted(name)} {_head(head)}"
    for rule in program.rules:
        yield f"rule {rule_text(rule)}"
    yield f"output {_quoted(program.output)}"
    halt = program.halt
    yield "halt -" if halt is None else f"halt {_quoted(halt[0])}={_assigned(halt[1])}"
    many = isinstance(program.layers, tuple)
    yield f"layers {_list(program.layers) if many else _optional(program.layers)}"  # type: ignore[arg-type]
    yield f"inputs {program.language.text}"


def rule_text(rule: DeclaredRule) -> str:
    """Returns a rule as the program's text has it."""
    atoms = " & ".join(f"{_quoted(name)}={index}" for name, index in rule.atoms)
    return f"{atoms or 'always'} -> {_quoted(rule.variable)} := {_assigned(rule.value)}"


def _domain(variable: DeclaredVariable) -> str:
    match variable.kind:
        case "range":
            return f"range {variable.size}"
        case "values":
            return f"values {_points(variable.points)}"
    return f"subsets {_list(map(_entry, variable.subsets))} of {variable.size}"


def _head(head: DeclaredHead) -> str:
    query, key = ("-" if name is None else _quoted(name) for name in (head.query, head.key))
    mask = "-" if head.mask is None else _list(head.mask)
    means = f" values {_points(head.points)}" if head.averages else ""
    return f"query {query} key {key} value {_quoted(head.value)} mask {mask}{means}"


def _points(points: tuple[float, ...] | None) -> str:
    return "-" if points is None else _list(points)


def _quoted(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)


def _optional(number: object) -> str:
    return "-" if number is None else str(number)


def _list(entries: Iterable[object]) -> str:
    """Writes entries as they are written: integers in decimal, floats as few digits as do."""
    return f"[{','.join(map(str, entries))}]"


def _entry(value: Value) -> str:
    return _list(sorted(value)) if isinstance(value, frozenset) else str(value)


def _assigned(value: Value) -> str:
    if isinstance(value, frozenset):
        return f"{{{','.join(map(str, sorted(value)))}}}"
    return str(value)
