"""What the text of a program declares: values as they are written, and whether it is a program.

Values stand in canonical order, and so do rules, each once, without those that change nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, TypeAlias, final

from alta_verify.check.limits import MAX_COORDINATES
from alta_verify.check.masks import NAMED, Mask
from alta_verify.check.patterns import check_pattern

__all__ = [
    "BARE",
    "Declared",
    "DeclaredHead",
    "DeclaredLanguage",
    "DeclaredRule",
    "DeclaredVariable",
    "Value",
    "assigned",
    "check_declared",
    "listed",
    "quoted",
    "with_canonical_rules",
]

BARE: Final = r"[A-Za-z_][A-Za-z0-9_.]*"  # the names that stand without quotes

Value: TypeAlias = int | float | frozenset[int]

# The last length in a table, when nothing bounds the length.
_TABULATED: Final = 256


@final
@dataclass(frozen=True)
class DeclaredVariable:
    """A variable, and the values that it starts with."""

    kind: str  # "range" (categorical), "values" (numerical) or "subsets"
    size: int  # the range of its values or members; 1 for a number
    points: tuple[float, ...] | None  # that numbers are discretised to; None: no rule tests them
    subsets: tuple[frozenset[int], ...]
    source: str  # what it starts from: "default", "token" or "position"
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
    """An attention head, which averages if its value is a number."""

    query: str | None
    key: str | None
    value: str
    mask: Mask  # the relative positions that it may select
    averages: bool
    points: tuple[float, ...] | None  # that means are discretised to; None: no rule tests them


@final
@dataclass(frozen=True)
class DeclaredRule:
    """A rule: tests of names for indices, and an assignment."""

    atoms: tuple[tuple[str, int], ...]
    variable: str
    value: Value | None  # None for null, which no variable holds

    @property
    def text(self) -> str:
        """The rule, as the program's text has it."""
        atoms = " & ".join(f"{quoted(name)}={index}" for name, index in self.atoms)
        return f"{atoms or 'always'} -> {quoted(self.variable)} := {assigned(self.value)}"


@final
@dataclass(frozen=True)
class DeclaredLanguage:
    """An input language."""

    kind: str  # "anything", "regex", "distinct", "sequences" or "lengths"
    content: Any = None  # a pattern, the words in order, or a pattern or None for each length

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
        return sizes | {
            name: len(head.points or ()) if head.averages else self.variables[head.value].size
            for name, head in self.heads.items()
        }


def listed(entries: Iterable[object]) -> str:
    """Returns a list as it is written: integers in decimal, floats with as few digits as do."""
    return f"[{','.join(map(str, entries))}]"


def quoted(name: str) -> str:
    """Returns a name as it is written."""
    return name if re.fullmatch(BARE, name) else json.dumps(name)


def assigned(value: Value | None) -> str:
    """Returns a value as rules and the halt have it: sets in braces, in order."""
    if value is None:
        return "null"
    if isinstance(value, frozenset):
        return f"{{{','.join(map(str, sorted(value)))}}}"
    return str(value)


def check_declared(program: Declared) -> None:
    """Raises ValueError unless this is a program; says nothing of the rules."""
    variables = program.variables
    _check_names(program)
    positions = program.positions
    _expect(positions is None or positions >= 1, "positions", positions, "at least 1, or -")
    # A head takes as many coordinates as its value.
    read = [variables[head.value] for head in program.heads.values() if head.value in variables]
    total = sum(variable.size for variable in (*variables.values(), *read))
    _expect(total <= MAX_COORDINATES, "coordinates", total, f"at most {MAX_COORDINATES}")
    # Without a number of positions no table is of a variable that starts with its position.
    entries = {"default": 1, "token": len(program.vocab), "position": positions}
    for name, variable in variables.items():
        _check_variable(f"variable {name!r}", variable, entries[variable.source])
    for name, head in program.heads.items():
        _check_head(f"head {name!r}", head, program)
    _expect(program.output in variables, "output", program.output, "a variable")
    if program.halt is not None:
        name, value = program.halt
        _expect(name in variables, "halt", name, "a variable")
        _check_value(f"halt {name!r}", variables[name], value)
    layers = program.layers if isinstance(program.layers, tuple) else (program.layers or 0,)
    _expect(min(layers, default=-1) >= 0, "layers", program.layers, "numbers of at least 0")
    _check_language(program)


def _expect(holds: bool, place: str, got: object, expected: str) -> None:
    if not holds:
        raise ValueError(f"{place:.100}: expected {expected}, got {got!r:.80}")


