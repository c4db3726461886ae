"""The program, read from its canonical text, with an index in place of every value.

The values of a variable are finitely many: those of a categorical one, the declared sets, and the
numbers that a numerical one starts with or that a rule assigns to it. A head that averages gives
bucket numbers. A set of values is a *mask*: bit 0 stands for UNDEFINED, bit i + 1 for index i.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any, Final, TypeAlias, final

from alta_verify.check.refused import Refused

__all__ = ["UNDEFINED", "Head", "Mask", "Program", "Rule", "Variable", "indices", "mask_of"]

Mask: TypeAlias = int

UNDEFINED: Final[Mask] = 1
"""The mask of UNDEFINED alone."""

_NAME: Final = r'([A-Za-z_][A-Za-z0-9_.]*|"(?:[^"\\]|\\.)*")'
_VARIABLE: Final = re.compile(
    rf"{_NAME} (?:range (\d+)|values (\S+)|subsets (\S+) of (\d+)) (default|token|position) (.*)"
)
_HEAD: Final = re.compile(
    rf"{_NAME} query (?:-|{_NAME}) key (?:-|{_NAME}) value {_NAME} mask (\S+)(?: values (\S+))?"
)
_ATOM: Final = re.compile(rf"{_NAME}=(-?\d+)")
_RULE: Final = re.compile(rf"(.*) -> {_NAME} := (\S+)")
_HALT: Final = re.compile(rf"{_NAME}=(\S+)")


def mask_of(found: Iterable[int]) -> Mask:
    """Returns the mask of some indices; -1 stands for UNDEFINED."""
    mask = 0
    for index in found:
        mask |= 1 << (index + 1)
    return mask


def indices(mask: Mask) -> Iterator[int]:
    """Yields the indices of a mask."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 2
        mask ^= low


@final
@dataclass(frozen=True)
class Variable:
    """Is a variable.

    Attributes:
        kind: "range" (categorical), "values" (numerical) or "subsets".
        width: how many coordinates it has.
        values: by index: an int, a Fraction or a frozenset.
        source: what it starts from: "default", "token" or "position".
        table: the index that it starts with, by token or position.
        edges: of a numerical one, the midpoints between its buckets.
    """

    kind: str
    width: int
    values: tuple[Any, ...]
    source: str
    table: tuple[int, ...]
    edges: tuple[Fraction, ...] = ()

    def start(self, token: int, position: int) -> int:
        """Returns the index that it starts with."""
        return self.table[{"default": 0, "token": token, "position": position}[self.source]]

    def code(self, index: int) -> tuple[Fraction, ...]:
        """Returns the coordinates that stand for a value."""
        value = self.values[index]
        if self.kind == "values":
            return (value,)
        members = value if self.kind == "subsets" else {value}
        return tuple(Fraction(place in members) for place in range(self.width))


@final
@dataclass(frozen=True)
class Head:
    """Is an attention head.

    Attributes:
        mask: the relative positions that it may select; None for all.
        edges: if it averages, the midpoints between the buckets of the mean; else None.
        size: how many indices its output has.
        width: how many coordinates it has.
    """

    query: str | None
    key: str | None
    value: str
    mask: frozenset[int] | None
    edges: tuple[Fraction, ...] | None
    size: int
    width: int
    _buckets: dict[tuple[int, int], int] = field(default_factory=dict, compare=False, repr=False)

    def bucket(self, total: int, count: int) -> int:
        """Returns the index of a mean, of which runs know the nearest float."""
        if (total, count) not in self._buckets:
            nearest = Fraction(float(Fraction(total, count)))
            self._buckets[total, count] = _bucket(self.edges or (), nearest)
        return self._buckets[total, count]


@final
@dataclass(frozen=True)
class Rule:
    """Assigns where every name that it tests has one of some values.

    Attributes:
        tests: for each name the mask of the indices at which the rule fires; never UNDEFINED.
        variable: what is assigned.
        value: the index that is assigned; None for a value out of range, a trap.
        text: the rule as it is written.
    """

    tests: Mapping[str, Mask]
    variable: str
    value: int | None
    text: str = field(compare=False)


