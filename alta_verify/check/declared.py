"""What the text of a program declares: values as they are written, in canonical order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias, final

__all__ = [
    "BARE",
    "Declared",
    "DeclaredHead",
    "DeclaredLanguage",
    "DeclaredRule",
    "DeclaredVariable",
    "Value",
    "assigned",
    "listed",
    "quoted",
]

BARE: Final = r"[A-Za-z_][A-Za-z0-9_.]*"
"""The names that stand without quotes."""

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
        points = len(self.points or ())
        return {"range": self.size, "values": points, "subsets": len(self.subsets)}[self.kind]

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

    @property
    def text(self) -> str:
        """The rule, as the program's text has it."""
        atoms = " & ".join(f"{quoted(name)}={index}" for name, index in self.atoms)
        return f"{atoms or 'always'} -> {quoted(self.variable)} := {assigned(self.value)}"


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
                return f"{self.kind} {listed(map(listed, self.content))}"
            case "lengths":
                entries = (f'"{n}": {json.dumps(text)}' for n, text in enumerate(self.content))
                return f"{self.kind} {{{', '.join(entries)}}}"
        return f"{self.kind} {json.dumps(self.content)}"


@final
@dataclass(frozen=True)
class Declared:
    """A program as it is written."""

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

    @property
    def names(self) -> tuple[str, ...]:
        """All variables and heads."""
        return (*self.variables, *self.heads)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """How many indices of each name a rule can test."""
        sizes = {name: variable.indices for name, variable in self.variables.items()}
        for name, head in self.heads.items():
            size = self.variables[head.value].size
            sizes[name] = len(head.points or ()) if head.averages else size
        return sizes


def listed(entries: Iterable[object]) -> str:
    """Returns a list as it is written: integers in decimal, floats with as few digits as do."""
    return f"[{','.join(map(str, entries))}]"


def quoted(name: str) -> str:
    """Returns a name as it is written."""
    return name if re.fullmatch(BARE, name) else json.dumps(name)


def assigned(value: Value) -> str:
    """Returns a value as rules and the halt have it: sets in braces, in order."""
    if isinstance(value, frozenset):
        return f"{{{','.join(map(str, sorted(value)))}}}"
    return str(value)