def _check_names(program: Declared) -> None:
    names, vocab = program.names, program.vocab
    _expect(len(set(names)) == len(names) and all(names), "names", names, "each once")
    _expect(1 <= len(vocab) == len(set(vocab)), "vocab", vocab, "tokens, each once")
    for token in vocab:
        plain = token != "" and not any(map(str.isspace, token))
        _expect(plain, "vocab", token, "no token with spaces, nor without letters")
    for name in (program.name, *names, *vocab):
        # Half of a surrogate pair, of which text could not have two in a row.
        whole = not any("\ud800" <= letter <= "\udfff" for letter in name)
        _expect(whole, "names and tokens", name, "whole characters")


def _check_variable(place: str, variable: DeclaredVariable, entries: int | None) -> None:
    size, table = variable.size, variable.table
    _expect(size >= 1, place, size, "a range of at least 1")
    _expect(variable.points != (), place, variable.points, "points, or -")
    _expect(variable.kind != "subsets" or variable.subsets != (), place, (), "subsets")
    for members in variable.subsets:
        inside = all(0 <= member < size for member in members)
        _expect(inside, place, sorted(members), f"members below {size}")
    _expect(len(table) == entries, place, len(table), f"a table of {entries} values")
    for value in table:
        _check_value(place, variable, value)


def _check_head(place: str, head: DeclaredHead, program: Declared) -> None:
    variables = program.variables
    _expect(head.value in variables, place, head.value, "a variable as value")
    kind = variables[head.value].kind
    _expect(kind != "subsets", place, kind, "a value that is a category or a number")
    _expect((kind == "values") == head.averages, place, kind, "points exactly of a number")
    _expect(head.points != (), place, head.points, "points, or -")
    _expect(head.mask != Mask(None), place, "[]", f"offsets, or one of {', '.join(NAMED)}")
    if head.query is None and head.key is None:
        return
    query, key = (variables.get(name or "") for name in (head.query, head.key))
    if query is None or key is None:
        raise ValueError(f"{place:.100}: expected variables as query and key, got neither or one")
    _expect(query.kind != "values", place, query.kind, "a query that is no number")
    _expect(key.kind == "range", place, key.kind, "a key that is a category")
    _expect(query.size == key.size, place, (query.size, key.size), "one range of query and key")


def _check_value(place: str, variable: DeclaredVariable, value: Any) -> None:
    _check_kind(place, variable, value)
    if variable.kind == "range":
        _expect(0 <= value < variable.size, place, value, f"a value below {variable.size}")
    elif variable.kind == "subsets":
        _expect(value in variable.places, place, value, "a declared subset")


def _check_kind(place: str, variable: DeclaredVariable, value: Any) -> None:
    kind = {"range": int, "values": float, "subsets": frozenset}[variable.kind]
    _expect(type(value) is kind, place, value, f"a value of type {kind.__name__}")


def _check_language(program: Declared) -> None:
    content = program.language.content
    match program.language.kind:
        case "regex" | "distinct":
            check_pattern(content, program.vocab)
        case "sequences":
            for token in {token for word in content for token in word}:
                inside = 0 <= token < len(program.vocab)
                _expect(inside, "inputs", token, f"tokens below {len(program.vocab)}")
        case "lengths":
            longest = _TABULATED if program.positions is None else program.positions
            _expect(len(content) == longest + 1, "inputs", len(content), f"{longest + 1} lengths")
            for pattern in content:
                if pattern is not None:
                    check_pattern(pattern, program.vocab)


def with_canonical_rules(program: Declared) -> Declared:
    """Returns the program with its rules as the text has them; raises ValueError at a wrong one."""
    names = program.names
    order = {name: place for place, name in enumerate(names)}
    canonical: dict[tuple[Any, ...], DeclaredRule] = {}
    for rule in program.rules:
        place = f"rule {rule.text!r}"
        _expect(rule.variable in program.variables, place, rule.variable, "a variable")
        variable = program.variables[rule.variable]
        if rule.value is not None:
            _check_kind(place, variable, rule.value)
        for name, index in rule.atoms:
            size = program.sizes.get(name, 0)
            _expect(0 <= index < size, place, f"{name}={index}", f"a test below {size}")
        tests = sorted({(order[name], index) for name, index in rule.atoms})
        if any(first[0] == second[0] for first, second in pairwise(tests)):
            continue  # it never fires
        value: Any = rule.value
        code: Any = variable.places.get(value) if variable.kind == "subsets" else value
        # Not of numbers: that one is in a bucket does not say which it is, so that to assign a
        # number of the same bucket may change it.
        if variable.kind != "values" and (order[rule.variable], code) in tests:
            continue  # the value is there already
        shown = tuple(sorted(value)) if isinstance(value, frozenset) else value
        atoms = tuple((names[at], index) for at, index in tests)
        # Null, which is compared with nothing, comes last.
        key = order[rule.variable], tuple(tests), value is None, shown
        canonical[key] = replace(rule, atoms=atoms)
    return replace(program, rules=tuple(canonical[key] for key in sorted(canonical)))