@final
@dataclass(frozen=True)
class Program:
    """Is a program.

    Attributes:
        rules: for each variable the rules that assign it.
        halt: the halt variable and the index at which a position has halted; None without one.
        layers: None, the number of layers, or one for each length.
        inputs: the text that describes the input language.
    """

    vocab: tuple[str, ...]
    positions: int | None
    variables: Mapping[str, Variable]
    heads: Mapping[str, Head]
    rules: Mapping[str, tuple[Rule, ...]]
    output: str
    halt: tuple[str, int] | None
    layers: int | tuple[int, ...] | None
    inputs: str

    @property
    def names(self) -> tuple[str, ...]:
        """All variables and heads."""
        return (*self.variables, *self.heads)

    def asked(self, query: str, index: int) -> Mask:
        """Returns the keys that a value of a query selects."""
        value = self.variables[query].values[index]
        return mask_of(value if isinstance(value, frozenset) else [value])

    def amounts(self, head: str) -> tuple[tuple[int, ...], int]:
        """Returns the numbers that a head averages, by index, as multiples of one over a unit."""
        return _in_units(self.variables[self.heads[head].value].values)

    def bound(self, length: int) -> int | None:
        """Returns how many layers a run on an input of some length has at most."""
        if not isinstance(self.layers, tuple):
            return self.layers
        if length >= len(self.layers):
            raise Refused(f"the program has no number of layers for {length} tokens")
        return self.layers[length]

    @classmethod
    def read(cls, text: str) -> Program:
        """Reads a program's canonical text."""
        try:
            return _read(text)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise Refused(f"the program's text cannot be read: {error!r}") from error


def _read(text: str) -> Program:
    first, *lines = text.splitlines()
    if first != "alta-program 1":
        raise ValueError(first)
    split = [line.partition(" ") for line in lines]
    single = {keyword: rest for keyword, _, rest in split if keyword not in _MANY}
    if len(single) != sum(keyword not in _MANY for keyword, _, _ in split):
        raise ValueError("a line is there twice")
    raw_rules = [_rule_parts(rest) for keyword, _, rest in split if keyword == "rule"]
    assigned: dict[str, set[Fraction]] = {}
    for _, name, value in raw_rules:
        if isinstance(value, int | float):
            assigned.setdefault(name, set()).add(Fraction(value))
    variables: dict[str, Variable] = {}
    for keyword, _, rest in split:
        if keyword == "variable":
            name, variable = _variable(rest, assigned)
            _enter(variables, name, variable)
    heads: dict[str, Head] = {}
    for keyword, _, rest in split:
        if keyword == "head":
            name, head = _head(rest, variables)
            _enter(heads, name, head)
    if variables.keys() & heads.keys():
        raise ValueError("a variable and a head have one name")
    rules: dict[str, list[Rule]] = {name: [] for name in variables}
    for atoms, name, value in raw_rules:
        rules[name].append(_rule(atoms, name, value, variables, heads))
    halt = None
    if single["halt"] != "-":
        name, value = _groups(_HALT, single["halt"])
        own = _plain(_json_value(value), variables[_name(name)])
        # A number that never occurs has no index, and nothing ever halts.
        values = variables[_name(name)].values
        halt = _name(name), values.index(own) if own in values else len(values)
    layers = json.loads(single["layers"]) if single["layers"] != "-" else None
    positions = None if single["positions"] == "-" else int(single["positions"])
    vocab = tuple(json.loads(single["vocab"]))
    if not len(set(vocab)) == len(vocab) == int(single["tokens"]):
        raise ValueError("vocab")
    if _name(single["output"]) not in variables:
        raise ValueError("output")
    return Program(
        vocab,
        positions,
        variables,
        heads,
        {name: tuple(own) for name, own in rules.items()},
        _name(single["output"]),
        halt,
        tuple(layers) if isinstance(layers, list) else layers,
        single["inputs"],
    )


_MANY: Final = frozenset({"variable", "head", "rule"})


def _variable(text: str, assigned: Mapping[str, set[Fraction]]) -> tuple[str, Variable]:
    quoted, size, points, subsets, members, source, table = _groups(_VARIABLE, text)
    name, start = _name(quoted), json.loads(table)
    if points is not None:
        first = [Fraction(float(number)) for number in start]
        values: tuple[Any, ...] = tuple(sorted({*first, *assigned.get(name, ())}))
        places = tuple(values.index(number) for number in first)
        return name, Variable("values", 1, values, source, places, _edges(points))
    if subsets is not None:
        values = tuple(frozenset(one) for one in json.loads(subsets))
        places = tuple(values.index(frozenset(one)) for one in start)
        return name, Variable("subsets", int(members), values, source, places)
    values = tuple(range(int(size)))
    if not set(start) <= set(values):
        raise ValueError(text)
    return name, Variable("range", len(values), values, source, tuple(start))


def _head(text: str, variables: Mapping[str, Variable]) -> tuple[str, Head]:
    name, query, key, value, mask, points = _groups(_HEAD, text)
    read = variables[_name(value)]
    if read.kind == "subsets" or (read.kind == "values") != (points is not None):
        raise ValueError(text)
    if (query is None) != (key is None):
        raise ValueError(text)
    edges = None if points is None else _edges(points)
    return _name(name), Head(
        None if query is None else _name(query),
        None if key is None else _name(key),
        _name(value),
        None if mask == "-" else frozenset(json.loads(mask)),
        edges,
        len(read.values) if edges is None else max(1, _buckets(points)),
        read.width,
    )


def _buckets(points: str) -> int:
    return 0 if points == "-" else len(json.loads(points))


def _edges(points: str) -> tuple[Fraction, ...]:
    numbers = [] if points == "-" else [Fraction(float(one)) for one in json.loads(points)]
    return tuple((low + high) / 2 for low, high in zip(numbers, numbers[1:], strict=False))


def _bucket(edges: Iterable[Fraction], number: Fraction) -> int:
    return sum(edge < number for edge in edges)


@lru_cache(maxsize=1 << 8)
def _in_units(numbers: tuple[Fraction, ...]) -> tuple[tuple[int, ...], int]:
    unit = lcm(*(number.denominator for number in numbers))
    return tuple(int(number * unit) for number in numbers), unit


def _rule_parts(text: str) -> tuple[list[tuple[str, int]], str, Any]:
    condition, name, value = _groups(_RULE, text)
    atoms = []
    for part in [] if condition == "always" else condition.split(" & "):
        tested, index = _groups(_ATOM, part)
        atoms.append((_name(tested), int(index)))
    return atoms, _name(name), _json_value(value)


def _json_value(text: str) -> Any:
    if text.startswith("{"):
        return frozenset(json.loads(f"[{text[1:-1]}]"))
    return json.loads(text)


def _plain(value: Any, variable: Variable) -> Any:
    return Fraction(value) if variable.kind == "values" else value


def _rule(
    atoms: Iterable[tuple[str, int]],
    name: str,
    value: Any,
    variables: Mapping[str, Variable],
    heads: Mapping[str, Head],
) -> Rule:
    tests: dict[str, Mask] = {}
    for tested, index in atoms:
        if tested in heads or variables[tested].kind != "values":
            own = mask_of([index] if index >= 0 else [])
        else:
            variable = variables[tested]
            own = mask_of(
                place
                for place, number in enumerate(variable.values)
                if _bucket(variable.edges, number) == index
            )
        tests[tested] = own & tests.get(tested, own)
    values = variables[name].values
    plain = _plain(value, variables[name])
    text = " & ".join(f"{tested}={index}" for tested, index in atoms)
    return Rule(
        tests,
        name,
        values.index(plain) if plain in values else None,
        f"{text or 'always'} -> {name} := {value}",
    )


def _groups(pattern: re.Pattern[str], text: str) -> tuple[Any, ...]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found.groups()


def _name(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


def _enter(table: dict[str, Any], name: str, value: Any) -> None:
    if name in table:
        raise ValueError(f"{name!r} is declared twice")
    table[name] = value
